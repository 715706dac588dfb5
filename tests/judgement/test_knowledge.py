"""Knowledge that is broken stops the start, with the place named; knowledge that runs is proven on both sides."""

from __future__ import annotations

import pytest

from cds_hooks.judgement.knowledge.building import build
from cds_hooks.judgement.knowledge.knowledge import KnowledgeError
from cds_hooks.judgement.knowledge.parsing import digest_of
from cds_hooks.judgement.proof import proven
from service.site.site import packaged_files
from terminology.vocabulary import Vocabulary
from tests.engine import site

FILES = packaged_files("cds_hooks.protocols", ".toml")
MEN = "testosterone-men.toml"
SAFETY = "testosterone-safety.toml"
QUALITY = "data-quality.toml"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return site().knowledge.vocabulary


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (SAFETY, 'latest = "psa_total"', 'lastest = "psa_total"', "MT-PSA-03"),
        (SAFETY, 'above  = "4.0 ng/mL"', 'above  = "4.0 ng/m"', "MT-PSA-03"),
        (SAFETY, 'above  = "4.0 ng/mL"', "", "exactly one of"),
        (
            MEN,
            'all    = [{ latest = "testosterone_total", above = "750 ng/dL"',
            'all    = [{ above = "750 ng/dL"',
            "MT-LVL-07",
        ),
        (MEN, 'source  = ["xyosted"]', 'source  = ["xyo"]', "no source named xyo"),
        (SAFETY, 'urgency = "critical"\naction  = "refer"', 'urgency = "urgent"\naction  = "refer"', "urgency"),
        (MEN, 'band   = "testosterone-goal"', 'band   = "goal"', "no band named 'goal'"),
        (MEN, 'codes  = ["35384-7", "72873-3"]', 'codes  = ["35384-7", "4544-3"]', "4544-3 is not a LOINC code of it"),
        (MEN, 'id      = "MT-LVL-02"', 'id      = "MT-LVL-01"', "used twice"),
        (MEN, 'yields_to = ["MT-LVL-03"]', 'yields_to = ["MT-LVL-99"]', "no check named MT-LVL-99"),
        (MEN, '"testosterone-women"]', '"testosterone-woman"]', "no protocol named testosterone-woman"),
        (MEN, "default = true", "default = false", "exactly one profile is the default"),
        (MEN, 'at       = "90 d"', 'at       = "90 days"', "not a duration"),
        (MEN, 'title   = "Optimization"', 'titel   = "Optimization"', "title"),
        (MEN, "[applies]", "[applies", MEN),
        ("forms.toml", 'valid       = ["mid"]', 'valid       = ["mid", "pre-dose"]', "no window for pre-dose"),
        ("forms.toml", "phase = [0.35, 0.65]", "phase = [0.65, 0.35]", "smaller number first"),
        (SAFETY, 'above  = "54 %"\nsource', 'above  = "55 %"\nsource', "looser than"),
        (
            SAFETY,
            '[check.next]\nanalytes = ["hematocrit"]',
            '[check.next]\nanalytes = ["cmp"]',
            "next: no analyte named cmp",
        ),
        (
            MEN,
            '"testosterone_total", "estradiol", "hematocrit"]',
            '"testosterone_total", "hct"]',
            "visit: no analyte named hct",
        ),
        (SAFETY, 'latest = "hematocrit"\nlimit', 'latest = "hct"\nlimit', "MT-HCT-01"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(
    file: str, old: str, new: str, says: str, vocabulary: Vocabulary
) -> None:
    text = FILES[file].decode()
    assert old in text
    with pytest.raises(KnowledgeError, match=says.replace("'", ".")) as refused:
        build({**FILES, file: text.replace(old, new, 1).encode()}, vocabulary)
    assert file.removesuffix(".toml") in str(refused.value)


def test_a_missing_shared_file_is_named(vocabulary: Vocabulary) -> None:
    with pytest.raises(KnowledgeError, match=r"sources\.toml"):
        build({name: content for name, content in FILES.items() if name != "sources.toml"}, vocabulary)


def test_an_example_that_does_not_hold_is_named(vocabulary: Vocabulary) -> None:
    changed = FILES[SAFETY].decode().replace('above = "1.4 ng/mL"\nuntil', 'above = "1.39 ng/mL"\nuntil')
    with pytest.raises(KnowledgeError, match=r"PSA up exactly 1\.4 ng/mL.*MT-PSA-01 is raised, not clear"):
        proven({**FILES, SAFETY: changed.encode()}, vocabulary)


def test_every_placeholder_of_a_sentence_is_known_when_its_check_is_raised() -> None:
    from cds_hooks.judgement.evaluate import evaluate
    from cds_hooks.judgement.stories import facts_of, moment

    knowledge = site().knowledge
    for protocol in knowledge.protocols:
        for story in protocol.example:
            judged = evaluate(facts_of(story, knowledge.vocabulary), knowledge, moment(story.today), story.profile)
            for finding in judged.findings:
                if finding.state == "raised":
                    assert "(not recorded)" not in finding.summary, (story.name, finding.summary)
                    assert len(finding.summary) < 140, (story.name, finding.summary)


def test_no_number_in_a_protocol_file_is_written_without_its_source() -> None:
    for protocol in site().knowledge.protocols:
        for check in protocol.check:
            assert check.source
        for profile in protocol.profile.values():
            assert all(band.source for band in profile.band.values())
            assert all(limit.source for limit in profile.limit.values())


def test_a_signed_check_is_verified_in_the_version_that_was_signed(vocabulary: Vocabulary) -> None:
    version = next(p.version for p in site().knowledge.protocols if p.id == "testosterone-safety")
    entry = 'signed = [{{ check = "MT-HCT-02", version = "{}", name = "N. N.", date = 2026-11-30 }}]'

    def verified(signed_version: str) -> dict[str, bool]:
        signed = build({**FILES, "signoff.toml": entry.format(signed_version).encode()}, vocabulary)
        checks = signed.variants["testosterone-safety", "optimization"].checks
        return {check.file.id: check.strength.verified for check in checks}

    assert verified(version)["MT-HCT-02"] is True
    assert verified(version)["MT-HCT-03"] is False
    assert verified("2025.1.0")["MT-HCT-02"] is False


def test_the_digest_names_exactly_this_content() -> None:
    changed = {**FILES, MEN: FILES[MEN] + b"\n"}
    assert digest_of(FILES) == site().knowledge.digest
    assert digest_of(changed) != digest_of(FILES)


def test_an_analyte_nobody_knows_stops_the_start(vocabulary: Vocabulary) -> None:
    quality = FILES[QUALITY].decode().replace('also = ["prolactin"', 'also = ["prolactine"')
    with pytest.raises(KnowledgeError, match="not an analyte: prolactine"):
        build({**FILES, QUALITY: quality.encode()}, vocabulary)
