"""What the pages of the differential show: what counts as not working, and each factor with what it cannot explain."""

from __future__ import annotations

from cds_hooks.judgement.differential.ready import Differential, Factor
from cds_hooks.judgement.differential.written import AskFile, WayFile
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.told.conditions import told
from cds_hooks.presentation.told.terms import Terms, listed, plain

PAGES = ("differential", "context-factors")  # the two files, a page each


class DifferentialPage:
    """The differential told from its two files."""

    def __init__(self, known: Differential, knowledge: Knowledge) -> None:
        self.known, self.knowledge = known, knowledge
        self.file = known.file
        self.homes = {check.id: protocol.id for protocol in knowledge.protocols for check in protocol.check}
        self.titles = {one.file.id: one.file.title for one in known.discordances}
        self._terms = Terms(knowledge, next(iter(knowledge.variants.values())))

    def factors(self, kind: str) -> list[Factor]:
        """The factors of one kind that may be shown, and those kept so that nobody adds them again."""
        return [factor for factor in self.known.factors if factor.file.kind == kind]

    def way(self, way: WayFile) -> str:
        """When something is there, in words."""
        said = [
            *([f"{listed(way.raised)} is raised"] if way.raised else []),
            *([f"advises to {listed(plain(way.action))}"] if way.action else []),
            *([f"in {listed(plain(way.protocol))}"] if way.protocol else []),
            *(told(condition, self._terms) for condition in way.all),
        ]
        none = [told(condition, self._terms) for condition in way.none]
        return listed(said, "and") + (f"; but not where {listed(none)}" if none else "")

    def asked(self, question: AskFile) -> list[str]:
        """When a question is asked, in words."""
        wanted = [told(condition, self._terms) for condition in question.all]
        answered = [f"not where {told(condition, self._terms)}" for condition in question.none]
        return [*wanted, *answered, *([f"not beside {listed(question.but_not)}"] if question.but_not else [])]

    def explained(self, factor: Factor) -> str:
        """The discordances a factor may explain, by title; that it explains none."""
        return listed([self.titles[name] for name in factor.file.expl]) if factor.file.expl else "nothing"

    def level(self, factor: Factor) -> str:
        """Whether it changes the measured level of a hormone that is given."""
        return self.knowledge.words[f"exo_{factor.file.exo}"]

    def labels(self, analytes: tuple[str, ...]) -> str:
        """Tests by name, those of one name once."""
        return listed(dict.fromkeys([self._terms.label(analyte) for analyte in analytes]))
