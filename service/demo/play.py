"""Runs the demo: starts the service with no configuration, calls it as an EHR would, shows what comes back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from rich.console import Console

from service.demo.show import abbreviate, show_chart, sketch
from service.examples.chart import DEMO_DAY, read_charts
from service.examples.ehr import hook_call
from service.site.environment import PREFIX

PATIENCE = 20  # seconds to wait for the first answer


def play(console: Console, stay: bool) -> None:
    """Show three charts; with `stay`, keep the service up until it is interrupted."""
    with running_service() as address:
        play_ehr(console, address)
        if stay:
            console.print(f"\nOpen [link={address}/]{address}/[/link] (try it, protocols) or {address}/openapi (API).")
            console.print("Ctrl-C ends it.")
            _wait_for_interrupt()
        else:
            console.print("\nThe demo has ended its service. `make serve` runs one that stays, with pages to open.")


def play_ehr(console: Console, address: str) -> None:
    """Discover the service at `address` and call it for every chart."""
    today = datetime.now(UTC).date()
    console.print(f"Charts written for {DEMO_DAY}, with all dates moved so that this day is today, {today}.")
    with httpx.Client(base_url=address, trust_env=False, timeout=PATIENCE) as client:
        service = client.get("/cds-services").raise_for_status().json()["services"][0]
        console.print(f"GET {address}/cds-services  offers {service['id']} on {service['hook']}", style="cyan")
        url = f"/cds-services/{service['id']}"
        for number, chart in enumerate(read_charts(today)):
            call = hook_call(service, chart)
            cards = client.post(url, json=call).raise_for_status().json()["cards"]
            lines = sketch(call) if number == 0 else abbreviate(call)
            show_chart(console, chart, address + url, lines, cards)


@contextmanager
def running_service() -> Iterator[str]:
    """A service in a process of its own, on its defaults; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "service"]
    process = subprocess.Popen(command, env=_environment(os.environ, port))  # noqa: S603 - our own module
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for_answer(address, process)
        yield address
    finally:
        process.terminate()
        process.wait()


def free_port(preferred: int = 8000) -> int:
    """`preferred`, or any free port when it is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


def _environment(environment: Mapping[str, str], port: int) -> dict[str, str]:
    # The demo shows the defaults, whatever the terminal has set, and leaves nothing behind.
    ours = {name: value for name, value in environment.items() if not name.startswith(PREFIX)}
    quiet = {f"{PREFIX}LOG_LEVEL": "warning", f"{PREFIX}DATABASE_URL": "sqlite://"}
    return ours | {"HOST": "127.0.0.1", "PORT": str(port)} | quiet


def wait_for_answer(address: str, process: subprocess.Popen[Any]) -> None:
    """Return when the server at `address` answers; RuntimeError when its process ends or takes too long."""
    deadline = time.monotonic() + PATIENCE
    with httpx.Client(trust_env=False) as client:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                client.get(f"{address}/health")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
    raise RuntimeError("the service did not start; its own message stands above")


def _wait_for_interrupt() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        return
