"""What is known about one patient, in the lexicon's words; built by `record`, read by `judgement`."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from terminology.vocabulary import Conversion


class Moment(msgspec.Struct, frozen=True, gc=False):
    """A point in time as the chart states it.

    `day` is the local calendar day. `clock` is the local time of day, absent when the chart gives only a date, or
    gives UTC and the site's time zone is unknown. `instant` is the absolute time (aware, UTC), when it is known.
    """

    day: date
    clock: time | None = None
    instant: datetime | None = None

    @property
    def text(self) -> str:
        """ISO 8601 to the precision the chart gave: `2026-09-03` or `2026-09-03T20:00`."""
        if self.clock is not None:
            return f"{self.day.isoformat()}T{self.clock.isoformat('minutes')}"
        if self.instant is not None:
            return f"{self.instant.replace(tzinfo=None).isoformat('T', 'minutes')}Z"
        return self.day.isoformat()

    @property
    def local(self) -> datetime | None:
        """Local wall-clock time without zone, absent when only the day is known."""
        return datetime.combine(self.day, self.clock) if self.clock is not None else None


class Mapped(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A local code or unit that only the site's code map made readable, and the version of that map.

    Of a unit, `code` is the string as written, absent when none was.
    """

    kind: Literal["laboratory", "unit"]
    version: int
    code: str = ""
    system: str = ""


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One laboratory or vital-sign result in its analyte's canonical unit, with what the chart wrote."""

    analyte: str
    value: Decimal  # in the canonical unit, exact
    unit: str  # the canonical UCUM unit
    reported: Decimal
    reported_unit: str  # as the chart wrote it
    conversion: Conversion  # reported -> canonical
    effective: Moment
    reference: str  # "Observation/abc", or the entry's fullUrl, or "Bundle.entry[3]"
    status: str  # final | amended | corrected | preliminary | unknown
    code: str  # the LOINC code that named the analyte
    comparator: str | None = None  # < | <= | >= | >
    issued: str = ""
    version: str = ""
    notes: tuple[str, ...] = ()  # e.g. "property-mismatch", "point-of-care", "unit-alias"
    mapped: tuple[Mapped, ...] = ()  # what only the site's code map made readable
    lower: Decimal | None = None  # the laboratory's own reference range, in the canonical unit
    upper: Decimal | None = None
    biased: str = ""  # the check that makes it a bound: `comparator` is then not the laboratory's


class UnreadReason(StrEnum):
    """Why a resource could not be used. The codes are part of the report's schema."""

    UNIT_MISSING = "unit-missing"
    UNIT_UNKNOWN = "unit-unknown"
    UNIT_DIMENSION = "unit-dimension"
    UNIT_NOT_CONVERTIBLE = "unit-not-convertible"
    VALUE_MISSING = "value-missing"
    VALUE_NOT_NUMERIC = "value-not-numeric"
    VALUE_OUT_OF_BOUNDS = "value-out-of-bounds"
    COMPARATOR_UNKNOWN = "comparator-unknown"
    CODE_UNKNOWN = "code-unknown"
    CODE_CONFLICT = "code-conflict"
    CODE_NOT_USABLE = "code-not-usable"
    EFFECTIVE_MISSING = "effective-missing"
    EFFECTIVE_IMPRECISE = "effective-imprecise"
    EFFECTIVE_INVALID = "effective-invalid"
    EFFECTIVE_FUTURE = "effective-future"
    STATUS = "status"
    OTHER_PATIENT = "other-patient"
    VERSION_CONFLICT = "version-conflict"
    MALFORMED = "malformed"
    MODIFIED = "modifier-unknown"  # it may say something else than it seems to
    DRUG_UNKNOWN = "drug-unknown"
    DRUG_CONFLICT = "drug-conflict"  # codes of one order that name different drugs
    HELD = "held"  # read, but a data-quality check forbids judging it


class Unread(msgspec.Struct, frozen=True, gc=False):
    """A resource, or part of one, that could not be used, and why. `analyte` is given when the code was understood."""

    reference: str
    code: str  # "http://loinc.org|4544-3", or the text of the code
    reason: UnreadReason
    detail: str
    analyte: str | None = None
    value: Decimal | None = None
    unit: str | None = None
    effective: Moment | None = None
    mapped: tuple[Mapped, ...] = ()  # the local code that only the site's code map made known
    concepts: tuple[str, ...] = ()  # of a diagnosis: what it would mean if it counted
    past: bool = False  # and whether it is over


class Unmapped(msgspec.Struct, frozen=True, gc=False):
    """A code that nobody understood. `name` is what the chart calls it, for a suggestion; it is never kept."""

    kind: Literal["laboratory", "unit", "drug"]
    system: str
    code: str  # of a unit: the string as written
    analyte: str | None = None  # of a unit: what was measured
    unit: str | None = None  # of a laboratory code: the unit its results came in
    name: str = ""


class Therapy(msgspec.Struct, frozen=True, gc=False):
    """One order, plan or statement of a drug the vocabulary knows."""

    drug: str  # ingredient, as in terminology/tables: "testosterone"
    reference: str
    name: str  # what the chart calls it
    basis: str  # how the drug was recognised: "RxNorm 835840", "name in text"
    status: str  # active | on-hold | completed | stopped | draft | unknown
    classes: tuple[str, ...] = ()  # "androgen", "5-alpha-reductase-inhibitor" …
    product: str | None = None  # ester or brand that decides the form: "cypionate", "undecanoate", "androgel-1.62"
    route: str | None = None  # injection | topical | patch | oral | nasal | implant | vaginal | intrauterine …
    interval_hours: Decimal | None = None
    dose: str | None = None  # as written: "100 mg"
    start: Moment | None = None
    end: Moment | None = None
    planned: bool = False  # a draft order: not yet taken
    others: tuple[str, ...] = ()  # further ingredients of a combination
    form: str | None = None  # as stated, or the only one of its product: "injectable solution", "gel", "vaginal ring"
    strength: str | None = None  # as stated: "200 mg/mL", "1.62 %", "0.05 mg/d"
    systemic: bool | None = None  # whether it acts in the whole body; None when that is not known
    by_map: bool = False  # known by the site's code map alone
    stated: Moment | None = None  # of a mere statement: when it was made, else the day it speaks of

    @property
    def ingredients(self) -> tuple[str, ...]:
        """Every drug in it; of a mixture the first is only the one named first."""
        return (self.drug, *self.others)

    @property
    def names(self) -> tuple[str, ...]:
        """Whatever it may be asked for by: its ingredients and classes."""
        return (self.drug, *self.others, *self.classes)

    @property
    def current(self) -> bool:
        """Whether the drug is being taken as far as the chart says."""
        return not self.planned and self.end is None and self.status in ("active", "on-hold", "unknown")


class Dose(msgspec.Struct, frozen=True, gc=False):
    """One administration of a drug."""

    drug: str
    at: Moment
    reference: str
    others: tuple[str, ...] = ()  # further ingredients of a combination
    basis: str = ""  # how the site's code map made the drug known, when nothing else did

    @property
    def ingredients(self) -> tuple[str, ...]:
        """Every drug in it."""
        return (self.drug, *self.others)


class Condition(msgspec.Struct, frozen=True, gc=False):
    """A diagnosis, symptom or procedure the vocabulary knows, e.g. `prostate-cancer`, `breast-symptoms`."""

    concept: str
    reference: str
    code: str
    onset: Moment | None = None  # of a procedure: when it was done
    active: bool = True
    recorded: Moment | None = None  # when it was written down


class Goal(msgspec.Struct, frozen=True, gc=False):
    """A target range the patient and the clinician agreed on: it replaces a protocol's own target, never a limit."""

    analyte: str
    reference: str
    low: Decimal | None = None  # in the canonical unit
    high: Decimal | None = None
    text: str = ""  # as written: "300–500 ng/dL"


class OpenOrder(msgspec.Struct, frozen=True, gc=False):
    """A laboratory order that is already placed and not yet resulted."""

    analytes: tuple[str, ...]
    reference: str
    authored: Moment | None = None


class Patient(msgspec.Struct, frozen=True, gc=False):
    """The person, without name or identifier. Ages are counted by `judgement`, which knows the day."""

    reference: str  # "Patient/abc"
    birth_date: date | None = None
    sex: str | None = None  # male | female | other, the value that tables by sex use
    sex_basis: str = "not recorded"  # sexParameterForClinicalUse | birthsex | gender (assumed)
    organs: tuple[str, ...] = ()  # recorded as present
    organs_absent: tuple[str, ...] = ()  # recorded as absent or removed
    organs_removed: tuple[str, ...] = ()  # of those: once present, taken out by an operation
    deceased: bool = False
    server: str | None = None  # where the chart has the person, "ehr.example/fhir"; None where it does not say


class Facts(msgspec.Struct, frozen=True, gc=False):
    """All that the chart says and judgement may use.

    `absent` names kinds of data nobody supplied ("administrations", "conditions" …): what depends on them is
    unknown. A kind that was supplied and is empty is not absent. `incomplete` names kinds with further pages that
    were not supplied: an older result may exist, or another diagnosis, so nothing may be called "never measured" or
    "not recorded". `unmapped` are codes that were not understood, one item for each time a code was seen; judgement
    does not look at them.
    """

    patient: Patient
    readings: tuple[Reading, ...] = ()
    therapies: tuple[Therapy, ...] = ()
    doses: tuple[Dose, ...] = ()
    conditions: tuple[Condition, ...] = ()
    orders: tuple[OpenOrder, ...] = ()
    unread: tuple[Unread, ...] = ()
    absent: frozenset[str] = frozenset()
    incomplete: frozenset[str] = frozenset()
    unmapped: tuple[Unmapped, ...] = ()
    goals: tuple[Goal, ...] = ()
    last_period: Moment | None = None  # first day of the last menstrual period that is recorded
    drafts: frozenset[str] = frozenset()  # references of the orders that are being written, read or not
