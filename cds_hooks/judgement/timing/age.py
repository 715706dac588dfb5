"""Ages in completed years."""

from __future__ import annotations

from datetime import date


def age(birth_date: date | None, today: date) -> int | None:
    """Completed years, or None without a birth date."""
    if birth_date is None:
        return None
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (0 if had_birthday else 1)
