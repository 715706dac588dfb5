"""How a drug is taken, read from its dosages: the hours between doses, the dose, and the stretch of time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from cds_hooks.record.drugs.amounts import SINGLE, Amount, Amounts, all_in, amount_of, amounts_in
from cds_hooks.record.drugs.intervals import of_code, of_repeat, only
from cds_hooks.record.drugs.spoken_intervals import in_words
from cds_hooks.record.fhir.concepts import texts_of
from cds_hooks.record.fhir.datatypes import Period
from cds_hooks.record.fhir.dosages import Dosage
from cds_hooks.record.fhir.elements import Resource

_SINGLE_FORM = re.compile(r"\b(?:tablets?|tab|capsules?|cap|pill|patch)\b", re.IGNORECASE)
_AUTOINJECTOR = re.compile(r"\bauto-?injector\b", re.IGNORECASE)
_COUNTS_SOMETHING = re.compile(r"\d|\bhalf\b", re.IGNORECASE)


def dosages_of(resource: Resource) -> list[Dosage]:
    """The dosages of a request, statement or administration, whichever element holds them."""
    written = resource.dosageInstruction or resource.dosage or []
    return [written] if isinstance(written, Dosage) else written


def texts_in(dosages: Iterable[Dosage]) -> list[str]:
    """What the dosages say in words."""
    return [text for dosage in dosages for text in (dosage.text, dosage.patientInstruction) if text]


def interval_of(dosages: Sequence[Dosage], names: Iterable[str]) -> Decimal | None:
    """Hours between doses: structured timing first, then timing codes, then the dosage text, then the drug's text.

    The first of them that says anything decides; when it leaves several intervals open, none is known.
    """
    for dosage in dosages:
        found = dosage.timing and (of_repeat(dosage.timing.repeat) or of_code(dosage.timing.code))
        if found:
            return only(found)
    coded = [text for dosage in dosages if dosage.timing for text in texts_of(dosage.timing.code)]
    said = (in_words(text) for text in (*coded, *texts_in(dosages), *names))
    return only(next(filter(None, said), frozenset()))


def dose_of(dosages: Sequence[Dosage], names: Sequence[str]) -> str | None:
    """The dose, such as `100 mg`, written so that equal doses are equal texts; None unless it is plain.

    From the quantities of the dosages, else from their words; a volume or a number of tablets is turned into mass where
    the drug's text states just one strength. A drug's text alone tells the dose of a tablet, patch or autoinjector.
    """
    said = [(_stated(dosage), dosage) for dosage in dosages]
    amounts = {amount for amount, dosage in said if amount is not None or _counts_something(dosage)}
    if len(amounts) > 1:
        return None
    amount = _in_mass(amounts.pop(), names) if amounts else _of_names(names)
    return amount.text if amount is not None else None


def bounds_of(dosages: Iterable[Dosage]) -> Period | None:
    """The stretch a schedule runs, when one is stated."""
    repeats = (dosage.timing.repeat for dosage in dosages if dosage.timing and dosage.timing.repeat)
    return next((repeat.boundsPeriod for repeat in repeats if repeat.boundsPeriod), None)


def _counts_something(dosage: Dosage) -> bool:
    """Whether a dosage may state a dose that was not understood."""
    measured = dosage.doseAndRate or dosage.doseQuantity or dosage.doseRange or dosage.rateQuantity or dosage.dose
    return measured is not None or _COUNTS_SOMETHING.search(dosage.text or "") is not None


def _stated(dosage: Dosage) -> Amount | None:
    """From the quantities, else from the words."""
    for part in (*(dosage.doseAndRate or ()), dosage):
        amount = amount_of(part.doseQuantity) or amount_of(part.rateQuantity)
        if amount is not None:
            return amount
    return amount_of(dosage.dose) or (amounts_in(dosage.text).one if dosage.text else None)


def _in_mass(amount: Amount | None, names: Sequence[str]) -> Amount | None:
    """A volume or a count as the mass in it, where the drug's text leaves no doubt; else as it is."""
    if amount is None or (amount.kind != "volume" and amount.unit not in SINGLE):
        return amount
    said = all_in(names)
    if amount.kind == "volume":
        return _dissolved(amount, said)
    if len(said.found) != 1 or said.unsure:
        return amount
    (each,) = said.found
    return each.times(amount.value) if each.kind in ("mass", "rate") else amount


def _dissolved(volume: Amount, names: Amounts) -> Amount:
    if len(names.strengths) != 1:
        return volume
    (strength,) = names.strengths
    return Amount(volume.value * strength.mass / strength.volume, "mg", "mass")


def _of_names(names: Sequence[str]) -> Amount | None:
    if any(_AUTOINJECTOR.search(name) for name in names):
        return _injected(all_in(names))
    if any(_SINGLE_FORM.search(name) or in_words(name) for name in names):
        return all_in(names).one
    return None


def _injected(names: Amounts) -> Amount | None:
    """What one autoinjector holds: `75 mg`, `75 mg/0.5 mL`, or `0.5 mL` of `150 mg/mL`."""
    content = names.one
    if content is not None and content.kind == "volume":
        return _dissolved(content, names)
    if content is None and len(names.strengths) == 1 and not names.found:
        (strength,) = names.strengths
        return Amount(strength.mass, "mg", "mass") if strength.stated else None
    return content
