"""Reports and protocols as tables for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cds_hooks.findings import Evidence, Finding
from cds_hooks.judgement.written.written import ProtocolFile
from cds_hooks.presentation.report import Report
from cds_hooks.presentation.understood import TherapyItem

COLOURS = {"critical": "bold red", "warning": "yellow", "info": "blue", "unknown": "magenta", "clear": "green"}
ORDER = ("critical", "warning", "info", "unknown", "clear")


def print_report(console: Console, report: Report) -> None:
    """What drugs were taken for and what was considered; findings, the most urgent first; draws; what was not read."""
    used = ", ".join(f"{protocol.id} {protocol.version} ({protocol.profile})" for protocol in report.protocols)
    console.print(Text(f"{report.patient.reference} on {report.today}: {used or 'no protocol applies'}", style="bold"))
    for therapy in report.therapies:
        console.print(Text(f"  {describe_therapy(therapy)}"))
    for considered in report.considered:
        verb = "applies" if considered.applies else "does not apply"
        console.print(Text(f"  {considered.protocol} {verb}: {considered.because}", style="dim"))
    if report.findings:
        console.print(findings_table(report.findings))
    for draw in report.draws:
        console.print(Text(f"Draw {', '.join(draw.analytes)}: due {draw.due} ({draw.earliest} to {draw.latest})"))
        console.print(Text(f"  {' '.join((draw.instruction, *draw.notes))}", style="dim"))
    for unread in report.unread:
        console.print(Text(f"Not read: {unread.reference} ({unread.reason}): {unread.detail}", style="magenta"))


def describe_therapy(therapy: TherapyItem) -> str:
    """`testosterone cypionate 200 mg/mL = testosterone, cypionate, injection, 200 mg/mL (name in text), active`."""
    drug = " + ".join((therapy.drug, *therapy.others))
    known = (therapy.product, therapy.route, therapy.form, therapy.strength)
    every = f"every {therapy.intervalHours:f} h" if therapy.intervalHours is not None else None
    local = "acts locally" if therapy.systemic is False else None
    read = ", ".join(filter(None, (drug, *dict.fromkeys(known), every, local)))
    return f"{therapy.name} = {read} ({therapy.basis}), {'planned' if therapy.planned else therapy.status}"


def findings_table(findings: Iterable[Finding]) -> Table:
    """One row a finding."""
    table = Table("", "Check", "Finding", "Evidence", show_lines=False)
    for finding in sorted(findings, key=lambda finding: (ORDER.index(level(finding)), finding.check)):
        word = level(finding)
        evidence = "\n".join(map(describe, finding.evidence))
        table.add_row(
            Text(word, style=COLOURS[word]), finding.check, Text(finding.summary), Text(evidence, style="dim")
        )
    return table


def level(finding: Finding) -> str:
    """The urgency of a raised finding, else its state."""
    return finding.urgency if finding.state == "raised" else finding.state


def describe(evidence: Evidence) -> str:
    """`hematocrit 54.5 %, 2026-09-03`."""
    amount = evidence.canonical or f"{evidence.value or ''} {evidence.unit or ''}".strip()
    return ", ".join(part for part in (f"{evidence.analyte} {amount}".strip(), evidence.effective) if part)


def print_protocols(console: Console, protocols: Iterable[ProtocolFile]) -> None:
    """One row a protocol."""
    table = Table("Protocol", "Version", "Title", "Profiles")
    for protocol in protocols:
        table.add_row(protocol.id, protocol.version, protocol.title, ", ".join(protocol.profile))
    console.print(table)
