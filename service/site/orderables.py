"""Lays the site's orderable codes over the blood tests that can be suggested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cds_hooks.judgement.knowledge.knowledge import Knowledge, LabOrder
from service.site.environment import variable_of
from service.site.settings import StartRefused
from terminology.local.orderables import OrderablesError, read_orderables


def with_orderables(knowledge: Knowledge, path: Path | None) -> Knowledge:
    """The same knowledge, each order with the codes by which the site orders it.

    Raises:
        StartRefused: the file is not there or cannot be used; the message names the line.
    """
    if path is None:
        return knowledge
    known = {order.code for order in knowledge.orders}
    try:
        local = read_orderables(path.read_bytes(), known)
    except OSError as error:
        raise StartRefused(f"{variable_of('orderables')}: {path}: {error.strerror}") from error
    except OrderablesError as error:
        raise StartRefused(f"{variable_of('orderables')}: {path}: {error}") from error
    return replace(knowledge, orders=tuple(replace(o, local=local.get(o.code, ())) for o in knowledge.orders))


def answered_by(orders: tuple[LabOrder, ...]) -> Mapping[str, tuple[str, ...]]:
    """The analytes that each order answers, by LOINC code and by the site's codes as `system|code`.

    A site's code that stands for several tests answers them all.
    """
    found: dict[str, tuple[str, ...]] = {order.code: order.analytes for order in orders}
    for order in orders:
        for system, code, _ in order.local:
            name = f"{system}|{code}"
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *order.analytes)))
    return found
