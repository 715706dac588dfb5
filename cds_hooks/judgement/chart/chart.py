"""One patient's chart arranged for judging: readings by analyte, drugs, organs and diagnoses, looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from cds_hooks.facts import Facts, Moment, Reading, Therapy, Unread, UnreadReason
from cds_hooks.judgement.chart.anatomy import Anatomy, anatomy_of, has_organ
from cds_hooks.judgement.chart.marks import Marks, marks_of
from cds_hooks.judgement.chart.newest import Newest, newest_of
from cds_hooks.judgement.chart.shown import number, rounded, spoken, stated_comparator
from cds_hooks.judgement.chart.worked import Worked
from cds_hooks.judgement.planning.panels import Panel
from cds_hooks.judgement.reference.tables import Tables
from cds_hooks.judgement.timing.amounts import daily_milligrams
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.course import NamedOrder, named_orders
from cds_hooks.judgement.timing.sequence import may_be_newer, not_older, same_moment
from cds_hooks.judgement.written.policy import Policy
from terminology.vocabulary import Vocabulary

NOT_A_RESULT = (UnreadReason.STATUS, UnreadReason.OTHER_PATIENT, UnreadReason.EFFECTIVE_FUTURE)


class Chart(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What every protocol sees alike. `held` maps a reading (reference, analyte) to the check that forbids its use."""

    facts: Facts
    vocabulary: Vocabulary
    today: Moment
    readings: Mapping[str, tuple[Reading, ...]]  # newest first
    unusable: Mapping[str, tuple[Unread, ...]]
    panels: Mapping[str, Panel]
    policy: Policy
    words: Mapping[str, str]  # among them what stands in the way, by its name
    tables: Tables
    held: Mapping[tuple[str, str], str] = {}
    doubtful: frozenset[str] | None = None  # whose results may be preliminary, held back or unusable; None: any
    one_sided: bool = False  # a gate has made bounds of some readings
    worked: Worked = msgspec.field(default_factory=Worked)  # the same for every protocol

    @property
    def concepts(self) -> frozenset[str]:
        """Whatever diagnoses are recorded: active, past, or in doubt."""
        found = self.worked.names.get("concepts")
        if found is None:
            doubtful = (name for one in self.facts.unread for name in one.concepts)
            found = frozenset((*(one.concept for one in self.facts.conditions), *doubtful))
            self.worked.names["concepts"] = found
        return found

    @property
    def anatomy(self) -> Anatomy:
        """What the chart tells of the patient's anatomy."""
        if self.worked.anatomy is None:
            self.worked.anatomy = anatomy_of(self.facts.patient)
        return self.worked.anatomy

    def has_organ(self, organ: str) -> tuple[bool | None, str]:
        """Whether an organ is present, and how that is known."""
        found = self.worked.organs.get(organ)
        if found is None:
            found = self.worked.organs[organ] = has_organ(self.facts.patient, self.anatomy, organ)
        return found

    @property
    def named_orders(self) -> tuple[NamedOrder, ...]:
        """Every order with its ingredients and classes."""
        if self.worked.ordered is None:
            self.worked.ordered = named_orders(self.facts)
        return self.worked.ordered

    def orders_of(self, drugs: tuple[str, ...]) -> tuple[Therapy, ...]:
        """The orders of one of these ingredients or classes, whether taken, planned or ended."""
        found = self.worked.orders.get(drugs)
        if found is None:
            found = tuple([one for one, names in self.named_orders if not names.isdisjoint(drugs)])
            self.worked.orders[drugs] = found
        return found

    def taken(self, drugs: tuple[str, ...]) -> tuple[Therapy, ...]:
        """The orders by which one of these ingredients or classes is being taken."""
        found = self.worked.taken.get(drugs)
        if found is None:
            found = self.worked.taken[drugs] = tuple([one for one in self.orders_of(drugs) if one.current])
        return found

    def daily(self, therapy: Therapy) -> Decimal | None:
        """Milligrams of an order a day; None where that is not plain."""
        if id(therapy) not in self.worked.daily:
            self.worked.daily[id(therapy)] = daily_milligrams(therapy)
        return self.worked.daily[id(therapy)]

    @property
    def marks(self) -> Marks:
        """What is there, or may be."""
        if self.worked.marks is None:
            self.worked.marks = marks_of(self.facts, self.anatomy, self.concepts, self.readings, self.unusable)
        return self.worked.marks

    @property
    def newest(self) -> Mapping[str, Newest | None]:
        """The newest result of every analyte that has one, readable or not."""
        if self.worked.newest is None:
            found = newest_of(self.readings, self.doubtful, self.today)
            self.worked.newest = {**dict.fromkeys(self.unusable), **found}
        return self.worked.newest

    def is_plain(self, analyte: str) -> bool:
        """Whether surely no result of it is preliminary, held back or unusable."""
        return self.doubtful is not None and analyte not in self.doubtful

    def usable(self, analyte: str, *, preliminary: bool) -> tuple[Reading, ...]:
        """Readings that may be judged, newest first; preliminary ones only where a check is critical."""
        if self.doubtful is not None and analyte not in self.doubtful:
            return self.readings.get(analyte, ())
        key = (analyte, preliminary)
        found = self.worked.usable.get(key)
        if found is None:
            found = self.worked.usable[key] = tuple(
                reading
                for reading in self.readings.get(analyte, ())
                if (preliminary or reading.status != "preliminary") and (reading.reference, analyte) not in self.held
            )
        return found

    def drawn_on(self, analyte: str) -> frozenset[date]:
        """The days of an analyte's usable final results."""
        found = self.worked.drawn_on.get(analyte)
        if found is None:
            usable = self.usable(analyte, preliminary=False)
            found = self.worked.drawn_on[analyte] = frozenset([reading.effective.day for reading in usable])
        return found

    def lacks(self, analyte: str) -> bool:
        """Whether the chart, supplied as a whole, has no result of it, readable or not."""
        return analyte not in self.readings and analyte not in self.unusable and "labs" not in self.facts.incomplete

    def has_preliminary(self, analyte: str) -> bool:
        """Whether some result of the analyte is preliminary."""
        if self.is_plain(analyte):
            return False
        return len(self.usable(analyte, preliminary=True)) != len(self.usable(analyte, preliminary=False))

    def latest(self, analyte: str, *, preliminary: bool, within: int | None) -> tuple[Reading, ...]:
        """The newest usable reading, with every other of the same moment, none older than `within` days."""
        key = (analyte, preliminary, within)
        found = self.worked.latest.get(key)
        if found is None:
            found = self.worked.latest[key] = self._latest(analyte, preliminary, within)
        return found

    def _latest(self, analyte: str, preliminary: bool, within: int | None) -> tuple[Reading, ...]:
        usable = self.usable(analyte, preliminary=preliminary)
        if not usable or (within is not None and days_between(usable[0].effective, self.today) > within):
            return ()
        if len(usable) == 1 or not same_moment(usable[0].effective, usable[1].effective):
            return usable[:1]
        return tuple(reading for reading in usable if same_moment(reading.effective, usable[0].effective))

    def blocking(self, analyte: str, newest: Reading | None, *, preliminary: bool) -> tuple[str, ...]:
        """What prevents a judgement: results newer than the newest usable one that cannot be judged."""
        if self.is_plain(analyte):
            return ()
        key = (analyte, id(newest), preliminary)
        found = self.worked.blocking.get(key)
        if found is None:
            found = self.worked.blocking[key] = self._blocking(analyte, newest, preliminary)
        return found

    def _blocking(self, analyte: str, newest: Reading | None, preliminary: bool) -> tuple[str, ...]:
        readings, unusable = self.readings.get(analyte, ()), self.unusable.get(analyte, ())
        names = []
        for reading in readings:
            if not not_older(reading.effective, newest):
                break
            if newest is not None and not may_be_newer(reading.effective, newest.effective):
                continue
            if (reading.reference, analyte) in self.held:
                names.append(self.held[reading.reference, analyte])
            elif reading.status == "preliminary" and not preliminary:
                names.append("preliminary")
        names += [
            unread.reason.value
            for unread in unusable
            if unread.reason not in NOT_A_RESULT and not_older(unread.effective, newest)
        ]
        return tuple(dict.fromkeys(names))

    def ordered(self, analytes: Iterable[str]) -> bool:
        """Whether a recent order is open for one of the analytes."""
        return not self.placed.isdisjoint(analytes)

    @property
    def placed(self) -> frozenset[str]:
        """Analytes of recent open orders without a result since; an order nobody drew for long counts no more."""
        found = self.worked.names.get("placed")
        if found is None:
            found = self.worked.names["placed"] = frozenset(
                analyte
                for order in self.facts.orders
                if order.authored is not None and days_between(order.authored, self.today) <= self.policy.order_lasts
                for analyte in order.analytes
                if not self._resulted(analyte, order.authored)
            )
        return found

    def _resulted(self, analyte: str, since: Moment) -> bool:
        readings = self.readings.get(analyte, ())
        return bool(readings) and readings[0].effective.day > since.day

    def named(self, reading: Reading) -> str:
        """A result as a sentence names it: `hematocrit 54.5 % of 2026-09-03`."""
        found = self.worked.named.get(id(reading))
        if found is None:
            found = f"{self.label(reading.analyte)} {self.canonical(reading)} of {self.drawn(reading)}"
            self.worked.named[id(reading)] = found
        return found

    def drawn(self, reading: Reading) -> str:
        """When a reading was drawn, as precisely as the chart says."""
        found = self.worked.drawn.get(id(reading))
        if found is None:
            found = self.worked.drawn[id(reading)] = reading.effective.text
        return found

    def obstacles(self, names: Iterable[str]) -> str:
        """What stands in the way, as a sentence says it."""
        return ", ".join(self.words.get(f"obstacle_{name}", f"held back by {name}") for name in names)

    def label(self, analyte: str) -> str:
        """What clinicians call an analyte: `total testosterone`."""
        known = self.vocabulary.analytes.get(analyte)
        return known.label if known is not None else analyte.replace("_", " ")

    def canonical(self, reading: Reading) -> str:
        """Number and canonical unit for people: `54.5 %`, with the comparator the laboratory gave."""
        found = self.worked.canonical.get(id(reading))
        if found is None:
            found = self.worked.canonical[id(reading)] = self.written(reading)
        return found

    def written(self, reading: Reading) -> str:
        """As `canonical`, of a reading that no chart holds: nothing of it is kept."""
        return f"{stated_comparator(reading)}{number(self._shown(reading))} {spoken(reading.unit)}".rstrip()

    def _shown(self, reading: Reading) -> Decimal:
        if reading.conversion.multiply == reading.conversion.divide:
            return reading.value
        known = self.vocabulary.analytes.get(reading.analyte)
        return rounded(reading.value, max(1, known.decimals if known is not None else 1))
