"""Each condition a protocol file may write is a plain sentence on the protocol's page."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest

from cds_hooks.presentation.told.conditions import told
from cds_hooks.presentation.told.terms import Terms
from tests.engine import site

SAID = [
    (
        '{ drawn_since_change = "tsh", less_than = "42 d" }',
        "newest TSH drawn less than 42 days after the last start or change of treatment",
    ),
    (
        '{ drawn_after_dose = ["ft4"], of = ["levothyroxine"], less_than = "9 h", newest = true }',
        "newest free T4 of the last 60 days drawn less than 9 hours after levothyroxine was taken",
    ),
    (
        '{ drawn_during = ["tsh"], ill_with = ["sepsis"], within = "42 d" }',
        "newest TSH drawn within 42 days after sepsis began",
    ),
    ('{ not_fasting = "ctx", clock = ["07:00", "10:00"] }', "newest CTX not known to be drawn fasting 07:00–10:00"),
    (
        '{ dose_ratio = ["levothyroxine", "liothyronine"], outside = ["13", "20"] }',
        "the daily doses of levothyroxine and liothyronine outside 13:1 to 20:1",
    ),
    (
        '{ taking = ["estradiol"], route = ["oral"], within = "30 d" }',
        "takes estradiol (oral), or stopped it within 30 days",
    ),
    ('{ planned = ["testosterone"], systemic = true }', "a draft order of testosterone (acting in the whole body)"),
    ('{ stopped = ["estrogen"], within = "730 d" }', "took estrogen and stopped within 730 days"),
    ('{ measured = ["fsh", "amh"] }', "a usable FSH or AMH result"),
    ('{ before_treatment = "hematocrit", above = "49 %" }', "the last hematocrit before treatment above 49 %"),
    (
        '{ counted = "testosterone_total", below = "300 ng/dL", clock = ["07:00", "11:00"] }',
        "on at least 2 days, drawn 07:00–11:00",
    ),
    ('{ drawn_between = "testosterone_total", clock = ["07:00", "11:00"] }', "drawn 07:00–11:00"),
    (
        '{ drawn_between = "testosterone_total", clock = ["07:00", "11:00"], not_after_food = true }',
        "drawn 07:00–11:00, not after food",
    ),
    (
        '{ calculated = "free_androgen_index", above = "5 %" }',
        "free androgen index from total testosterone and SHBG of one draw above 5 %",
    ),
    (
        '{ latest = "alt", above_upper = "3", upper = "40 U/L" }',
        "above 3 × the laboratory's own upper limit (where it gives none, of 40 U/L)",
    ),
    ('{ latest = "psa_total", above = "4 ng/mL", adjusted_by = "2" }', "multiplied by 2, above 4 ng/mL"),
    (
        '{ change = "hdl", fallen_by = "20 %", from_day = "60 d" }',
        "has fallen by 20 % or more since before treatment, from day 60",
    ),
    (
        '{ no_result = "potassium", since_start_of = ["spironolactone"], after = "21 d", until = "42 d" }',
        "from day 21 after spironolactone was begun, looked for from day 42",
    ),
    ('{ no_result = "hematocrit", before_start = "182 d" }', "in the 182 days before treatment was begun"),
    ('{ condition = ["vte"], within = "183 d" }', "begun or written down within 183 days"),
    ("{ pregnant = true }", "pregnancy recorded and not over"),
    ('{ last_period = true, at_least = "120 d" }', "the last recorded period began at least 120 days ago"),
    ('{ cycle_day = "fsh", between = [2, 5] }', "drawn on day 2 to 5 of the cycle"),
    ('{ drawn_before_start = "fsh" }', "newest FSH drawn before treatment began"),
    (
        '{ above_nadir = "psa_total", at_least = "0.5 ng/mL", since_start_of = ["finasteride"] }',
        "0.5 ng/mL or more above the lowest since finasteride was begun",
    ),
    ('{ anatomy = "female" }', "female anatomy (by recorded organs, else by the recorded sex)"),
    ("{ assumed_anatomy = true }", "anatomy known from the administrative gender alone"),
    ('{ organ = "uterus", recorded = true }', "has a uterus (recorded as present)"),
    ('{ mixed_methods = "amh" }', "the two newest AMH results differ in LOINC code or unit"),
    (
        '{ mixed_methods = "ft4", by_method = true }',
        "the two newest free T4 results differ in the method of their LOINC code",
    ),
    ('{ projected = "hematocrit", at_least = "54 %" }', "reaches a value at or above 54 % before the next visit"),
    ('{ again = "hematocrit", at_least = "54 %" }', "at or above 54 % again, after it was not for a time"),
    ('{ daily_dose = ["cyproterone"], above = "12.5 mg" }', "takes cyproterone, above 12.5 mg a day"),
    ("{ age_below = 40 }", "aged under 40"),
    (
        '{ drawn_since_start = ["cortisol"], of = ["dexamethasone"], not_route = ["topical"], less_than = "3 d" }',
        "drawn less than 3 days after dexamethasone (not topical) was begun or given, and not taken before",
    ),
    ('{ taking = ["glucocorticoid"], not_route = ["topical", "eye"] }', "takes glucocorticoid (not topical or eye)"),
    (
        '{ stated_long_ago = ["biotin"], older_than = "365 d" }',
        "biotin known from statements alone, the last older than 365 days",
    ),
    (
        '{ drawn_on_treatment = "hba1c" }',
        "newest HbA1c drawn since treatment began, or its beginning not recorded",
    ),
    ('{ condition = ["edema"], not_before_start = true }', "edema recorded as active, not begun before the present"),
    (
        '{ mean = "sleep_duration", over = "14 d", below = "7 h", within = "180 d" }',
        "sleep duration on average in the 14 days up to the newest, itself of the last 180 days, below 7 h",
    ),
    (
        '{ ratio = ["triglycerides", "hdl"], above = "3.5", unit = "mg/dL" }',
        "triglycerides over HDL of one day above 3.5 (both in mg/dL)",
    ),
    ('{ goal = "testosterone_total" }', "a goal of the patient's own for testosterone recorded"),
]


@pytest.mark.parametrize(("condition", "words"), SAID, ids=[condition for condition, _ in SAID])
def test_a_condition_is_told(condition: str, words: str) -> None:
    knowledge = site().knowledge
    terms = Terms(knowledge, next(iter(knowledge.variants.values())))
    written = tomllib.loads(f"asked = {condition}", parse_float=Decimal)["asked"]
    assert words.casefold() in told(written, terms).casefold()
