"""Reads `drugs.toml` into the formulary; a table that names what it does not define stops the service from starting."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from terminology.drugs.formulary import Acts, Drug, Form, Formulary, Product, Usual, Words
from terminology.drugs.wording import Asides


def read_formulary(table: bytes) -> Formulary:
    """From `drugs.toml`; raises when a combination, product or line names what the table does not know."""
    content = tomllib.loads(table.decode())
    usual = {name: _usual(row) for row in content["usual"] for name in row.get("drugs", ())}
    drugs = {row["name"]: _drug(row, usual.get(row["name"])) for row in content["drug"]}
    named = {name: (drug.name,) for drug in drugs.values() for name in _all_names(drug)}
    for row in content["combination"]:
        named.update(dict.fromkeys(row["names"], tuple(row["drugs"])))
    forms = {row["form"]: _form(rank, row) for rank, row in enumerate(content["form"])}
    form_by_word = {word: forms[row["form"]] for row in content["form"] for word in row["words"]}
    acts = tuple(_acts(row) for row in content["acts"])
    usual = {name: _usual(row) for row in content["usual"] for name in row.get("names", ())}
    _check(drugs, named, forms, acts)
    _check_usual(content["usual"], drugs, named)
    strong = [row for row in content["route"] if not row.get("weak")]
    weak = [row for row in content["route"] if row.get("weak")]
    brands = (name for drug in drugs.values() for one in drug.products for name in one.names - set(drug.names))
    return Formulary(
        drugs=drugs,
        named=named,
        names=Words(named),
        routes=tuple(_ranked(rows) for rows in (strong, weak)),
        brands=frozenset(brands),
        forms=forms,
        form_by_word=form_by_word,
        form_words=Words(form_by_word),
        acts=acts,
        usual=usual,
        harmless=Words(content["harmless"]),
        not_a_drug=Words(content["not_a_drug"]),
        never_a_drug=Words(content["never_a_drug"]),
        aids=Words(content["aids"]),
        not_taken=Words(content["not_taken"]),
        not_taken_before=Words([*content["not_taken_before"], *content["denied"]]),
        denied=frozenset(content["denied"]),
        asides=Asides(content["asides"], content["purposes"]),
    )


def _ranked(rows: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, tuple[int, str]], Words]:
    words = {word: (rank, row["route"]) for rank, row in enumerate(rows) for word in row["words"]}
    return words, Words(words)


def _check(
    drugs: Mapping[str, Drug], named: Mapping[str, tuple[str, ...]], forms: Mapping[str, Form], acts: Iterable[Acts]
) -> None:
    products = [product for drug in drugs.values() for product in drug.products]
    names, known = {product.product for product in products}, forms.keys()
    wrong = {name for ingredients in named.values() for name in ingredients if name not in drugs}
    wrong |= {product.form for product in products if product.form is not None and product.form not in known}
    for line in acts:
        wrong |= (line.drugs - drugs.keys()) | (line.forms - known) | (line.products - names)
    if wrong:
        raise ValueError(f"drugs.toml names {', '.join(sorted(wrong))}, which it does not define")


def _check_usual(rows: Iterable[Mapping[str, Any]], drugs: Collection[str], named: Collection[str]) -> None:
    wrong = {name for row in rows for name in row.get("names", ()) if name not in named}
    wrong |= {name for row in rows for name in row.get("drugs", ()) if name not in drugs}
    if wrong:
        raise ValueError(f"drugs.toml says how {', '.join(sorted(wrong))} is usually given, which it does not define")


def _all_names(drug: Drug) -> Iterable[str]:
    return (*drug.names, *(name for product in drug.products for name in product.names))


def _drug(row: Mapping[str, Any], usual: Usual | None) -> Drug:
    products = tuple(_product(product) for product in row.get("products", ()))
    esters = {word: _product(ester) for ester in row.get("esters", ()) for word in ester["words"]}
    words = Words(esters) if esters else None
    return Drug(row["name"], tuple(row["classes"]), tuple(row["names"]), products, esters, words, usual)


def _product(row: Mapping[str, Any]) -> Product:
    names, needs, allows, strengths = (
        frozenset(row.get(kind, ())) for kind in ("names", "needs", "allows", "strengths")
    )
    said = (row.get(kind) for kind in ("ester", "route", "usually", "form"))
    return Product(row["product"], names, needs, allows, strengths, *said)


def _form(rank: int, row: Mapping[str, Any]) -> Form:
    routes = tuple(row.get("routes", ()))
    return Form(rank, row["form"], row["group"], row.get("single", False), row.get("worn", False), routes)


def _usual(row: Mapping[str, Any]) -> Usual:
    return Usual(row["route"], row.get("form"))


def _acts(row: Mapping[str, Any]) -> Acts:
    return Acts(
        row["systemic"],
        frozenset(row.get("drug", ())),
        frozenset(row.get("product", ())),
        frozenset(row.get("route", ())),
        frozenset(row.get("form", ())),
        tuple(row.get("at_most", ())),
    )
