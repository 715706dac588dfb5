"""By what executors judge: what they need of the driver's site, opened once in each of their Python processes."""

from __future__ import annotations

import gc
import pickle
from dataclasses import dataclass, replace
from functools import lru_cache

from cds_hooks.facts import Moment
from cds_hooks.judgement.knowledge.building import build
from cds_hooks.judgement.knowledge.knowledge import LabOrder
from cds_hooks.judgement.knowledge.overlays import laid_over, read_overlays
from service.population.about import About
from service.population.judging import Judging
from service.population.run import about_of
from service.site.orderables import answered_by
from service.site.overlays import overlay_files
from service.site.settings import Settings, secrets_in
from service.site.site import Site, packaged_files
from terminology.vocabulary import CodeMap, Vocabulary


class Foreign(Exception):
    """An executor has another version of this package, or other tables, than the driver."""


@dataclass(frozen=True)
class Means:
    """A site as it is carried to executors, without its secrets; what is packaged they have themselves."""

    about: About
    settings: Settings
    today: Moment
    profiles: tuple[str, ...]
    overlays: dict[str, bytes]
    code_map: CodeMap
    orders: tuple[LabOrder, ...]

    @classmethod
    def of(cls, judging: Judging, about: About) -> bytes:
        """To be sent."""
        site = judging.site
        hidden = {name: Settings.model_fields[name].default for name in secrets_in(Settings.model_fields)}
        code_map, orders = site.knowledge.vocabulary.local.code_map, site.knowledge.orders
        settings = site.settings.model_copy(update=hidden)
        files = overlay_files(site.settings.overlays)
        return pickle.dumps(cls(about, settings, judging.today, judging.profiles, files, code_map, orders))


@lru_cache(maxsize=1)
def judging_by(sent: bytes) -> Judging:
    """By the driver's very knowledge: what was proven there need not be proven again.

    Raises:
        Foreign: it comes out as another.
    """
    means: Means = pickle.loads(sent)  # noqa: S301 - the driver's own
    knowledge = build(
        packaged_files("cds_hooks.protocols", ".toml"), Vocabulary.build(packaged_files("terminology.tables"))
    )
    if means.overlays:
        knowledge = laid_over(knowledge, read_overlays(means.overlays), means.overlays)
    knowledge = replace(knowledge, orders=means.orders)
    site = Site(means.settings, knowledge, answered_by(means.orders)).with_map(means.code_map)
    judging = Judging(site, means.today, means.profiles)
    if about_of(judging, means.about.input, means.about.parts) != means.about:
        raise Foreign("an executor has another hormone-cds than the driver: install the same everywhere")
    gc.collect()
    gc.freeze()  # it stays; no collection needs to look at it again
    return judging
