"""The words of the pages: all in one catalogue, the same in every language, and none in a template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from jinja2 import nodes

from service.pages.page import HERE, templates
from service.pages.words import FIRST, chosen, languages

TEMPLATES = sorted(str(path.relative_to(HERE / "templates")) for path in (HERE / "templates").rglob("*.html"))
OTHERS = [code for code in languages() if code != FIRST]
# Found by the name of what they tell.
BY_NAME = (
    "doors.",
    "samples.",
    "parts.",
    "tried.how_",
    "actions.",
    "confidence.",
    "spans.",
    "code_kinds.",
    "phase.",
    "verdict.",
    "band.",
    "mark.",
    "every.",
    "listed.",
    "measures.",
    "turns.",
)
TOLD = {"aria-label", "alt", "title", "placeholder", "value", "label"}  # attributes that people meet


def leaves(words: SimpleNamespace, at: str = "") -> Iterator[tuple[str, object]]:
    """Every word by its path."""
    for name, one in vars(words).items():
        if isinstance(one, SimpleNamespace):
            yield from leaves(one, f"{at}{name}.")
        else:
            yield f"{at}{name}", one


def blanks(words: object) -> list[str]:
    """The placeholders of a sentence."""
    return sorted(re.findall(r"\{\w+\}", str(words)))


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_the_keys_and_placeholders_of_english(code: str) -> None:
    english, other = dict(leaves(languages()[FIRST].words)), dict(leaves(languages()[code].words))
    assert other.keys() == english.keys()
    assert {key: blanks(one) for key, one in other.items()} == {key: blanks(one) for key, one in english.items()}
    assert "" not in other.values()


def test_there_is_a_second_language_that_says_it_was_not_reviewed() -> None:
    assert any(not languages()[code].is_reviewed for code in OTHERS)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_has_no_words_of_its_own(template: str) -> None:
    source = (HERE / "templates" / template).read_text(encoding="utf-8")
    text = re.sub(r"\{[%#].*?[%#]\}", "", re.sub(r"\{\{.*?\}\}", "\0", source, flags=re.DOTALL), flags=re.DOTALL)
    named = [value for name, value in re.findall(r'([\w-]+)="([^"]*)"', text) if name in TOLD]
    seen = re.sub(r"<[^>]*>", " ", text)
    assert not re.findall(r"[^\W\d_]{2,}", " ".join([seen, *named]))


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_fills_in_no_sentence_of_its_own(template: str) -> None:
    tree = templates().parse((HERE / "templates" / template).read_text(encoding="utf-8"))
    texts = [const.value for const in tree.find_all(nodes.Const) if isinstance(const.value, str)]
    assert not [text for text in texts if re.search(r"[^\W\d_]+ +[^\W\d_]+", text) and not text.startswith("POST ")]


def test_every_word_is_used_by_a_template_or_a_module() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (HERE / "templates").rglob("*.html")]
    sources += [path.read_text(encoding="utf-8") for path in HERE.parent.rglob("*.py")]
    text = "\n".join(sources)
    keys = [key for key, _ in leaves(languages()[FIRST].words) if not key.startswith(BY_NAME)]
    assert not [key for key in keys if not re.search(rf"\b{key.split('.')[-1]}\b", text)]


@pytest.mark.parametrize(
    ("asked", "accepted", "code"),
    [
        (None, "", "en"),
        (None, "es", "es"),
        (None, "es-MX,es;q=0.9,en;q=0.8", "es"),
        (None, "en;q=0.3, es;q=0.7", "es"),
        (None, "fr, es;q=0", "en"),
        (None, "fr;q=x,*", "en"),
        ("es", "en", "es"),
        ("ES-mx", "en", "es"),
        ("../en", "es", "es"),
        ("", "es", "es"),
    ],
)
def test_a_reader_gets_the_language_they_ask_for_or_else_read(asked: str | None, accepted: str, code: str) -> None:
    assert chosen(asked, accepted).code == code


def test_a_chosen_language_stays_on_the_way_to_other_pages(client: httpx.Client) -> None:
    page = client.get("/protocols?lang=es")
    assert '<html lang="es">' in page.text
    assert page.headers["content-language"] == "es"
    assert 'href="./openapi?lang=es"' in page.text
    assert "no ha sido revisada" in page.text
    assert "?lang=" not in client.get("/protocols", headers={"Accept-Language": "es"}).text.partition("<footer")[0]


def test_a_page_says_that_it_differs_by_language(client: httpx.Client) -> None:
    assert "Accept-Language" in client.get("/protocols").headers["vary"]


def test_the_catalogue_is_one_file_for_a_language() -> None:
    assert {path.stem for path in Path(HERE / "words").iterdir()} == languages().keys()
