"""How a drug is made up and given, as its names and what is said about it tell: product, route, form and strength."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from terminology.formulary import Form, Formulary, Product
from terminology.strengths import strength_in

_LASTS = re.compile(r"^\D{0,2}(\d{1,4}) (hr|day)\b")  # as RxNorm writes what a patch or ring lasts
_HOURS = {"hr": Decimal(1), "day": Decimal(24)}
_APART = " / "  # between the parts of a combination


class Preparation(NamedTuple):
    """What is known of how a drug is made up and given."""

    product: str | None
    route: str | None
    form: Form | None
    strength: str | None
    lasts_hours: Decimal | None


def prepared(formulary: Formulary, drug: str, texts: Sequence[str], about: Sequence[str]) -> Preparation:
    """From folded texts: the names of the drug first, then what is said `about` it."""
    product = _product(formulary, drug, texts, about)
    form = _form(formulary, product, texts, about)
    return Preparation(
        product.product if product is not None else None,
        _route(formulary, product, texts, about),
        form,
        _strength(formulary, drug, form, texts, about),
        next(filter(None, map(_lasts, texts)), None) if form is not None and form.worn else None,
    )


def _product(formulary: Formulary, drug: str, texts: Sequence[str], about: Sequence[str]) -> Product | None:
    """The first product that a name of the drug names, else that what is said about it names.

    Brand and ester stand before the mere ingredient; a strength may stand anywhere.
    """
    products = formulary.drugs[drug].products
    if not products:
        return None
    everything = "\n".join((*texts, *about))
    for names in (texts, about):
        words = frozenset(name for text in names for name in formulary.names.all_in(text))
        found = next((one for one in products if one.is_named(words, everything)), None)
        if found is not None:
            return found
    return None


def _route(formulary: Formulary, product: Product | None, texts: Sequence[str], about: Sequence[str]) -> str | None:
    """The product's own route, else what the words say, then what they hint at, then what is usual."""
    if product is not None and product.route is not None:
        return product.route
    for said in (texts, about):
        for ranks, words in formulary.routes:
            ranked = next(filter(None, ([ranks[word] for word in words.all_in(text)] for text in said)), None)
            if ranked is not None:
                return min(ranked)[1]
    return product.usually if product is not None else None


def _form(formulary: Formulary, product: Product | None, texts: Sequence[str], about: Sequence[str]) -> Form | None:
    if product is not None and product.form is not None:
        return formulary.forms[product.form]
    return next((form for text in (*texts, *about) if (form := _form_in(formulary, text)) is not None), None)


def _form_in(formulary: Formulary, text: str) -> Form | None:
    """The form a text names; None where it names forms that exclude each other."""
    found = [formulary.form_by_word[word] for word in formulary.form_words.all_in(text)]
    return min(found, key=lambda form: form.rank) if len({form.group for form in found}) == 1 else None


def _strength(
    formulary: Formulary, drug: str, form: Form | None, texts: Sequence[str], about: Sequence[str]
) -> str | None:
    """The strength of the leading drug: what follows its name, or what the text of a single drug says anywhere."""
    single, worn = form is not None and form.single, form is not None and form.worn
    for text in texts:
        found = strength_in(" ; ".join(_parts(formulary, drug, text)), single=single, worn=worn)
        if found is None and _names_one(formulary, text):
            found = strength_in(text, single=single, worn=worn)
        if found is not None:
            return found
    said = {strength_in(text, worn=worn) for text in about} - {None}
    return said.pop() if len(said) == 1 else None


def _parts(formulary: Formulary, drug: str, text: str) -> list[str]:
    """What follows each name of a drug, up to the next part of the product."""
    found = list(formulary.names.pattern.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)][: len(found)]
    return [
        text[match.end() : end].partition(_APART)[0]
        for match, end in zip(found, ends, strict=True)
        if drug in formulary.named[match[0]]
    ]


def _names_one(formulary: Formulary, text: str) -> bool:
    return len({name for word in formulary.names.all_in(text) for name in formulary.named[word]}) <= 1


def _lasts(text: str) -> Decimal | None:
    found = _LASTS.search(text)
    return int(found[1]) * _HOURS[found[2]] if found is not None else None
