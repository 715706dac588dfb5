"""The links of the OpenAPI document lead where they say: schemathesis walks them on the running service."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.contract.document import DOCUMENT
from tests.contract.test_contract import CONFIG
from tests.extent import ALL

BUDGET = settings(
    max_examples=20 if ALL else 8,
    stateful_step_count=5,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
OPERATIONS = {
    operation["operationId"]: (path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for operation in methods.values()
}
LINKS = {
    (source, link["operationId"]): link
    for source, (_, operation) in OPERATIONS.items()
    for link in operation["responses"].get("200", {}).get("links", {}).values()
}
CHAPTERS = sorted({OPERATIONS[source][0].removesuffix("/_search").removesuffix("/{id}") for source, _ in LINKS})


def documented(chapter: str) -> Any:
    """The operations of one chapter that links lead from or to."""
    named = {name for link in LINKS for name in link}
    ours = {path for name, (path, _) in OPERATIONS.items() if name in named and f"{path}/".startswith(f"{chapter}/")}
    paths = {path: DOCUMENT["paths"][path] for path in sorted(ours)}
    return schemathesis.openapi.from_dict(DOCUMENT | {"paths": paths}, config=CONFIG)


def test_every_link_names_an_operation_and_all_that_stands_in_its_address() -> None:
    for (source, target), link in LINKS.items():
        asked = OPERATIONS[target][1].get("parameters", ())
        needed = {f"path.{one['name']}" for one in asked if one["in"] == "path"}
        assert set(link.get("parameters", {})) == needed, source


def test_what_is_published_and_what_is_offered_leads_on() -> None:
    assert ("discover", "hormone_monitoring_patient_view") in LINKS
    assert ("search_plandefinition", "read_plandefinition") in LINKS
    assert ("read_plandefinition", "plandefinition_apply") in LINKS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_links_lead_to_is_there_and_keeps_its_promises(
    chapter: str, live_server: str, session: requests.Session
) -> None:
    walked: dict[str, set[int]] = defaultdict(set)

    class Walk(documented(chapter).as_state_machine()):  # type: ignore[misc]
        """Scenarios on the running service. A search by GET finds all: most criteria that are drawn find nothing."""

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"base_url": live_server, "session": session, "timeout": 60}

        def before_call(self, case: Any) -> None:
            if case.operation.path == chapter:
                case.query = {}

        def step(self, input: Any) -> Any:
            output = super().step(input)
            if input.transition is not None and input.is_applied:
                walked[input.case.operation.definition.raw["operationId"]].add(output.response.status_code)
            return output

    Walk.run(settings=BUDGET)
    targets = {target for source, target in LINKS if f"{OPERATIONS[source][0]}/".startswith(f"{chapter}/")}
    assert set(walked) == targets
    assert not [target for target, statuses in walked.items() if 404 in statuses]
    assert all(200 in statuses for target, statuses in walked.items() if target.startswith("read_"))
