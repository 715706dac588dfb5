"""The console command `hormone-cds`: serve, evaluate a chart or a population, keep codes and settings, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from cds_hooks.refusal import Refusal
from service import __version__
from service.codes.command import codes
from service.memory.command import show_stats
from service.operating.config import show_config
from service.operating.migrate import migrate
from service.population.command import invent_export, judge_export
from service.population.export.command import export
from service.site.settings import read_settings
from service.terminal import opened, print_json, read_bytes, reasons, stop, with_codes
from service.whatif.command import suppose

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.add_typer(codes, name="codes")
app.command("stats")(show_stats)
app.command("whatif")(suppose)
app.command("config")(show_config)
app.command("migrate")(migrate)
app.command("export")(export)
app.command("population")(judge_export)
app.command("synthesize")(invent_export)
protocols = typer.Typer(help="The protocols in force and their profiles; a site's own are checked with `check`.")
app.add_typer(protocols, name="protocols")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def show_version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        typer.echo(f"hormone-cds {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Decision support for monitoring hormone therapy."""


@app.command()
def serve() -> None:
    """Answer EHRs over HTTP. HOST, PORT and the HORMONE_CDS_ variables set how."""
    from service.http.server import serve as answer

    with reasons():
        answer(read_settings())


@app.command()
def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            help="One patient's FHIR Bundle as JSON, or laboratory results as HL7 v2 (ORU^R01); - reads standard input."
        ),
    ],
    today: Annotated[str | None, typer.Option(help="Judge as of this date or dateTime. Default: now.")] = None,
    profile: Annotated[list[str] | None, typer.Option(help="A variant of the numbers; may repeat.")] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate one patient's Bundle, or laboratory message, and print every finding."""
    from cds_hooks.presentation.report import encode_report
    from cds_hooks.record.hl7v2.bundle import NOT_TOLD, bundle_of, is_message
    from service.evaluation import moment_of, report_on
    from service.table import print_report

    site = with_codes(opened())
    try:
        profiles = site.profiles(profile or [])
        moment, content, absent = moment_of(site, [today] if today else []), read_bytes(file), frozenset[str]()
        if is_message(content):
            content, absent = bundle_of(content), NOT_TOLD
        answer, _ = report_on(site, content, moment, profiles, absent)
    except Refusal as refusal:
        stop(f"{refusal.expression}: {refusal.diagnostics}" if refusal.expression else refusal.diagnostics)
    if as_json:
        print_json(encode_report(answer))
    else:
        print_report(Console(), answer)


@app.command()
def check_token(
    url: Annotated[str, typer.Argument(help="The URL that is called with it, as the client writes it.")],
) -> None:
    """Read a client's JWT from standard input and say why it is refused; it is never printed, nor used up.

    The exit status is 1 when it is refused.
    """
    from service.trust.command import MOST_READ, judge_token

    with reasons():
        holds, said = judge_token(read_settings(), sys.stdin.read(MOST_READ), url)
    typer.echo(said, err=not holds)
    raise typer.Exit(not holds)


@protocols.callback(invoke_without_command=True)
def list_protocols(context: typer.Context, as_json: AsJson = False) -> None:
    """List the protocols in force and their profiles, or check a site's own."""
    from service.table import print_protocols

    if context.invoked_subcommand is not None:
        return
    listed = opened().knowledge.protocols
    if as_json:
        rows = [{"id": p.id, "version": p.version, "title": p.title, "profiles": list(p.profile)} for p in listed]
        print_json(msgspec.json.encode(rows))
    else:
        print_protocols(Console(), listed)


@protocols.command("check")
def check_overlays(
    files: Annotated[list[Path], typer.Argument(help="Overlay files, or folders of them, checked together.")],
) -> None:
    """Prove a site's own profiles as the start of the service would; the exit status is 1 when one is refused."""
    from cds_hooks.judgement.proof import proven_with
    from service.site.overlays import overlay_files
    from service.site.site import read_knowledge

    with reasons():
        knowledge = proven_with(read_knowledge(), overlay_files(files))
    for (protocol, profile), file in knowledge.added_by.items():
        default = ", its default" if knowledge.variants[protocol, profile].file.default_profile == profile else ""
        typer.echo(f"{file}: profile {profile} of {protocol}{default}: holds")


@protocols.command("prove")
def prove_protocols() -> None:
    """Judge every example of the shipped protocols, and keep that all hold: starts with the same files and code need
    not, and take a third less.

    For after an installation; the image's build did it. What is changed later is proven at the start again.
    """
    from service.site.site import prove_knowledge

    try:
        with reasons():
            knowledge = prove_knowledge()
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}")
    stories = sum(len(protocol.example) for protocol in knowledge.protocols)
    typer.echo(f"knowledge {knowledge.digest}: {stories} examples hold, and starts need not prove them again")


@app.command()
def demo() -> None:
    """Start the service, call it as an EHR would with three charts, and show the cards."""
    from service.demo.play import play

    play(Console(), stay=sys.stdout.isatty())
