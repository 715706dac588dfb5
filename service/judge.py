"""The middle that every door opens on: facts in, findings and cards out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from cds_hooks.facts import Facts, Moment
from cds_hooks.judged import Judged
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.presentation.cards.cards import present_cards
from cds_hooks.presentation.hooks.services import Present
from cds_hooks.presentation.silences.keep import Remembered, keep_silent
from cds_hooks.wire.response import Card
from service import __version__
from service.operating.tracing.spans import span
from service.site.site import Site


def judge(
    site: Site,
    facts: Facts,
    today: Moment,
    profiles: Sequence[str],
    namespace: UUID,
    present: Present = present_cards,
    remembered: Remembered | None = None,
) -> tuple[Judged, tuple[Card, ...]]:
    """Findings and their cards, as `present` lays them out.

    `namespace` seeds the cards' ids, so that the same call gets the same ids. What is `remembered` may keep cards
    silent.
    """
    with span("judge"):
        judged = keep_silent(evaluate(facts, site.knowledge, today, profiles), facts, site.knowledge, remembered)
    with span("present"):
        cards = present(
            judged,
            facts,
            site.knowledge,
            public_url=site.settings.public_url,
            namespace=namespace,
            service_version=__version__,
            has_app=bool(site.settings.smart_issuers),
        )
    return judged, cards
