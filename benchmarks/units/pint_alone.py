"""pint by itself: physical units, but no UCUM."""

from __future__ import annotations

from importlib.metadata import version

from probe import Library, probe


def load() -> Library:
    """Its default registry."""
    from pint import UnitRegistry

    registry = UnitRegistry()

    def is_unit(text: str) -> bool:
        return registry.parse_units(text) is not None

    def convert(value: float, source: str, target: str) -> float | None:
        return float((registry.parse_expression(source) * value).to(registry.parse_units(target)).magnitude)

    def weigh(analyte: str, molar: float, source: str, target: str) -> float | None:
        weight = registry.Quantity(molar, "g/mol")
        one = registry.parse_expression(source)
        return float(one.to(registry.parse_units(target), "chemistry", mw=weight).magnitude)

    def look_up(unit: str, wanted: str) -> object:
        return convert(1, unit, wanted)

    return Library(version("pint"), is_unit, convert, weigh, look_up)


if __name__ == "__main__":
    probe(load)
