"""Foreign text reads in a detail as it was written, and does nothing."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds_hooks.presentation.markdown import LONGEST, Markdown, bullets, escape, fill, line, link, plain

# A renderer that passes HTML through, as the official sandbox does, with GitHub's tables and strikethrough.
RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<!-- hidden -->",
    "`code` ``more``",
    "**bold** __bold__ *i* _i_ ~~gone~~",
    "[text](javascript:alert(1)) ![image](http://host/x.png)",
    "<http://host> &amp; &lt;b&gt; &#60;",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "===",
    "> quote",
    "line\nline\r\nline line",
    "\\<b>",
    "10*3/uL m[IU]/mL {score} 5% a|b a~b",
    "tabs\tand   spaces",
    "测试 naïve 🩸 µg/L",
]


def rendered(markdown: str) -> str:
    return RENDERER.render(f"- {markdown}\n")


def visible(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html)).strip()


@pytest.mark.requirement("C5")
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_has_no_effect(text: str) -> None:
    html = rendered(escape(text))
    assert set(re.findall(r"<(\w+)", html)) == {"ul", "li"}
    assert visible(html) == plain(text)


@pytest.mark.requirement("C5")
@given(st.text(max_size=LONGEST))
def test_any_text_is_shown_and_has_no_effect(text: str) -> None:
    html = rendered(escape(text))
    assert set(re.findall(r"<(\w+)", html)) <= {"ul", "li"}
    assert visible(html) == plain(text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("left\u200bright", "left right"),
        ("evil\u202egnp.exe", "evil gnp.exe"),
        ("a\x00b\x1bc", "a b c"),
        ("  two  spaces ", "two spaces"),
        ("no\u00a0break", "no break"),
        ("\ud800", ""),
        ("54.5 % – fine", "54.5 % – fine"),
    ],
)
def test_unseen_characters_are_gone(written: str, shown: str) -> None:
    assert plain(written) == shown


def test_a_page_of_text_is_shortened() -> None:
    assert len(escape("x" * 5000)) == LONGEST
    assert escape("x" * LONGEST) == "x" * LONGEST


@pytest.mark.parametrize("text", ["see http://host/x", "WWW.host.com", "www.host.com", "a@b.org"])
def test_addresses_in_foreign_text_are_broken(text: str) -> None:
    assert escape(text) != text
    assert visible(rendered(escape(text))) == text


def test_ordinary_clinical_text_stays_as_it_is() -> None:
    text = "Hematocrit 54.5 % on testosterone (limit 54 %): review; repeat CBC in 2–4 weeks, 09:00."
    assert escape(text) == text


def test_what_is_markdown_already_is_not_escaped_again() -> None:
    assert escape(Markdown("**x**")) == "**x**"
    assert fill("{a} {b}", a="*x*", b=Markdown("*y*")) == "\\*x\\* *y*"
    assert line("Label", "<b>") == "**Label:** &lt;b&gt;"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://doi.org/10.1/a(b)c", "[T\\[1\\]](https://doi.org/10.1/a%28b%29c)"),
        ("https://host/a b", "[T\\[1\\]](https://host/a%20b)"),
        ("javascript:alert(1)", "T\\[1\\]"),
        (None, "T\\[1\\]"),
    ],
)
def test_only_web_addresses_become_links(url: str | None, shown: str) -> None:
    assert link("T[1]", url) == shown


def test_lines_become_one_flat_list() -> None:
    assert bullets([Markdown("a"), Markdown("b")]) == "- a\n- b"
