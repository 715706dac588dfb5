"""What the report says of each therapy: the drug that the chart's words or codes were taken for, how, and its form."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from cds_hooks.facts import Therapy

_HUNDREDTH = Decimal("0.01")


class TherapyItem(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One order, plan or statement of a drug, as it was understood. What is absent is not known."""

    reference: str
    name: Annotated[str, Meta(description="What the chart calls it.")]
    drug: Annotated[str, Meta(description="The leading ingredient.")]
    basis: Annotated[str, Meta(description="How it was recognised: RxNorm 835840, ATC G03BA03, name in text.")]
    status: str
    planned: Annotated[bool, Meta(description="A draft or future order: not yet taken.")]
    others: Annotated[tuple[str, ...], Meta(description="Further ingredients.")] = ()
    product: Annotated[str | None, Meta(description="Ester or brand.")] = None
    route: str | None = None
    form: Annotated[str | None, Meta(description="As stated, or the only one of its product.")] = None
    strength: Annotated[str | None, Meta(description="As stated: 200 mg/mL, 1.62 %, 0.05 mg/d.")] = None
    systemic: Annotated[bool | None, Meta(description="Whether it acts in the whole body.")] = None
    dose: str | None = None
    intervalHours: Annotated[Decimal | None, Meta(description="Hours between doses.")] = None
    start: str | None = None
    end: str | None = None


def understood(therapy: Therapy) -> TherapyItem:
    """A therapy as the report shows it."""
    return TherapyItem(
        reference=therapy.reference,
        name=therapy.name,
        drug=therapy.drug,
        basis=therapy.basis,
        status=therapy.status,
        planned=therapy.planned,
        others=therapy.others,
        product=therapy.product,
        route=therapy.route,
        form=therapy.form,
        strength=therapy.strength,
        systemic=therapy.systemic,
        dose=therapy.dose,
        intervalHours=_hours(therapy.interval_hours),
        start=therapy.start.text if therapy.start is not None else None,
        end=therapy.end.text if therapy.end is not None else None,
    )


def _hours(interval: Decimal | None) -> Decimal | None:
    """To the hundredth of an hour: a third of a week has no last digit."""
    if interval is None or interval == interval.to_integral_value():
        return interval
    return interval.quantize(_HUNDREDTH)
