"""Text that is safe inside a card's detail: GitHub-flavoured Markdown without HTML, every foreign word escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 400  # characters of one foreign text; a chart's free text may be a page

# Control and formatting characters that hide, reorder or break text; lone surrogates cannot be encoded.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
_ACTIVE = re.compile(r"[\\`*_\[\]<>|~&@]")
_ADDRESS = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)
_OPENERS = frozenset("#+-0123456789")
_NUMBERED = re.compile(r"\d{1,9}(?=[.)](?:\s|$))")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


class Markdown(str):
    """Text that already is Markdown and is not escaped again."""

    __slots__ = ()


def plain(text: str) -> str:
    """One line of visible text: unseen characters gone, runs of spaces closed."""
    if text.isprintable():
        return text.strip() if "  " not in text else " ".join(text.split())
    return " ".join(_UNSEEN.sub(" ", text).split())


def escape(text: str) -> Markdown:
    """Foreign text as it reads, without power: no HTML, emphasis, links, tables, headings or lists."""
    if type(text) is Markdown:
        return text
    seen = plain(text)
    if len(seen) > LONGEST:
        seen = seen[: LONGEST - 1] + "…"
    inert = _ACTIVE.sub(_disarm, seen) if _ACTIVE.search(seen) else seen
    if "//" in inert or "ww." in inert or "WW." in inert:
        inert = _ADDRESS.sub(r"\\\g<0>", inert)
    return Markdown(_disarm_opening(inert) if inert[:1] in _OPENERS else inert)


def fill(template: str, **values: str) -> Markdown:
    """A sentence of our own with foreign values in its {placeholders}."""
    return Markdown(template.format_map({name: escape(value) for name, value in values.items()}))


def line(label: str, text: str) -> Markdown:
    """`**Label:** text`."""
    return Markdown(f"**{label}:** {escape(text)}")


def link(title: str, url: str | None) -> Markdown:
    """A link when the address is one a browser can open, else the title alone."""
    if url is None or not url.startswith(("https://", "http://")):
        return escape(title)
    return Markdown(f"[{escape(title)}]({_address(url)})")


def bullets(lines: Iterable[Markdown]) -> str:
    """A flat list, finished."""
    return "\n".join([f"- {text}" for text in lines])


def _disarm(match: re.Match[str]) -> str:
    character = match[0]
    return _ENTITIES.get(character) or f"\\{character}"


def _disarm_opening(text: str) -> str:
    """A line that would open a heading or a list (a mark, or digits and a point), with a backslash in the way."""
    if not text[0].isdigit():
        return f"\\{text}"
    numbered = _NUMBERED.match(text)
    return f"{numbered[0]}\\{text[numbered.end() :]}" if numbered else text


def _address(url: str) -> str:
    """The URL without the characters that would end a Markdown link."""
    return re.sub(r"[\s()<>\"\\]", lambda match: f"%{ord(match[0]):02X}", url)
