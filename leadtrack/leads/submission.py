"""What a form sent, in whatever encoding, as named texts. Pure; never raises, whatever a stranger sends."""

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl

from leadtrack.leads import multipart
from leadtrack.leads.reading import Enquiry, read_enquiry
from leadtrack.leads.words import as_kept, clean

MAX_FIELDS: Final = 200
NAME_LENGTH: Final = 100
VALUE_LENGTH: Final = 10_000

# Charsets that old pages really declare; anything else is read as UTF-8.
_CHARSETS = frozenset({"utf-8", "cp1251", "koi8-r", "cp1252", "iso8859-1", "cp1250", "cp1257"})
_BARE_PLUS = re.compile(r"=\+(?=[\d(])")
_PAIR = re.compile(r'"([^"\\]{1,100})"\s{0,20}:\s{0,20}"((?:[^"\\]|\\.){0,10000})"', re.DOTALL)


@dataclass(frozen=True)
class Submission:
    """Named texts, cut to size; `raw` holds the whole body where the fields do not say all of it.

    `problems` are codes: not_json, not_utf8, unfinished, too_many_fields, cut, file, unreadable.
    """

    fields: dict[str, str]
    raw: str | None = None
    problems: tuple[str, ...] = ()

    @cached_property
    def enquiry(self) -> Enquiry:
        """What the fields mean."""
        return read_enquiry(self.fields)


@dataclass(frozen=True)
class _Found:
    pairs: Iterable[tuple[str, str]]
    problems: tuple[str, ...] = ()


def read_submission(content_type: str, body: bytes) -> Submission:
    """The fields of a urlencoded, multipart, JSON or plain text body.

    A body that is not what its header says is read as what it looks like.
    """
    kind, _, parameters = content_type.partition(";")
    charset = _charset(parameters)
    found = _reader(kind.strip().lower())(body, charset, content_type)
    fields, problems = _gather(found.pairs)
    problems += found.problems
    # The bytes of a file need not be text.
    is_text = "file" in problems or _decodes(body, charset)
    if not is_text or any("\N{REPLACEMENT CHARACTER}" in text for text in fields.values()):
        problems += ("not_utf8",)
    if body.strip() and not fields:
        problems += ("unreadable",)
    whole = as_kept(body) if set(problems) - {"file"} else None
    return Submission(fields=fields, raw=whole, problems=tuple(dict.fromkeys(problems)))


_Reader = Callable[[bytes, str, str], _Found]


def _reader(kind: str) -> _Reader:
    if kind == "application/x-www-form-urlencoded":
        return _urlencoded
    if kind == "multipart/form-data":
        return _multipart
    if kind == "application/json" or kind.endswith("+json"):
        return _json
    return _by_looks


def _urlencoded(body: bytes, charset: str, _header: str) -> _Found:
    if body.lstrip()[:1] in (b"{", b"["):
        return _json(body, charset, _header)
    # One more than we keep, so that too many are noticed; a million parameters are not even split.
    parts = body.split(b"&", MAX_FIELDS + 1)
    text = b"&".join(parts[: MAX_FIELDS + 1]).decode(charset, "replace")
    # "phone=+49…" sent by a script that forgot to encode it: a blank before digits is never meant.
    text = _BARE_PLUS.sub("=%2B", text)
    return _Found(parse_qsl(text, keep_blank_values=True, encoding=charset, errors="replace"))


def _multipart(body: bytes, charset: str, header: str) -> _Found:
    parts, is_whole = multipart.parts_of(header, body)
    pairs = [
        (_decoded(part.name, charset), _text_of(part, charset)) for part in islice(parts, MAX_FIELDS + 1)
    ]
    problems: tuple[str, ...] = () if is_whole else ("unfinished",)
    if any(part.filename for part in parts):
        problems += ("file",)
    return _Found(pairs, problems)


def _text_of(part: multipart.Part, charset: str) -> str:
    if part.filename is None:
        return _decoded(part.content, charset)
    # Films and scans are not kept; their names tell sales to ask for them.
    return f"{_decoded(part.filename, charset)} ({len(part.content)} bytes)" if part.filename else ""


def _json(body: bytes, charset: str, _header: str) -> _Found:
    text = _decoded(body, charset).strip()
    try:
        # Numbers stay as they were written: ids of 20 digits, phones, 1e999.
        value = json.loads(text, strict=False, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return _Found(_salvaged(text, charset), ("not_json",))
    return _Found(_pairs_of(value))


def _by_looks(body: bytes, charset: str, header: str) -> _Found:
    start = body.lstrip()[:1]
    if start in (b"{", b"[", b'"'):
        return _json(body, charset, header)
    return _Found(_written_pairs(_decoded(body, charset), charset))


def _pairs_of(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        return ((name, _as_text(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return (pair for number, item in enumerate(value, 1) for pair in _pairs_of_item(number, item))
    return iter([("text", _as_text(value))])


def _pairs_of_item(number: int, item: Any) -> Iterator[tuple[str, str]]:
    """Some libraries send a form as [{"name": …, "value": …}, …]."""
    if isinstance(item, dict) and isinstance(item.get("name"), str) and set(item) == {"name", "value"}:
        return iter([(item["name"], _as_text(item["value"]))])
    return iter([(str(number), _as_text(item))])


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""


def _salvaged(text: str, charset: str) -> Iterable[tuple[str, str]]:
    """Broken JSON (cut off by a bad connection) still has its first fields."""
    pairs = [match.groups() for match in islice(_PAIR.finditer(text), MAX_FIELDS + 1)]
    if pairs:
        return [(name, _unescaped(value)) for name, value in pairs]
    return _written_pairs(text, charset)


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def _written_pairs(text: str, charset: str) -> Iterable[tuple[str, str]]:
    """ "name=value" lines (a form with enctype text/plain), or one urlencoded line."""
    lines = [line for line in text.splitlines() if line.strip()][: MAX_FIELDS + 1]
    if len(lines) > 1:
        return [(name, value) for name, sign, value in (line.partition("=") for line in lines) if sign]
    if "=" not in text:
        return []
    return _urlencoded(text.strip().lstrip("{[").encode(), "utf-8", charset).pairs


def _gather(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Names and values in order, cleaned and cut; a repeated name is kept as "name[2]", "name[3]", …"""
    fields: dict[str, str] = {}
    problems: tuple[str, ...] = ()
    for name, value in pairs:
        if len(fields) == MAX_FIELDS:
            return fields, (*problems, "too_many_fields")
        tidy_name, tidy_value = clean(name).strip(), clean(value).strip()
        if len(tidy_name) > NAME_LENGTH or len(tidy_value) > VALUE_LENGTH:
            problems += ("cut",)
        if tidy_name:
            fields[_free_name(fields, tidy_name[:NAME_LENGTH])] = tidy_value[:VALUE_LENGTH]
    return fields, problems


def _free_name(taken: dict[str, str], name: str) -> str:
    if name not in taken:
        return name
    return next(other for number in range(2, MAX_FIELDS + 2) if (other := f"{name}[{number}]") not in taken)


def _charset(parameters: str) -> str:
    match = re.search(r"charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", parameters, re.IGNORECASE | re.ASCII)
    try:
        name = codecs.lookup(match[1]).name if match else "utf-8"
    except LookupError:
        return "utf-8"
    return name if name in _CHARSETS else "utf-8"


def _decoded(raw: bytes, charset: str) -> str:
    return raw.decode(charset, "replace").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")


def _decodes(body: bytes, charset: str) -> bool:
    try:
        body.decode(charset)
    except UnicodeDecodeError:
        return False
    return True
