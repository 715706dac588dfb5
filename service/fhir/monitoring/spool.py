"""Answers that wait to be sent, in order: in memory at first, then in a file without a name.

Many clients send their whole body before they read: if judging waited for them, both sides would wait for ever.
"""

from __future__ import annotations

import asyncio
import tempfile

IN_MEMORY = 1_000_000  # bytes that wait there; beyond that they wait on disk, where the system finds no name for them
MOST = 1_000_000_000  # bytes that wait at all: then judging waits too
PIECE = 65_536


class Spool:
    """A queue of bytes with one writer and one reader."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self._read = self._written = 0
        self._is_ended = False
        self._news, self._room = asyncio.Event(), asyncio.Event()

    def put(self, content: bytes) -> None:
        """Let some bytes wait."""
        self._file.seek(self._written)
        self._written += self._file.write(content)
        self._news.set()

    def end(self) -> None:
        """Say that nothing more comes."""
        self._is_ended = True
        self._news.set()

    @property
    def is_full(self) -> bool:
        """Whether more should not wait."""
        return self._written - self._read > self._most

    async def has_room(self, patience: float) -> bool:
        """Whether something of it was taken within some seconds."""
        self._room.clear()
        try:
            await asyncio.wait_for(self._room.wait(), patience)
        except TimeoutError:
            return False
        return True

    async def take(self) -> bytes:
        """Some of what waits, as soon as anything does; nothing at the end."""
        while self._read == self._written and not self._is_ended:
            self._news.clear()
            await self._news.wait()
        self._file.seek(self._read)
        content = self._file.read(min(PIECE, self._written - self._read))
        self._read += len(content)
        self._room.set()
        if self._read == self._written:
            self._file.seek(0)
            self._file.truncate()
            self._read = self._written = 0
        return content

    def close(self) -> None:
        """Forget everything."""
        self._file.close()
