"""What a hospital's systems send in a mixed hour: every door, charts of several sizes, new patients, and mistakes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from benchmarks.calls import PATIENT, hook_call, medications, searchset

SERVICES = "/cds-services/hormone-monitoring"
FHIR = "/fhir/$hormone-monitoring"
NDJSON = "application/fhir+ndjson"
INSTANCE = b"7b0f1e52-98a1-4d4e-9a55-0d3c2f8a6b11"
BATCH_OF = 20


class Call(NamedTuple):
    """One call: where, what, and the status of a right answer."""

    kind: str
    path: str
    body: bytes | None = None
    media: str = "application/json"
    wanted: int = 200


class Mix:
    """Makes calls at random, the same for the same seed; feedback is about cards that were really sent."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        today = datetime.now(UTC).date()
        charts = {size: hook_call(size, today) for size in (20, 100, 500, 2000)}
        drafts = [one | {"id": f"draft-{one['id']}", "status": "draft"} for one in medications(today)[:1]]
        of_order = {
            hook: _with_drafts(charts[100], hook, searchset(drafts), drafts[0]["id"])
            for hook in ("order-select", "order-sign")
        }
        bundle = _bundle(charts[100])
        self._cards: list[str] = []
        self._makers: dict[str, tuple[int, Callable[[], Call]]] = {
            **{f"view {size}": (share, self._hook("patient-view", charts[size])) for size, share in SIZES.items()},
            **{hook: (10, self._hook(hook, body)) for hook, body in of_order.items()},
            "evaluate": (10, lambda: Call("evaluate", "/evaluate", self._new(bundle))),
            "fhir": (5, lambda: Call("fhir", FHIR, self._new(bundle), "application/fhir+json")),
            "batch": (1, lambda: Call("batch", FHIR, self._lines(bundle), NDJSON)),
            "feedback": (10, self._feedback),
            "terminology": (8, lambda: Call("terminology", self._random.choice(TERMINOLOGY))),
            "bad input": (5, lambda: self._mistake(charts[20])),
        }

    def next(self) -> Call:
        """Any call, by its share."""
        shares = [share for share, _ in self._makers.values()]
        return self._random.choices([make for _, make in self._makers.values()], shares)[0]()

    def of(self, kind: str) -> Call:
        """A call of one kind."""
        return self._makers[kind][1]()

    def pause(self, rate: float) -> float:
        """Seconds until the next call, where so many come in a second, each on its own."""
        return self._random.expovariate(rate)

    def note(self, call: Call, answer: bytes) -> None:
        """Keep the ids of some cards for feedback."""
        if call.path.startswith(SERVICES) and not call.path.endswith("feedback") and b'"cards":[{' in answer:
            self._cards = [card["uuid"] for card in json.loads(answer)["cards"]]

    def _new(self, body: bytes) -> bytes:
        """The same chart of a patient who was not seen before."""
        return body.replace(PATIENT.encode(), b"p%09d" % self._random.randrange(10**9))

    def _hook(self, hook: str, body: bytes) -> Callable[[], Call]:
        kind = f"{hook} {len(body) // 1000} kB"
        return lambda: Call(kind, f"{SERVICES}-{hook}", self._new(body).replace(INSTANCE, str(uuid4()).encode()))

    def _lines(self, bundle: bytes) -> bytes:
        return b"\n".join(self._new(bundle) for _ in range(BATCH_OF))

    def _feedback(self) -> Call:
        cards = self._cards or [str(uuid4())]
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        told = [{"card": card, "outcome": "accepted", "outcomeTimestamp": at} for card in cards]
        return Call("feedback", f"{SERVICES}-patient-view/feedback", json.dumps({"feedback": told}).encode())

    def _mistake(self, body: bytes) -> Call:
        path = f"{SERVICES}-patient-view"
        wrong: Sequence[Call] = (
            Call("bad input", path, body[: len(body) // 2], wanted=400),
            Call("bad input", path, body.replace(b'"labs"', b'"other"'), wanted=412),
            Call("bad input", path, body, "text/plain", 415),
            Call("bad input", "/evaluate", b"[" * 50_000, wanted=400),
            Call("bad input", "/evaluate?profile=none-such", b"{}", wanted=400),
            Call("bad input", "/none-such", wanted=404),
        )
        return self._random.choice(wrong)


def _with_drafts(body: bytes, hook: str, drafts: dict[str, object], selected: str) -> bytes:
    call = json.loads(body)
    call["hook"] = hook
    call["context"] |= {"draftOrders": drafts, "selections": [f"MedicationRequest/{selected}"]}
    return json.dumps(call, separators=(",", ":")).encode()


def _bundle(body: bytes) -> bytes:
    """The resources of a hook call as one Bundle."""
    prefetch = json.loads(body)["prefetch"].values()
    entries = [entry for part in prefetch for entry in part.get("entry", [])]
    entries += [{"resource": part} for part in prefetch if part["resourceType"] == "Patient"]
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": entries}, separators=(",", ":")
    ).encode()


SIZES = {20: 20, 100: 20, 500: 8, 2000: 1}  # Observations of a chart: share of the calls
TERMINOLOGY = (
    "/fhir/CodeSystem/$lookup?system=http://loinc.org&code=2984-3",
    "/fhir/ValueSet/testosterone-total/$expand",
    "/fhir/ConceptMap/$translate?system=http://loinc.org&code=2986-8",
    "/fhir/PlanDefinition?_summary=true",
    "/cds-services",
)
