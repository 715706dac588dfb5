"""This service's words: the whole vocabulary, with units by analyte."""

from __future__ import annotations

from pathlib import Path

from probe import Library, probe

TABLES = Path(__file__).parents[2] / "terminology" / "tables"


def load() -> Library:
    """The registry, the units, the drugs and the conditions, from the bytes of their tables."""
    files = {file.name: file.read_bytes() for file in TABLES.iterdir() if file.suffix in (".csv", ".toml", ".xml")}
    from terminology.units.conversion import Conversion
    from terminology.units.ucum import Ucum, UcumError
    from terminology.vocabulary import Vocabulary

    vocabulary = Vocabulary.build(files)
    ucum: Ucum = vocabulary._units._ucum

    def is_unit(text: str) -> bool:
        try:
            return ucum.measure(text) is not None
        except UcumError:
            return False

    def convert(value: float, source: str, target: str) -> float | None:
        one, other = ucum.measure(source), ucum.measure(target)
        return float(value * one.factor / other.factor) if one.dimension == other.dimension else None

    def weigh(analyte: str, molar: float, source: str, target: str) -> float | None:
        one, other = (vocabulary.unit(analyte, unit, unit, True) for unit in (source, target))
        if not isinstance(one, Conversion) or not isinstance(other, Conversion):
            return None
        return float(one.multiply / one.divide / (other.multiply / other.divide))

    def look_up(unit: str, wanted: str) -> object:
        return vocabulary.unit("testosterone_total", unit, unit, True)

    return Library("this version", is_unit, convert, weigh, look_up)


if __name__ == "__main__":
    probe(load)
