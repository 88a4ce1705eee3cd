"""multipart/form-data (RFC 7578), read so leniently that a broken body still gives the parts it has. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_PARTS: Final = 201
_HEAD_LENGTH: Final = 4096

_BOUNDARY = re.compile(r"boundary\s{0,5}=\s{0,5}(?:\"([^\"]{1,200})\"|([^\s;,]{1,200}))", re.IGNORECASE)
_NAME = re.compile(rb"[;\s]name\s{0,5}=\s{0,5}(?:\"((?:[^\"\\\r\n]|\\.)*)\"|([^\s;\"]+))", re.IGNORECASE)
_FILENAME = re.compile(
    rb"[;\s]filename\s{0,5}=\s{0,5}(?:\"((?:[^\"\\\r\n]|\\.)*)\"|([^\s;\"]*))", re.IGNORECASE
)


@dataclass(frozen=True)
class Part:
    """One field; `filename` is None for a plain field and empty for a file input left empty."""

    name: bytes
    filename: bytes | None
    content: bytes


def parts_of(content_type: str, body: bytes) -> tuple[Sequence[Part], bool]:
    """The named parts, and whether the body was whole: a boundary, the last part closed, all readable."""
    boundary = _boundary(content_type, body)
    if not boundary:
        return [], not body.strip()
    _preamble, *pieces = (b"\r\n" + body).split(b"\n--" + boundary, MAX_PARTS + 1)
    closed = bool(pieces) and pieces[-1].startswith(b"--")
    parts = [_part(piece) for piece in (pieces[:-1] if closed else pieces)]
    return [part for part in parts if part], closed and all(parts)


def _boundary(content_type: str, body: bytes) -> bytes:
    """As the header says; where it does not, as the body's first line shows."""
    match = _BOUNDARY.search(content_type)
    if match:
        return (match[1] or match[2]).encode("latin-1", "replace")
    first = body.lstrip()[:202].splitlines()[:1]
    return first[0].removeprefix(b"--").rstrip() if first and first[0].startswith(b"--") else b""


def _part(piece: bytes) -> Part | None:
    head, gap, content = piece.partition(b"\r\n\r\n")
    if not gap:
        head, gap, content = piece.partition(b"\n\n")
    name, filename = _NAME.search(head, 0, _HEAD_LENGTH), _FILENAME.search(head, 0, _HEAD_LENGTH)
    if not gap or not name:
        return None
    # The line end before the next boundary belongs to the boundary.
    return Part(_unquoted(name), _unquoted(filename) if filename else None, content.removesuffix(b"\r"))


def _unquoted(match: re.Match[bytes]) -> bytes:
    text = match[1] if match[1] is not None else match[2]
    # Browsers write a quote inside a name as %22 (RFC 7578, HTML standard), older ones as \".
    return text.replace(b"%22", b'"').replace(b'\\"', b'"').replace(b"%0D%0A", b" ")
