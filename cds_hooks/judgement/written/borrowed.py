"""A check that stands in one protocol file may be used in another as it is, or with some of its keys replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

AS_IN = "as_in"
Content = Mapping[str, Any]


def with_checks_of(files: Mapping[str, Content]) -> dict[str, Content]:
    """The files with every `as_in` of a check replaced by that check. Raises ValueError where there is none such."""
    own = {
        (content.get("id"), check.get("id")): check
        for content in files.values()
        for check in content.get("check", ())
        if AS_IN not in check
    }
    return {name: _filled(name, content, own) for name, content in files.items()}


def lenders_first(files: Mapping[str, Content]) -> list[str]:
    """Names of the files, borrowers last: what is wrong with a check is said of the file it stands in."""
    return sorted(files, key=lambda name: any(AS_IN in check for check in files[name].get("check", ())))


def _filled(name: str, content: Content, own: Mapping[tuple[Any, Any], Content]) -> Content:
    checks = content.get("check")
    if not isinstance(checks, list) or not any(AS_IN in check for check in checks):
        return content
    return {**content, "check": [_borrowed(name, check, own) if AS_IN in check else check for check in checks]}


def _borrowed(name: str, check: Content, own: Mapping[tuple[Any, Any], Content]) -> Content:
    lent = own.get((check[AS_IN], check.get("id")))
    if lent is None:
        raise ValueError(f"{name}: no check {check.get('id')} to take from protocol {check[AS_IN]!r}")
    return {**lent, **{key: value for key, value in check.items() if key != AS_IN}}
