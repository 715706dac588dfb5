"""HL7 v2 messages taken apart: characters, framing, segments and fields; nothing is known of what they mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cds_hooks.refusal import Refusal

if TYPE_CHECKING:
    from hl7 import Segment

PLACE = "MSH"
MOST = 1_000  # messages of one file
_FRAMES = bytes.maketrans(b"\x0b\x1c", b"\r\r")  # MLLP's first and last byte of a message
_ENDS = re.compile(r"\r\n|\n|\r")
_AROUND = ("FHS", "BHS", "BTS", "FTS")  # a batch around messages
_CHARSETS = {"8859/1": "latin-1", "8859/15": "iso8859-15", "ASCII": "ascii", "UNICODE UTF-8": "utf-8", "": "utf-8"}
_NULL = '""'  # HL7's word for: delete what is stored
_ESCAPE = re.compile(r"\\([^\\]{0,40})\\")
_HEX = re.compile(r"X((?:[0-9A-Fa-f]{2}){1,16})")
_MEANT = {"F": "|", "S": "^", "R": "~", "T": "&", "E": "\\", ".br": "\n"}


class Line(NamedTuple):
    """A segment, and its fields by their numbers in the standard."""

    segment: Segment

    @property
    def name(self) -> str:
        """`OBX`."""
        return str(self.segment[0])

    def count(self, field: int) -> int:
        """How often a field is repeated."""
        return len(self.segment[field]) if field < len(self.segment) else 0

    def text(self, field: int, component: int = 1, repetition: int = 0) -> str:
        """A component without escapes, empty where there is none; of one with parts the first."""
        if repetition >= self.count(field):
            return ""
        found = self.segment[field][repetition]
        if isinstance(found, str):
            found = found if component == 1 else ""
        else:
            found = found[component - 1] if component <= len(found) else ""
        if not isinstance(found, str):
            found = found[0] if len(found) else ""
        return "" if found == _NULL else _unescaped(str(found)).strip()

    def texts(self, field: int) -> str:
        """Every repetition, one a line."""
        return "\n".join(filter(None, (self.text(field, 1, place) for place in range(self.count(field)))))


def messages_in(content: bytes) -> list[list[Line]]:
    """The segments of each message of a file, with or without a batch or MLLP's frames around them.

    Raises:
        Refusal: not HL7 v2, no laboratory result, or characters other than it says.
    """
    import hl7

    found: list[list[str]] = []
    for line in _ENDS.split(_decoded(content.translate(_FRAMES))):
        if line.startswith("MSH"):
            found.append([line])
        elif line.strip() and not line.startswith(_AROUND):
            if not found:
                raise _refusal("The file does not begin with an MSH segment: send HL7 v2 messages.")
            found[-1].append(line)
    if not 0 < len(found) <= MOST:
        raise _refusal(f"Send between one and {MOST:,} HL7 v2 messages in one file.")
    try:
        parsed = [hl7.parse("\r".join(lines)) for lines in found]
    except (hl7.HL7Exception, AssertionError, AttributeError, LookupError, TypeError, ValueError):
        raise _refusal("A message cannot be taken apart: check its separators (MSH-1, MSH-2).") from None
    messages = [[Line(segment) for segment in message if len(segment[0])] for message in parsed]
    for lines in messages:
        _require_results(lines[0])
    return messages


def _require_results(head: Line) -> None:
    if (head.text(9, 1), head.text(9, 2)) not in {("ORU", "R01"), ("ORU", "")}:
        raise _refusal("Only laboratory results are read: a message whose MSH-9 is ORU^R01.", "MSH-9")


def _unescaped(text: str) -> str:
    """Without escapes: those of the separators, line ends and bytes are read; others, which only lay text out, go."""
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1]) or _bytes_in(found[1]), text) if "\\" in text else text


def _bytes_in(escape: str) -> str:
    hexadecimal = _HEX.fullmatch(escape)
    return bytes.fromhex(hexadecimal[1]).decode("latin-1") if hexadecimal is not None else ""


def _decoded(content: bytes) -> str:
    """By the character set of MSH-18; UTF-8, and so ASCII, where it names none."""
    head = re.split(rb"[\r\n]", content[content.find(b"MSH") :], maxsplit=1)[0]
    fields = head.split(head[3:4]) if len(head) > 3 else []
    named = fields[17].split(b"~")[0].strip().decode("ascii", "replace") if len(fields) > 17 else ""
    charset = _CHARSETS.get(named.upper())
    if charset is None:
        raise _refusal("The character set is not read: send UNICODE UTF-8, 8859/1, 8859/15 or ASCII.", "MSH-18")
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        raise _refusal(
            "The characters are not of the set that MSH-18 names (UTF-8 where it is empty).", PLACE
        ) from None


def _refusal(diagnostics: str, place: str = PLACE) -> Refusal:
    return Refusal(400, "structure", diagnostics, place)
