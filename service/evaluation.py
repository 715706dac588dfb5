"""Door 2, a posted bundle: one patient's resources in, the whole report out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from time import perf_counter
from uuid import UUID

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.facts import Facts, Moment, Unmapped, Unread
from cds_hooks.presentation.report import Report, encode_report, report, report_schema
from cds_hooks.presentation.silences.keep import Remembered
from cds_hooks.record.fhir.pages import incomplete_kinds
from cds_hooks.record.fhir.resources import Located, Resource, decode_bundle
from cds_hooks.record.moments import Calendar
from cds_hooks.record.read import read
from cds_hooks.record.strict.structure.releases import RELEASES
from cds_hooks.refusal import Refusal
from service import __version__
from service.http.body import read_json, require_few
from service.http.outcome import JSON
from service.http.turns import turns_at
from service.judge import judge
from service.memory.distil import Answer, Asked, once_sent
from service.openapi.openapi import REPORT_SCHEMA, evaluation_operation
from service.operating.tracing.spans import span
from service.site.site import InForce, Site
from service.strict import is_strict, refuse_flawed, release_of

EVALUATE = "evaluate"  # this door's name beside the ids of CDS services
YEARS = range(1900, 2201)  # in which a chart may be judged


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The door, and the schema of what it answers."""
    schema = msgspec.json.encode(report_schema())

    async def evaluate_bundle(request: Request) -> Response:
        began, site, query = perf_counter(), in_force.site, request.query_params
        _require_known(query.keys())
        strict = is_strict(query.getlist("strict"))
        release = release_of(request) if strict else RELEASES[0]
        today = moment_of(site, query.getlist("today"))
        profiles = site.profiles(query.getlist("profile"))
        body = await read_json(request, site.settings.max_body, site.settings.body_timeout)
        refused = await refuse_flawed(body, site.knowledge.vocabulary, JSON, release) if strict else None
        if refused is not None:
            return refused
        facts = facts_of(site, body, today)
        asked = Asked(EVALUATE, began, facts.patient.reference.removeprefix("Patient/"), query.get("user", ""))
        remembered = await in_force.memory.recall(asked.patient, asked.user)
        await turns_at(request.scope).again()
        answer = answer_on(site, facts, today, profiles, namespace_of(body, today.text, *profiles), remembered)
        noted = once_sent(in_force, asked, answer, site.knowledge)
        return Response(encode_report(reported(site, answer, facts, today)), media_type=JSON, background=noted)

    async def show_schema(request: Request) -> Response:
        return Response(schema, media_type=JSON)

    operation = evaluation_operation(in_force.site.knowledge.profiles)
    app.add_api_route("/evaluate", evaluate_bundle, methods=["POST"], **operation)
    app.add_api_route("/schemas/report", show_schema, methods=["GET"], **REPORT_SCHEMA)


def moment_of(site: Site, given: list[str]) -> Moment:
    """The day of judgement a caller named, else the site's clock.

    Raises:
        Refusal: more than one, not a date or dateTime, or in no year that a chart can be of.
    """
    if not given:
        return site.now()
    moment = Calendar(site.now(), site.settings.timezone).moment(given[0])
    if len(given) > 1 or not isinstance(moment, Moment) or moment.day.year not in YEARS:
        remedy = f"as 2026-09-04 or 2026-09-04T15:00:00+02:00, between {YEARS[0]} and {YEARS[-1]}"
        raise Refusal(400, "value", f"Send today once, {remedy}.", "today")
    return moment


def _require_known(parameters: Iterable[str]) -> None:
    # A misspelt profile must not pass for the default numbers.
    if set(parameters) - {"today", "profile", "user", "strict"}:
        raise Refusal(400, "not-supported", "Unknown query parameter. Known: today, profile, user, strict.")


def report_on(
    site: Site, body: bytes, today: Moment, profiles: tuple[str, ...], absent: frozenset[str] = frozenset()
) -> tuple[Report, Sequence[Unmapped]]:
    """From a Bundle's bytes to the report, and the codes it had that were not understood.

    `absent` are kinds of data that a Bundle of this sort never tells of. Equal calls get equal card ids, so that a call
    can be replayed.
    """
    facts = facts_of(site, body, today, absent)
    answer = answer_on(site, facts, today, profiles, namespace_of(body, today.text, *profiles))
    return reported(site, answer, facts, today), facts.unmapped


def facts_of(site: Site, body: bytes, today: Moment, absent: frozenset[str] = frozenset()) -> Facts:
    """What a Bundle's bytes say of its one patient."""
    with span("decode"):
        chart = decode_bundle(body)
    return facts_in(site, chart, today, absent)


def facts_in(
    site: Site,
    chart: tuple[Resource, Sequence[Located], Sequence[Unread]],
    today: Moment,
    absent: frozenset[str] = frozenset(),
) -> Facts:
    """What a decoded Bundle says of its one patient."""
    bundle, located, unread = chart
    require_few(len(located) + len(unread), site.settings.max_resources)
    with span("read"):
        return read(
            located,
            site.knowledge.vocabulary,
            today=today,
            zone=site.settings.timezone,
            absent=absent,
            incomplete=incomplete_kinds(bundle),
            unread=unread,
            panels=site.orders,
        )


def answer_on(
    site: Site,
    facts: Facts,
    today: Moment,
    profiles: tuple[str, ...],
    namespace: UUID,
    remembered: Remembered | None = None,
) -> Answer:
    """What is judged of a chart, and the cards about it."""
    judged, cards = judge(site, facts, today, profiles, namespace, remembered=remembered)
    return Answer(cards, facts, judged)


def reported(site: Site, answer: Answer, facts: Facts, today: Moment) -> Report:
    """What was judged of a chart, whole."""
    assert answer.judged is not None  # noqa: S101 - of a Bundle something always is
    return report(answer.judged, facts, site.knowledge, today, answer.cards, __version__)


def namespace_of(body: bytes, *asked: str) -> UUID:
    """What seeds the ids of an answer: equal calls get equal ids."""
    digest = hashlib.blake2b(body, digest_size=16)
    digest.update("\0".join(asked).encode())
    return UUID(bytes=digest.digest())
