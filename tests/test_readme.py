"""The README cannot drift: its request is sent, its example is read, its tables are compared with what runs."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
from typer.main import get_command

from cds_hooks.judgement.knowledge.kinds import KINDS
from cds_hooks.judgement.proof import proven_with
from cds_hooks.judgement.written.examples import Example
from cds_hooks.judgement.written.written import CheckFile
from service.cli import app
from service.site.settings import Settings, secrets_in, settings_table
from tests.engine import site

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The first fenced block in a language."""
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def between(mark: str) -> str:
    """What stands between `<!-- mark … -->` and `<!-- /mark -->`."""
    found = re.search(rf"<!-- {mark}.*?-->\n(.*?)<!-- /{mark} -->", README, re.DOTALL)
    assert found is not None
    return found[1].strip()


def test_the_request_on_the_first_screen_gets_the_card_shown_below_it(client: httpx.Client) -> None:
    command = block("sh")
    url = re.search(r"http://127\.0\.0\.1:8000(/\S+)'", command)
    body = re.search(r"-d '\n(.*)' \|", command, re.DOTALL)
    assert url is not None
    assert body is not None
    answer = client.post(url[1], content=body[1], headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    card = answer.json()["cards"][0]
    printed = [card["indicator"], card["summary"], *card["detail"].split("\n")]
    assert block("text").splitlines() == printed[:-1]  # the last line names version and knowledge


def test_the_fhir_operation_answers_what_is_shown_below_it(client: httpx.Client) -> None:
    section = README[README.index("### The same in FHIR") :]
    command, shown = (re.search(rf"```{language}\n(.*?)```", section, re.DOTALL) for language in ("sh", "text"))
    assert command is not None
    assert shown is not None
    url = re.search(r"http://127\.0\.0\.1:8000(/\S+)'", command[1])
    printing = re.search(r"python3 -c '(.*)'", command[1], re.DOTALL)
    chart = re.search(r"-d '\n(.*)' \|", block("sh"), re.DOTALL)
    assert url is not None
    assert printing is not None
    assert chart is not None
    answer = client.post(url[1], content=chart[1], headers={"Content-Type": "application/fhir+json"})
    printed = subprocess.run([sys.executable, "-c", printing[1]], input=answer.content, capture_output=True, check=True)
    assert printed.stdout.decode().splitlines() == shown[1].splitlines()


def test_what_is_posted_to_be_checked_gets_the_problems_shown_below_it(client: httpx.Client) -> None:
    shown = re.search(r"### Check it first.*?-d '\n(.*?)'\n```(.*?)\n\n[^|\n]", README, re.DOTALL)
    assert shown is not None
    answer = client.post("/fhir/$validate", content="\n" + shown[1], headers={"Content-Type": "application/fhir+json"})
    told = [
        f"| {issue['extension'][0]['valueInteger']} | `{issue['expression'][0]}` | {issue['diagnostics']} |"
        for issue in answer.json()["issue"]
    ]
    assert [line for line in shown[2].split("\n") if line.startswith("| ")][1:] == told


def test_every_call_for_knowledge_is_answered(client: httpx.Client) -> None:
    section = README[README.index("## Knowledge as FHIR") : README.index("## Protocols and profiles")]
    calls = re.findall(r"curl 'http://127\.0\.0\.1:8000(/\S+)'(?:.*?-d @(\S+))?", section.replace("\\\n", ""))
    assert len(calls) == 4
    for path, file in calls:
        content = (ROOT / file).read_bytes() if file else None
        headers = {"Content-Type": "application/fhir+json"}
        answer = client.request("POST" if file else "GET", path, content=content, headers=headers if file else {})
        assert answer.status_code == 200, path
        assert file == "" or answer.json()["contained"][0]["resourceType"] == "RequestGroup"


def test_the_settings_table_is_what_the_service_reads() -> None:
    assert between("settings") == settings_table()


def test_the_example_check_is_one_the_service_would_read() -> None:
    written = tomllib.loads(block("toml"))
    check = CheckFile.read(written["check"][0])
    running = next(c for p in site().knowledge.protocols for c in p.check if c.id == check.id)
    assert check == running.but(next=None)
    assert Example.read(written["example"][0]).clears == (check.id,)


def test_the_overlay_shown_holds() -> None:
    shown = re.search(r"### Your site's own numbers.*?```\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert proven_with(site().knowledge, {"ours.toml": shown[1].encode()}).added_by


def test_every_condition_is_named() -> None:
    conditions = re.search(r"Conditions are a closed set: (.*?); under", README, re.DOTALL)
    assert conditions is not None
    assert set(re.findall(r"`(\w+)`", conditions[1])) == {*KINDS, "all_of"}


def test_every_protocol_and_profile_stands_in_its_table() -> None:
    for protocol in site().knowledge.protocols:
        assert f"[{protocol.id}](cds_hooks/protocols/{protocol.id}.toml)" in README
    for profile in site().knowledge.profiles:
        assert profile == "standard" or f"`{profile}`" in README


def test_every_link_into_the_project_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_every_dependency_earns_a_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    section = README[README.index("## Dependencies") :]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        name = re.split(r"[\[<>=~!; ]", requirement)[0]
        assert name in section or name.startswith("types-"), name


def section(title: str) -> str:
    """A section of the second level."""
    found = re.search(rf"^## {title}\n(.*?)^## ", README, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_every_threat_has_a_control_and_a_test_that_is_there() -> None:
    table = section("Security").partition("| OWASP")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 12
    for threat, control, tests in rows:
        assert control, threat
        targets = re.findall(r"\]\(([^)]+)\)", tests)
        assert targets or tests == "—", threat
        assert all((ROOT / target).exists() for target in targets), threat


def test_every_risk_of_owasp_is_walked_through() -> None:
    numbers = re.findall(r"^\| (\d+) ", section("Security"), re.MULTILINE)
    assert list(map(int, numbers)) == list(range(1, 11))


def test_what_an_operator_is_told_to_set_or_run_is_there() -> None:
    told = section("Run it in production") + section("Security")
    known = {name.upper() for name in Settings.model_fields} | {"FORWARDED_ALLOW_IPS"}
    known |= {f"{name.upper()}_FILE" for name in secrets_in(Settings.model_fields)}
    named = set(re.findall(r"`([A-Z][A-Z_]{3,})(?:=\w+)?`", told)) - {"_FILE"}
    assert named
    assert named <= known
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([\w-]+)", told)) <= targets
    commands = re.findall(r"`?hormone-cds ([a-z]+)", told)
    assert set(commands) <= {*get_command(app).commands}  # type: ignore[attr-defined]
