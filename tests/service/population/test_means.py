"""An executor judges by the driver's site, which it is sent: by no file, setting or database of its own."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from service.evaluation import moment_of
from service.population.engines.spark.means import Foreign, Means, judging_by
from service.population.grouping.charts import Chart
from service.population.judging import Judging
from service.population.rows import Rows
from service.population.run import about_of
from service.site.settings import Settings
from tests.engine import site
from tests.service.population.own_site import OWN, PROFILE, RAISED, environment_of, own_site
from tests.service.population.populations import TODAY

CHART = Chart("own", tuple(sorted((str(one["resourceType"]), json.dumps({"resource": one}).encode()) for one in OWN)))
# In a process that knows nothing but what it is sent.
EXECUTOR = """
import pickle, sys
from service.population.engines.spark.means import judging_by
sent, chart = pickle.load(sys.stdin.buffer)
sys.stdout.buffer.write(pickle.dumps(list(judging_by(sent).rows([chart]))))
"""


def sent_of(judging: Judging) -> bytes:
    return Means.of(judging, about_of(judging, "input", 8))


@pytest.fixture(scope="module")
def judging(tmp_path_factory: pytest.TempPathFactory) -> Judging:
    """By a site of its own."""
    ours = own_site(environment_of(tmp_path_factory.mktemp("site")))
    return Judging(ours, moment_of(ours, [TODAY]), (PROFILE,))


def rows_elsewhere(judging: Judging, folder: Path) -> list[Rows]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HORMONE_CDS_")}
    done = subprocess.run(
        [sys.executable, "-c", EXECUTOR],
        input=pickle.dumps((sent_of(judging), CHART)), capture_output=True, cwd=folder, check=True,
        env=clean | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    found: list[Rows] = pickle.loads(done.stdout)  # noqa: S301 - our own
    return found


def raised(found: Rows) -> list[Any]:
    return [row for row in msgspec.to_builtins(found.findings) if row | RAISED == row]


def test_a_number_a_code_and_an_orderable_of_the_site_count_alike_elsewhere(judging: Judging, tmp_path: Path) -> None:
    (here,) = judging.rows([CHART])
    (packaged,) = Judging(site(), judging.today, ()).rows([CHART])
    assert raised(here)
    assert not raised(packaged)
    assert rows_elsewhere(judging, tmp_path) == [here]


def test_secrets_stay_with_the_driver(judging: Judging) -> None:
    secret = "a secret of 16 letters and more"
    told = Settings(database_url=f"postgresql://us:{secret}@db/cds", hash_key=SecretStr(secret))
    sent = sent_of(replace(judging, site=replace(judging.site, settings=told)))
    assert secret.encode() not in sent


@pytest.mark.parametrize("name", ["version", "tables", "knowledge", "codes", "orderables"])
def test_an_executor_with_another_package_ends_the_run(judging: Judging, name: str) -> None:
    means = pickle.loads(sent_of(judging))  # noqa: S301 - our own
    other = replace(means, about=msgspec.structs.replace(means.about, **{name: "other"}))
    with pytest.raises(Foreign, match="install the same everywhere"):
        judging_by(pickle.dumps(other))
