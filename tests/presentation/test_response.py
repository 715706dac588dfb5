"""The CDS Hooks answer cannot be built wrong."""

import json

import pytest

from cds_hooks.wire.response import (
    Action,
    Card,
    CDSHooksResponse,
    Coding,
    Link,
    Source,
    Suggestion,
    cut,
    encode,
    length,
)

DRAFT = {"resourceType": "ServiceRequest"}
SUGGESTION = Suggestion("Order a test", False, actions=(Action("create", "Draft order", resource=DRAFT),))


def card(**more: object) -> Card:
    return Card(**({"uuid": "1", "summary": "Short.", "indicator": "info", "source": Source("x")} | more))  # type: ignore[arg-type]


@pytest.mark.requirement("R1", "R2", "R4", "G3")
def test_no_cards_is_an_empty_list_and_nothing_else() -> None:
    assert encode(CDSHooksResponse(())) == b'{"cards":[]}'


@pytest.mark.requirement("G3")
def test_absent_parts_of_a_card_are_left_out() -> None:
    assert set(json.loads(encode(CDSHooksResponse((card(),))))["cards"][0]) == {
        "uuid",
        "summary",
        "indicator",
        "source",
    }


@pytest.mark.requirement("C1")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 139, "x" * 139),
        ("x" * 140, "x" * 138 + "…"),
        ("word " * 27 + "last", "word " * 27 + "last"),
        ("word " * 28, ("word " * 27).rstrip() + "…"),
        ("a" * 100 + ", " + "b" * 60, "a" * 100 + "…"),
    ],
    ids=["139 stay", "one word of 140 is broken", "139 in words stay", "cut at a word", "no comma before the ellipsis"],
)
def test_a_summary_is_cut_at_a_word(text: str, shown: str) -> None:
    assert card(summary=text).summary == shown


@pytest.mark.requirement("C1")
def test_a_summary_counts_as_a_browser_counts() -> None:
    summary = card(summary="🩸" * 100).summary
    assert length(summary) <= 139
    assert summary.endswith("…")


def test_cutting_keeps_what_fits() -> None:
    assert cut("short", 139) == "short"


@pytest.mark.requirement("C2")
def test_only_the_three_indicators_exist() -> None:
    with pytest.raises(ValueError, match="indicator"):
        card(indicator="hard-stop")


@pytest.mark.requirement("C1")
def test_a_card_has_a_summary() -> None:
    with pytest.raises(ValueError, match="summary"):
        card(summary="  ")


@pytest.mark.requirement("C6", "C7")
@pytest.mark.parametrize(
    ("suggestions", "asked", "shown"),
    [
        ((), None, None),
        ((), "any", None),
        ((SUGGESTION,), None, "any"),
        ((SUGGESTION,), "at-most-one", "at-most-one"),
    ],
)
def test_selection_behavior_is_there_exactly_with_suggestions(
    suggestions: tuple[Suggestion, ...], asked: str | None, shown: str | None
) -> None:
    assert card(suggestions=suggestions, selectionBehavior=asked).selectionBehavior == shown


@pytest.mark.requirement("S5")
@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("create", {}),
        ("update", {"resourceId": "ServiceRequest/1"}),
        ("create", {"resource": DRAFT, "resourceId": "ServiceRequest/1"}),
        ("delete", {}),
        ("delete", {"resource": DRAFT}),
    ],
)
def test_an_action_carries_what_its_type_needs(kind: str, parts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="resource"):
        Action(kind, "does something", **parts)  # type: ignore[arg-type]


@pytest.mark.requirement("S5")
def test_a_delete_names_its_resource() -> None:
    assert Action("delete", "takes back", resourceId="ServiceRequest/1").resource is None


@pytest.mark.requirement("S6", "C3")
@pytest.mark.parametrize("url", ["", "protocols/x", "//host/x", "javascript:alert(1)", "ftp://host/x"])
def test_links_and_sources_are_absolute(url: str) -> None:
    with pytest.raises(ValueError, match="absolute"):
        Link("label", url, "absolute")
    with pytest.raises(ValueError, match="absolute"):
        Source("label", url)


@pytest.mark.requirement("S6")
def test_app_context_belongs_to_smart_links() -> None:
    assert Link("App", "https://host/launch", "smart", "patient=1").appContext == "patient=1"
    with pytest.raises(ValueError, match="SMART"):
        Link("Page", "https://host/", "absolute", "patient=1")


@pytest.mark.requirement("C10")
def test_a_coding_without_display_leaves_it_out() -> None:
    source = Source("x", topic=Coding("http://system", "CODE"))
    assert json.loads(encode(CDSHooksResponse((card(source=source),))))["cards"][0]["source"]["topic"] == {
        "system": "http://system",
        "code": "CODE",
    }
