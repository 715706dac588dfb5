"""The parts of the documentation that are made from what runs: services, queries, settings, errors, profiles.

A page asks for one on a line of its own, as in `<!-- prefetch 2.0 -->`; what takes its place is Markdown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from cds_hooks.presentation.overrides import override_reasons
from cds_hooks.wire.discovery import Discovery, discover
from cds_hooks.wire.prefetch.templates import REQUIRED, Asking, Dialect
from service.examples.chart import read_charts
from service.examples.ehr import hook_call
from service.http.errors import ERRORS
from service.memory.schemas import FEEDBACK_EXAMPLE
from service.site.settings import settings_table
from service.site.site import Site

_MARK = re.compile(r"^<!-- (\w+)(.*?) -->$", re.MULTILINE)
_TYPE = re.compile(r"^\w+")
EPIC = "urn:com.epic.cdshooks.action.code.system.preference-list-item"
OWN = "https://ehr.example/orderables"


def with_made(text: str, site: Site) -> str:
    """The Markdown of a page with its made parts. Raises KeyError: a page asks for what nobody makes."""
    return _MARK.sub(lambda found: MADE[found[1]](site, found[2].split()), text)


def _services(site: Site, hooks: Sequence[str]) -> str:
    rows = [
        (f"`{one.hook}` {one.hookVersion}", f"`{one.id}`", one.title)
        for one in _offered(site).services
        if not hooks or one.hook in hooks
    ]
    return _table(("hook", "id", "what for"), rows)


def _prefetch(site: Site, dialects: Sequence[str]) -> str:
    """Every query of 2.0; of another dialect those that differ, and which do not."""
    (dialect,) = dialects
    plain, other = _queries(site, "2.0"), _queries(site, dialect)
    shown = other if dialect == "2.0" else {key: query for key, query in other.items() if query != plain[key]}
    blocks = [f"`{key}`{' (required)' if key in REQUIRED else ''}\n\n{_fence('text', q)}" for key, q in shown.items()]
    setting = f"`HORMONE_CDS_PREFETCH={dialect}`"
    said = f"In the dialect of CDS Hooks {dialect}"
    if dialect == "2.0":
        return "\n\n".join([f"{said} ({setting}, the default), which clients of 3.0 resolve too:", *blocks])
    rest = "Every other query is the same. Only for a client that resolves `today()`."
    return "\n\n".join([f"{said} ({setting}):", *blocks, rest])


def _reads(site: Site, _: Sequence[str]) -> str:
    """The types of resources that queries read."""
    types = dict.fromkeys(_TYPE.findall(query)[0] for query in _queries(site, "2.0").values())
    return ", ".join(f"`{one}`" for one in sorted(types)) + "."


def _queries(site: Site, dialect: str) -> dict[str, str]:
    wanted = msgspec.convert(dialect, Dialect)
    return _offered(site, Asking(wanted, site.settings.pending_orders)).services[0].prefetch


def _offered(site: Site, asking: Asking | None = None) -> Discovery:
    own = Asking(site.settings.prefetch, site.settings.pending_orders)
    return discover(site.knowledge.vocabulary, asking or own)


def _call(site: Site, _: Sequence[str]) -> str:
    """A call of a sample patient; the keys that no sample needs are null."""
    service = msgspec.to_builtins(_offered(site).services[0])
    chart = next(one for one in read_charts(site.now().day) if one.name == "hematocrit")
    call = hook_call(service, chart)
    kept = ("patient", *REQUIRED)
    call["prefetch"] = {key: call["prefetch"][key] if key in kept else None for key in call["prefetch"]}
    address = f"http://127.0.0.1:8000/cds-services/{service['id']}"
    head = f"curl -sf '{address}' -H 'Content-Type: application/json' -d @- <<'JSON'"
    return _fence("sh", f"{head}\n{json.dumps(call, indent=1, ensure_ascii=False)}\nJSON")


def _orderables(site: Site, whose: Sequence[str]) -> str:
    system = EPIC if whose == ["epic"] else OWN
    orders = site.knowledge.orders[:4]
    rows = [f"{order.code},{system},{1001 + place},{_cell(order.display)}" for place, order in enumerate(orders)]
    return _fence("csv", "\n".join(["loinc,system,code,display", *rows]))


def _cell(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""')) if "," in text or '"' in text else text


def _feedback(_: Site, __: Sequence[str]) -> str:
    return _fence("json", json.dumps(FEEDBACK_EXAMPLE, indent=1))


def _reasons(site: Site, _: Sequence[str]) -> str:
    rows = [(f"`{one.code}`", one.display or "", f"`{one.system}`") for one in override_reasons(site.knowledge.words)]
    return _table(("code", "display", "system"), rows)


def _token(site: Site, _: Sequence[str]) -> str:
    if site.settings.jwt == "off":
        return "No token is asked for here."
    return 'Every call here needs a token of its own: add `-H "Authorization: Bearer $TOKEN"`.'


def _trust(site: Site, _: Sequence[str]) -> str:
    is_off = site.settings.jwt == "off"
    return f"Here and now: `HORMONE_CDS_JWT={site.settings.jwt}`" + (", callers prove nothing." if is_off else ".")


def _settings(_: Site, __: Sequence[str]) -> str:
    return settings_table()


def _errors(_: Site, __: Sequence[str]) -> str:
    rows = [(str(status), one.description, f"`{one.code}`", one.diagnostics) for status, one in ERRORS.items()]
    return _table(("status", "when", "code", "for example"), rows)


def _profiles(site: Site, _: Sequence[str]) -> str:
    rows = [
        (f"[{protocol.title}](protocols/{protocol.id}#profiles)", _profile(name, profile.title, profile.default))
        for protocol in site.knowledge.protocols
        for name, profile in protocol.profile.items()
    ]
    pooled: dict[str, list[str]] = {}
    for protocol, profile in rows:
        pooled.setdefault(protocol, []).append(profile)
    return _table(("protocol", "profiles"), [(protocol, ", ".join(names)) for protocol, names in pooled.items()])


def _profile(name: str, title: str, is_default: bool) -> str:
    return f"`{name}` ({title}{', default' if is_default else ''})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *([one.replace("|", "\\|") for one in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _fence(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


MADE: Mapping[str, Callable[[Site, Sequence[str]], str]] = {
    "services": _services,
    "prefetch": _prefetch,
    "reads": _reads,
    "call": _call,
    "orderables": _orderables,
    "feedback": _feedback,
    "reasons": _reasons,
    "token": _token,
    "trust": _trust,
    "settings": _settings,
    "errors": _errors,
    "profiles": _profiles,
}
