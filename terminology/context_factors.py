"""Codes for circumstances that may explain a poor response, for which LOINC has none."""

from __future__ import annotations

from collections.abc import Mapping

from terminology.loinc import LoincCode

FACTORS = "https://hormone-cds.example/CodeSystem/context-factor"
HIGH, LOW, NORMAL = "high", "low", "normal"
# Read as results, in the unit given.
QUANTITIES: Mapping[str, LoincCode] = {
    code: LoincCode(code, analyte, name, "", "", "Qn", "", "primary", unit, "context", "official")
    for code, analyte, name, unit in (
        ("dietary-fibre", "dietary_fibre", "Dietary fiber per day", "g/d"),
        ("dietary-fat-percent", "dietary_fat_pct", "Share of energy from fat", "%"),
        ("stop-bang", "stop_bang", "STOP-BANG score", "{score}"),
    )
}
# Measured by tests without a common scale: only the laboratory's own flag is heard.
FLAGGED: Mapping[str, str] = {
    "stool-bglucuronidase": "Beta-glucuronidase in stool",
    "zonulin": "Zonulin in serum or stool",
    "lbp": "Lipopolysaccharide-binding protein",
    "endotoxin": "Endotoxin (lipopolysaccharide) in blood or stool",
}
# Present or absent.
STATES: Mapping[str, str] = {
    "dietary-crucifers": "Cruciferous vegetables eaten regularly",
    "fodmap-sensitivity": "Symptoms from fermentable carbohydrates",
    "low-fodmap-diet": "Low-FODMAP diet",
    "very-low-fat-diet": "Very-low-fat diet",
    "high-glycaemic-diet": "Diet of high glycemic index or much free sugar",
    "ultra-processed-food": "Mostly ultra-processed food",
    "resistant-starch": "Resistant starch eaten regularly",
    "soluble-fibre": "Soluble fiber eaten regularly",
    "omega-3-intake": "Omega-3 fatty acids eaten regularly",
    "polyphenols": "Foods rich in polyphenols eaten regularly",
    "fermented-food": "Fermented food eaten regularly",
    "dysbiosis": "Dysbiosis reported",
    "stress-gut": "Gut symptoms under stress",
    "mind-body-practice": "Yoga, meditation or breathing exercises practiced",
    "low-energy-availability": "Low energy availability (RED-S)",
    "caloric-deprivation": "Fasting for days or severe calorie restriction",
    "travel-planned": "Travel planned to where travelers' diarrhea is common",
    "alcohol-before-draw": "Alcohol within hours before the draw",
    "exercise-before-draw": "Heavy resistance exercise within days before the draw",
}
CODES: Mapping[str, str] = {code: row.long_name for code, row in QUANTITIES.items()} | {**FLAGGED, **STATES}
ANSWERS = ("present", "absent", HIGH, LOW, NORMAL)
# The flags of laboratories, in HL7's letters of both versions.
_FLAGS: Mapping[str, str] = {
    **dict.fromkeys(("H", "HH", "HU", ">", HIGH), HIGH),
    **dict.fromkeys(("L", "LL", "LU", "<", LOW), LOW),
    **dict.fromkeys(("N", NORMAL), NORMAL),
}


def kind_of(code: str) -> str:
    """quantity, flag or state of a factor; answer of what may be answered."""
    if code in ANSWERS:
        return "answer"
    if code in QUANTITIES:
        return "quantity"
    return "flag" if code in FLAGGED else "state"


def flag_of(code: str) -> str | None:
    """What a coded interpretation says: high, low or normal."""
    return _FLAGS.get(code.strip())


def token_of(code: str) -> str:
    """System and code of what named a result: LOINC's, unless it is one of these."""
    return f"{FACTORS if code in QUANTITIES else 'http://loinc.org'}|{code}"
