"""How long judging takes with every protocol in force, for several people, and how it grows with results."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from time import perf_counter
from typing import Any, NamedTuple

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from cds_hooks.facts import Facts, Moment
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.record.fhir.resources import resources_in, salvage
from cds_hooks.record.read import read
from service.site.settings import Settings
from service.site.site import Site, open_site

TODAY = date(2026, 9, 4)
# Those about sex hormones and the drugs given beside them, with the checks of data quality.
SEX_HORMONES = (
    *("testosterone-men", "men-baseline", "testosterone-safety", "testosterone-interactions"),
    *("testosterone-stimulation", "aromatase-inhibitor-men", "hcg-men", "serm-men", "five-alpha-reductase"),
    *("testosterone-women", "menopausal-hormone-therapy", "perimenopause-poi", "feminizing", "masculinizing"),
    *("antiandrogens", "spironolactone", "shared-safety", "data-quality"),
)
DAY = timedelta(days=1)
SIZES = (15, 30, 60, 100, 240)
MANY_DRUGS = (
    *("testosterone cypionate 200 mg/mL", "anastrozole 0.5 mg tablet", "choriogonadotropin alfa", "finasteride 1 mg"),
    *("levothyroxine 75 mcg tablet", "liothyronine 5 mcg tablet", "prednisone 5 mg tablet", "alendronate 70 mg tablet"),
    *("atorvastatin 20 mg tablet", "metformin 500 mg tablet", "somatropin 5 mg", "prasterone 25 mg capsule"),
    *("biotin 5 mg tablet", "omeprazole 20 mg capsule", "warfarin 5 mg tablet", "semaglutide 1 mg"),
    *("sertraline 50 mg tablet", "cholecalciferol 1000 unit tablet", "losartan 50 mg tablet", "tamsulosin 0.4 mg"),
)
MANY_DIAGNOSES = (
    *("E29.1", "E11.9", "I10", "E78.5", "G47.33", "N40.0", "E03.9", "K21.9", "F32.9", "M81.0"),
    *("E66.9", "I25.10", "I48.91", "N18.30", "D75.1", "R97.20", "K76.0", "J45.909", "M17.9", "H40.9"),
    *("L40.0", "G43.909", "K58.9", "E55.9", "F41.1", "R53.83", "N52.9", "M10.9", "D50.9", "E27.40"),
)
# LOINC code, unit, values over again: what the panels of hormone therapy draw.
PANEL = (
    ("2986-8", "ng/dL", (520, 610, 480)),
    ("4544-3", "%", (47, 50.5, 46)),
    ("2243-4", "pg/mL", (28, 45, 33)),
    ("2857-1", "ng/mL", (1.1, 1.2, 1.0)),
    ("13967-5", "nmol/L", (30, 34, 28)),
    ("718-7", "g/dL", (15.6, 16.2, 15.1)),
    ("10501-5", "[IU]/L", (0.3, 0.4, 3.0)),
    ("15067-2", "[IU]/L", (0.4, 0.5, 4.0)),
    ("2823-3", "mmol/L", (4.4, 4.8, 4.2)),
    ("2160-0", "mg/dL", (0.9, 1.0, 0.9)),
    ("2085-9", "mg/dL", (48, 45, 50)),
    ("13457-7", "mg/dL", (110, 121, 105)),
    ("2571-8", "mg/dL", (140, 180, 120)),
    ("1742-6", "U/L", (28, 33, 25)),
    ("2842-3", "ng/mL", (9, 11, 8)),
)


class Person(NamedTuple):
    """Someone with the drugs that make the protocols apply."""

    title: str
    gender: str
    drugs: tuple[str, ...]
    diagnoses: tuple[str, ...] = ()


PEOPLE = (
    Person("man, testosterone alone", "male", ("testosterone cypionate 200 mg/mL",)),
    Person(
        "man, testosterone with anastrozole, hCG and finasteride",
        "male",
        (
            "testosterone cypionate 200 mg/mL",
            "anastrozole 0.5 mg tablet",
            "choriogonadotropin alfa",
            "finasteride 1 mg",
        ),
    ),
    Person("man, 20 drugs, 30 diagnoses", "male", MANY_DRUGS, MANY_DIAGNOSES),
    Person("man, not treated", "male", ()),
    Person(
        "woman, estradiol patch, progesterone and testosterone gel",
        "female",
        ("estradiol patch 0.05 mg/24 h", "progesterone 100 mg capsule", "testosterone gel 5 mg daily"),
    ),
    Person("trans man", "female", ("testosterone cypionate 200 mg/mL",), ("F64.0",)),
    Person("trans woman", "male", ("estradiol 2 mg tablet", "spironolactone 100 mg tablet"), ("F64.0",)),
)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    site = open_site(Settings())
    some = tuple(file for file in site.knowledge.protocols if file.id in SEX_HORMONES)
    gc.collect()
    gc.freeze()  # as the service does
    console = Console()
    console.print(f"evaluate(), microseconds, least of {rounds} rounds")
    of = {"all protocols": site.knowledge, "those of sex hormones alone": replace(site.knowledge, protocols=some)}
    for title, knowledge in of.items():
        table = Table("person", "findings", *map(str, SIZES), "× 60 → 240", title=f"{title}, by readings", box=SIMPLE)
        for person in PEOPLE:
            charts = [facts_of(person, size, site) for size in SIZES]
            findings = len(evaluate(charts[2], knowledge, Moment(TODAY)).findings)
            least = [least_of(chart, knowledge, rounds) for chart in charts]
            growth = least[4] / least[2]
            table.add_row(person.title, str(findings), *(f"{1e6 * seconds:.0f}" for seconds in least), f"{growth:.2f}")
        console.print(table)


def least_of(facts: Facts, knowledge: Knowledge, rounds: int) -> float:
    """The least time of judging a chart, in seconds."""
    least = float("inf")
    for _ in range(rounds):
        began = perf_counter()
        evaluate(facts, knowledge, Moment(TODAY))
        least = min(least, perf_counter() - began)
    return least


def facts_of(person: Person, readings: int, site: Site) -> Facts:
    """A chart with so many results of the panel, a quarter of a year between two visits."""
    entries = [{"resource": resource} for resource in chart(person, readings)]
    written = msgspec.json.encode({"resourceType": "Bundle", "type": "collection", "entry": entries})
    bundle, unread = salvage(written, "Bundle")
    if bundle is None or unread:
        raise SystemExit(f"the chart cannot be read: {unread}")
    located = list(resources_in(bundle, "Bundle"))
    zone = site.settings.timezone
    return read(located, site.knowledge.vocabulary, today=Moment(TODAY), zone=zone, panels=site.orders)


def chart(person: Person, readings: int) -> Iterator[dict[str, Any]]:
    """The resources of a chart."""
    subject = {"reference": "Patient/p"}
    yield {"resourceType": "Patient", "id": "p", "gender": person.gender, "birthDate": "1975-05-05"}
    for place, drug in enumerate(person.drugs):
        yield {
            "resourceType": "MedicationRequest",
            "id": f"m{place}",
            "status": "active",
            "intent": "order",
            "subject": subject,
            "authoredOn": "2025-06-02",
            "medicationCodeableConcept": {"text": drug},
            "dosageInstruction": [{"timing": {"repeat": {"frequency": 1, "period": 7, "periodUnit": "d"}}}],
        }
    for place, code in enumerate(person.diagnoses):
        concept = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]}
        yield {"resourceType": "Condition", "id": f"c{place}", "subject": subject, "code": concept}
    for place in range(readings):
        visit, test = divmod(place, len(PANEL))
        code, unit, values = PANEL[test]
        drawn = datetime.combine(TODAY - DAY - 91 * visit * DAY, time(8, 10))
        yield {
            "resourceType": "Observation",
            "id": f"o{place}",
            "status": "final",
            "subject": subject,
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "effectiveDateTime": drawn.isoformat() + "Z",
            "valueQuantity": {
                "value": values[visit % len(values)],
                "unit": unit,
                "system": "http://unitsofmeasure.org",
                "code": unit,
            },
        }


if __name__ == "__main__":
    main()
