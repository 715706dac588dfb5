"""ucumvert: UCUM on pint."""

from __future__ import annotations

from importlib.metadata import version

from probe import Library, probe


def load() -> Library:
    """Its registry."""
    from ucumvert import PintUcumRegistry

    registry = PintUcumRegistry()

    def is_unit(text: str) -> bool:
        return registry.from_ucum(text) is not None

    def convert(value: float, source: str, target: str) -> float | None:
        return float((registry.from_ucum(source) * value).to(registry.from_ucum(target)).magnitude)

    def weigh(analyte: str, molar: float, source: str, target: str) -> float | None:
        return convert(1, source, target)

    def look_up(unit: str, wanted: str) -> object:
        return convert(1, unit, wanted)

    return Library(version("ucumvert"), is_unit, convert, weigh, look_up)


if __name__ == "__main__":
    probe(load)
