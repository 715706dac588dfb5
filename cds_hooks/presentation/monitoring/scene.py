"""What all resources of one answer share: words, whom it is about, who says it, when, and how ids are made."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from cds_hooks.facts import Facts
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.cards.occasion import name_based_uuid
from cds_hooks.presentation.monitoring.elements import pointing, urn
from cds_hooks.presentation.orders.service_request import Reference
from cds_hooks.presentation.wording import Words

NOBODY = Reference(display="the patient of the posted Bundle")  # who has no id there


class Scene(msgspec.Struct, frozen=True, gc=False):
    """One answer to one chart. `places` says by which address the caller's Bundle knows a resource, if by another."""

    words: Words
    namespace: UUID
    subject: Reference
    author: Reference
    at: str  # dateTime
    places: Mapping[str, str]

    def identify(self, kind: str, *parts: str) -> str:
        """The same id for the same resource of the same call."""
        return name_based_uuid(self.namespace, "|".join((kind, *parts)))

    def address(self, kind: str, *parts: str) -> Reference:
        """A reference to a resource of the answer."""
        return Reference(urn(self.identify(kind, *parts)))

    def pointing(self, reference: str) -> Reference:
        """A reference to one of the caller's resources."""
        return pointing(self.places.get(reference, reference))


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What is answered about: the chart, what was judged of it, and by which knowledge."""

    judged: Judged
    facts: Facts
    knowledge: Knowledge
