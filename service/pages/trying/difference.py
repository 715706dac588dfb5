"""What a change of the chart changes in the answer: each check whose finding is another one."""

from __future__ import annotations

from typing import Literal, NamedTuple

from cds_hooks.findings import Finding
from cds_hooks.presentation.report import Report

How = Literal["raised", "settled", "changed", "reworded"]
_ORDER: tuple[How, ...] = ("raised", "settled", "changed", "reworded")  # reworded: clear or unknown as before


class Difference(NamedTuple):
    """One check: how its finding differs, and both. None: the protocol was not judged there."""

    how: How
    before: Finding | None
    after: Finding | None

    @property
    def shown(self) -> Finding:
        """The finding it is known by."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - one of both is there
        return found


def differences(before: Report | None, after: Report | None) -> list[Difference]:
    """Those that are raised now first, then those that no longer are, then what else changed."""
    old, new = _by_check(before), _by_check(after)
    pairs = [(old.get(key), new.get(key)) for key in dict.fromkeys([*new, *old])]
    found = [Difference(_how(one, other), one, other) for one, other in pairs if _said(one) != _said(other)]
    return sorted(found, key=lambda one: _ORDER.index(one.how))


def _by_check(answer: Report | None) -> dict[tuple[str, str], Finding]:
    return {(one.protocol, one.check): one for one in answer.findings} if answer is not None else {}


def _said(finding: Finding | None) -> tuple[str, ...] | None:
    return None if finding is None else (finding.state, finding.urgency, finding.summary)


def _how(before: Finding | None, after: Finding | None) -> How:
    was, is_now = (one is not None and one.state == "raised" for one in (before, after))
    if was != is_now:
        return "raised" if is_now else "settled"
    is_alike = before is not None and after is not None and before.state == after.state
    return "reworded" if is_alike and not is_now else "changed"
