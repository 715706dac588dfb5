"""A FHIR server that knows its answers by heart: `python searches.py ANSWERS DELAY`, the first a JSON object by type.

The first line of output is its port. It waits DELAY milliseconds before each answer.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path


async def main() -> None:
    answers = {kind: _said(body) for kind, body in json.loads(Path(sys.argv[1]).read_text()).items()}
    delay = float(sys.argv[2]) / 1000

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            kind = head.partition(b"/fhir/")[2].partition(b"?")[0].decode()
            if delay:
                await asyncio.sleep(delay)
            writer.write(answers[kind])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def _said(body: object) -> bytes:
    content = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(content),
        content,
    )


if __name__ == "__main__":
    asyncio.run(main())
