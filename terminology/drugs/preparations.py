"""How a drug is made up and given, as its names and what is said about it tell: product, route, form and strength."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from terminology.drugs.formulary import Drug, Form, Formulary, Product
from terminology.drugs.strengths import strength_in

_LASTS = re.compile(r"^\D{0,2}(\d{1,4}) (hr|day)\b")  # as RxNorm writes what a patch or ring lasts
_HOURS = {"hr": Decimal(1), "day": Decimal(24)}
_APART = " / "  # between the parts of a combination
BLEND = "blend"  # several esters of one drug in one product, or in one text


class Preparation(NamedTuple):
    """What is known of how a drug is made up and given."""

    product: str | None
    route: str | None
    form: Form | None
    strength: str | None
    lasts_hours: Decimal | None


def prepared(formulary: Formulary, drug: str, texts: Sequence[str], about: Sequence[str]) -> Preparation:
    """From folded texts: the names of the drug first, then what is said `about` it."""
    heard = [_heard(formulary, text) for text in texts]
    beside = [formulary.asides.removed_from_dosage(text) for text in about]
    form = _form(formulary, heard, beside)
    product = _product(formulary, formulary.drugs[drug], form, heard, beside)
    usual = next((formulary.usual[name] for name in _names(formulary, heard) if name in formulary.usual), None)
    usual = usual or formulary.drugs[drug].usually
    form = formulary.forms[product.form] if product is not None and product.form is not None else form
    if form is None and usual is not None and usual.form is not None:
        form = formulary.forms[usual.form]
    usually = product.usually if product is not None else None
    return Preparation(
        product.product if product is not None else None,
        _route(formulary, product, form, usually or (usual.route if usual is not None else None), heard, beside),
        form,
        _strength(formulary, drug, form, heard, beside),
        next(filter(None, map(_lasts, texts)), None) if form is not None and form.worn else None,
    )


def _heard(formulary: Formulary, text: str) -> str:
    """A name without its asides; as it is where nothing but an aside names a drug (`not taking testosterone`)."""
    left = formulary.asides.removed(text)
    return left if formulary.names.found_in(left) or not formulary.names.found_in(text) else text


def _names(formulary: Formulary, texts: Sequence[str]) -> list[str]:
    return [name for text in texts for name in formulary.names.all_in(text)]


def _product(
    formulary: Formulary, drug: Drug, form: Form | None, texts: Sequence[str], about: Sequence[str]
) -> Product | None:
    """The first product that a name of the drug names, else its ester; else what is said about it names."""
    stated = form.form if form is not None else None
    strengths = _said_strengths(formulary, drug.name, form, texts, about)
    ester = _ester(formulary, drug, texts) or _ester(formulary, drug, about)
    called = ester.product if ester is not None else None
    for names in (texts, about):
        words = _names(formulary, names)
        found = next((one for one in drug.products if one.fits(words, stated, strengths, called)), None)
        if found is not None:
            return found
        ester = _ester(formulary, drug, names)
        if ester is not None:
            return ester
    return None


def _ester(formulary: Formulary, drug: Drug, texts: Sequence[str]) -> Product | None:
    """The ester said with the drug's name or after it, up to the next drug; several are a blend, whatever it holds."""
    if drug.ester_words is None:
        return None
    found = {
        drug.esters[word].product: drug.esters[word]
        for text in texts
        for part in _parts(formulary, drug.name, text)
        for word in drug.ester_words.all_in(part)
    }
    first = next(iter(found.values()), None)
    if first is None or len(found) == 1:
        return first
    return replace(first, product=BLEND, usually="injection")


def _said_strengths(
    formulary: Formulary, drug: str, form: Form | None, texts: Sequence[str], about: Sequence[str]
) -> set[str]:
    """Every way to read the strength that the names state; where they state none, what is said about it."""
    parts = [part for text in texts for part in _parts(formulary, drug, text)] or list(texts)
    said = {strength_in(part, single=single, worn=True) for part in (*parts, *texts) for single in (False, True)}
    stated = {strength for strength in said if strength is not None}
    beside = _strength(formulary, drug, form, (), about)
    return stated or ({beside} if beside is not None else set())


def _route(
    formulary: Formulary,
    product: Product | None,
    form: Form | None,
    usually: str | None,
    texts: Sequence[str],
    about: Sequence[str],
) -> str | None:
    """The product's own route, else the first that is said, hinted at or usual and that the form allows."""
    if product is not None and product.route is not None:
        return product.route
    possible = form.routes if form is not None else ()
    fixed = product.usually if product is not None and form is None else None
    for route, beside in _said_routes(formulary, texts, about):
        if (not possible or route in possible) and not (beside and fixed and route != fixed):
            return route
    if usually is not None and (not possible or usually in possible):
        return usually
    return possible[0] if len(possible) == 1 else None


def _said_routes(formulary: Formulary, texts: Sequence[str], about: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """What says a route before what merely hints at one; whether only what is `about` the drug says so."""
    for ranks, words in formulary.routes:
        for beside, said in ((False, texts), (True, about)):
            for text in said:
                for _, route in sorted(ranks[word] for word in words.all_in(text)):
                    yield route, beside


def may_be_given(formulary: Formulary, product: str | None, form: str | None, drug: str, route: str) -> bool:
    """Whether neither the product nor the form excludes a route.

    An ester excludes none, though a brand of it has but one: undecanoate is swallowed and injected.
    """
    named = formulary.drugs[drug]
    possible = formulary.forms[form].routes if form is not None else ()
    is_ester = any(one.product == product for one in named.esters.values())
    brands = () if is_ester else named.products
    always = {one.route for one in brands if one.product == product and one.route is not None}
    return (not possible or route in possible) and (not always or route in always)


def _form(formulary: Formulary, texts: Sequence[str], about: Sequence[str]) -> Form | None:
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
        found = strength_in(" ; ".join(_after(formulary, drug, text)), single=single, worn=worn)
        if found is None and _names_one(formulary, text):
            found = strength_in(text, single=single, worn=worn)
        if found is not None:
            return found
    said = {strength_in(text, worn=worn) for text in about} - {None}
    return said.pop() if len(said) == 1 else None


def _after(formulary: Formulary, drug: str, text: str) -> list[str]:
    """What follows each name of a drug, up to the next part of the product."""
    found = formulary.names.found_in(text)
    ends = [*(match.start() for match in found[1:]), len(text)][: len(found)]
    return [
        text[match.end() : end].partition(_APART)[0]
        for match, end in zip(found, ends, strict=True)
        if drug in formulary.named[match[0]]
    ]


def _parts(formulary: Formulary, drug: str, text: str) -> list[str]:
    """Each name of a drug with what follows it, up to the next drug."""
    found = formulary.names.found_in(text)
    ends = [*(match.start() for match in found[1:]), len(text)][: len(found)]
    return [
        text[match.start() : end] for match, end in zip(found, ends, strict=True) if drug in formulary.named[match[0]]
    ]


def _names_one(formulary: Formulary, text: str) -> bool:
    return len({name for word in formulary.names.all_in(text) for name in formulary.named[word]}) <= 1


def _lasts(text: str) -> Decimal | None:
    found = _LASTS.search(text)
    return int(found[1]) * _HOURS[found[2]] if found is not None else None
