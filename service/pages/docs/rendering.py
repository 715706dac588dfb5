"""Markdown of the documentation as HTML: headings with anchors, tables that scroll by themselves, blocks to copy."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup

HERE = "http://127.0.0.1:8000"  # in the prose, where this service is
_ELSEWHERE = ("http:", "https:", "#")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page's HTML, and its headings of the second level: anchor and words."""

    html: Markup
    headings: tuple[tuple[str, str], ...]


def rendered(text: str, base: str, way: Callable[..., str], copy: str, copied: str) -> Rendered:
    """The page; `base` is where this service is, `way` leads to another page of it, the words are those of a button."""
    from markupsafe import Markup

    env: dict[str, Any] = {"way": way, "copy": copy, "copied": copied, "blocks": 0, "heading": "", "headings": []}
    html = _renderer().render(text.replace(HERE, base), env)
    return Rendered(Markup(html), tuple(env["headings"]))  # noqa: S704 - the renderer escapes what it does not make


@cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    found = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image"])
    for name, rule in {
        "heading_open": _open_heading,
        "table_open": _open_table,
        "table_close": _close_table,
        "th_open": _open_head,
        "fence": _fence,
        "link_open": _open_link,
    }.items():
        found.add_render_rule(name, rule)
    return found


def _open_heading(self: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    words = "".join(child.content for child in tokens[index + 1].children)
    anchor = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    env["heading"] = words
    if tokens[index].tag == "h2":
        env["headings"].append((anchor, words))
    tokens[index].attrSet("id", anchor)
    return str(self.renderToken(tokens, index, options, env))


def _open_table(self: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    from markupsafe import escape

    return f'<div class="scroll" role="group" aria-label="{escape(env["heading"])}" tabindex="0"><table>\n'


def _close_table(self: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _open_head(self: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("scope", "col")
    return str(self.renderToken(tokens, index, options, env))


def _fence(self: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    from markupsafe import Markup

    env["blocks"] += 1
    return str(
        Markup(
            '<div class="copyable"><pre tabindex="0"><code id="{name}" class="language-{language}">{text}</code></pre>'
            '<button type="button" data-script hidden data-copy="{name}" data-done="{copied}">{copy}</button></div>\n'
        ).format(
            name=f"block-{env['blocks']}",
            copy=env["copy"],
            copied=env["copied"],
            language=tokens[index].info,
            text=tokens[index].content,
        )
    )


def _open_link(self: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    target = str(tokens[index].attrGet("href"))
    if not target.startswith(_ELSEWHERE):
        path, _, anchor = target.removeprefix("./").partition("#")
        tokens[index].attrSet("href", env["way"](path, anchor))
    else:
        tokens[index].attrSet("rel", "noreferrer")
    return str(self.renderToken(tokens, index, options, env))
