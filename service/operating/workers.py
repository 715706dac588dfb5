"""Runs the server, with several processes under a parent that hands SIGHUP on to each of them."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from typing import Any

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess

from service.operating.counts.counting import FOLDER
from service.operating.hangup import Hangup
from service.site.environment import variable_of
from service.site.settings import StartRefused

log = logging.getLogger("hormone_cds")


class Workers(Multiprocess):
    """uvicorn's, which would start every process anew on SIGHUP: slower, and its caches empty."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config, [config.bind_socket()])
        self._hangup = Hangup()

    def handle_hup(self) -> None:
        """Hand it on. A process that is just starting ends by it, is started again, and reads what there is then."""
        if self._hangup.ends_this_process():
            return
        log.info("SIGHUP: %s processes read their knowledge again", len(self.processes))
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid or 0, signal.SIGHUP)

    def terminate_all(self) -> None:
        """Close our own door too: who comes is refused at once, and not let in where nobody answers any more."""
        for listener in self.sockets:
            listener.close()
        super().terminate_all()

    def keep_subprocess_alive(self) -> None:
        """Start those that died anew; of their numbers what stood at a moment counts no more."""
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            _forget(pid)


def run(app: Any, workers: int, **options: Any) -> None:
    """As `uvicorn.run`, with our own parent where there are several workers.

    Raises:
        StartRefused: there is no place where they could count together.
    """
    if workers == 1:
        uvicorn.run(app, workers=1, **options)
        return
    with _shared_numbers():
        Workers(uvicorn.Config(app, workers=workers, **options)).run()


@contextlib.contextmanager
def _shared_numbers() -> Iterator[None]:
    """A folder in which the processes keep what `/metrics` tells, so that any of them can tell it of all."""
    try:
        folder = tempfile.mkdtemp(prefix="hormone-cds-metrics-")
    except OSError as error:
        needed = "several workers count together in a folder for temporary files (TMPDIR)"
        raise StartRefused(f"{variable_of('workers')}: {needed}: {error.strerror}") from None
    os.environ[FOLDER] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _forget(pid: int | None) -> None:
    if FOLDER in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]
