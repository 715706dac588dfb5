"""Looks at a page as different people have it on their screens, and collects whatever is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = (400, 768, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Contrast hangs on the scheme and what is shown on the size: each is judged, and not each pair of them.
JUDGED = {(400, "light"), (768, "dark"), (1440, "light")}
_REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation',
  event => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
"""
_RULES = (
    "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']}"
)
_AXE = f"""
async ([but, structure]) => {{
  const where = but ? {{exclude: [[but]]}} : document;
  const only = structure ? {{rules: {{'color-contrast': {{enabled: false}}}}}} : {{}};
  const found = await axe.run(where, {{...{_RULES}, ...only}});
  return found.violations.map(one => one.id + ': ' + one.nodes.map(node => node.html).slice(0, 3).join(' | '));
}}
"""


# As sent, the page and its files, also those that the browser had already.
_WEIGHT = """['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
  .reduce((sum, one) => sum + one.encodedBodySize, 0)"""


@dataclass
class Look:
    """What was seen of one page."""

    name: str
    barriers: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    weight: int = 0  # bytes, as it loads


def watched(page: Page, look: Look) -> None:
    """Collect what the browser complains of, policy violations too, and what is loaded."""
    page.add_init_script(_REPORT_VIOLATIONS)
    page.on("console", lambda said: look.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: look.errors.append(str(error)))
    page.on("request", lambda request: look.files.append(request.url))


def weight_of(page: Page) -> int:
    """Bytes of the page that is open with all it loaded."""
    return int(page.evaluate(_WEIGHT))


def look_at(browser: Browser, url: str, axe: str, but: str | None = None) -> Look:
    """One page as it loads, then at every size in either scheme. `but`: a part not looked at for barriers."""
    look = Look(url)
    with browser.new_context(viewport={"width": SIZES[0], "height": 900}) as context:
        page = context.new_page()
        watched(page, look)
        page.goto(url, wait_until="networkidle")
        inspect(page, look, axe, but)
    return look


def inspect(page: Page, look: Look, axe: str, but: str | None = None) -> None:
    """Weigh it, look for what is wider than the window in every window, and for barriers in each size and scheme."""
    look.weight = weight_of(page)
    page.evaluate(axe)  # not as a script of the page: its policy would refuse it
    for width in SIZES:
        for scheme in SCHEMES:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            where = f"{width} {scheme}"
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                look.wide.append(where)
            if (width, scheme) in JUDGED:
                look.barriers += [f"{where}: {one}" for one in page.evaluate(_AXE, [but, False])]


def built_wrong(page: Page, axe: str) -> list[str]:
    """Barriers but contrast, and a width beyond the window, of the page as it is open: half the time."""
    page.evaluate(axe)
    is_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*page.evaluate(_AXE, [None, True]), *(["wider than the window"] if is_wide else [])]
