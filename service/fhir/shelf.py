"""What is published under the knowledge in force: laid out once, each resource encoded once."""

from __future__ import annotations

from threading import Lock

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.resources import encode_resource
from service import __version__


class Shelf:
    """The resources of one catalogue, as bytes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._encoded: dict[tuple[str, str], bytes] = {}

    def encoded(self, kind: str, identity: str) -> bytes:
        """A resource as JSON. Raises Refusal (404) when there is none with that id."""
        known = self._encoded.get((kind, identity))
        if known is None:
            published = self.catalogue.read(self.catalogue.of_type(kind), identity)
            known = self._encoded[kind, identity] = encode_resource(self.catalogue, published)
        return known

    def require(self, kind: str, identity: str) -> bytes:
        """Nothing, where there is such a resource. Raises Refusal (404) when there is none with that id."""
        self.catalogue.read(self.catalogue.of_type(kind), identity)
        return b""


class Shelves:
    """The shelf of the knowledge in force: knowledge may be replaced while the service runs, and its shelf with it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._filled: tuple[Knowledge, Shelf] | None = None

    def of(self, knowledge: Knowledge) -> Shelf:
        """The shelf of exactly this knowledge."""
        with self._lock:
            if self._filled is None or self._filled[0] is not knowledge:
                self._filled = knowledge, Shelf(Catalogue.of(knowledge, __version__))
            return self._filled[1]
