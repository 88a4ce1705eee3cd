"""Payloads of any shape as named texts: nested JSON under dotted names. Pure; never raises."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from leadtrack.leads.submission import MAX_FIELDS, NAME_LENGTH, VALUE_LENGTH, read_submission
from leadtrack.leads.words import clean

_DEEPEST: Final = 8
_BRACKET: Final = re.compile(r"\[([^\[\]]*)\]")
_PLAIN_NAME: Final = re.compile(r"[^\[\].]+(?:\[[^\[\]]*\])+")


def json_of(body: bytes) -> Any:
    """The JSON of a body with clean texts and every number as it was written; None where it is none.

    Ids of 20 digits, NaN and null bytes come through to no harm: nothing a database refuses is left.
    """
    try:
        value = json.loads(
            body.decode("utf-8-sig", "replace"),
            strict=False,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
        )
        return _cleaned(value)
    except (ValueError, RecursionError):
        return None


def object_of(body: bytes) -> dict[str, Any] | None:
    """The same, if it is a JSON object."""
    value = json_of(body)
    return value if isinstance(value, dict) else None


def fields_of(content_type: str, body: bytes) -> tuple[dict[str, str], str | None]:
    """The named texts of a JSON, form or plain body; and the body where they do not say all of it."""
    value = json_of(body) if body.lstrip()[:1] in (b"{", b"[") else None
    if value is not None:
        return flattened(value), None
    submission = read_submission(content_type, body)
    return {_dotted(name): text for name, text in submission.fields.items()}, submission.raw


def flattened(value: Any) -> dict[str, str]:
    """Nested names joined by dots, at most 200 of them: {"a": {"b": 1}} is {"a.b": "1"}."""
    pairs = islice(_pairs("", value, 0), MAX_FIELDS)
    return {name[:NAME_LENGTH]: text[:VALUE_LENGTH] for name, text in pairs if name}


def text_of(value: Any) -> str:
    """A scalar as text; "" for null and for anything nested."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _pairs(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            yield from _pairs(f"{name}.{key}" if name else key, inner, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        yield from _listed(name, value, depth)
    else:
        yield name or "text", _shown(value)


def _listed(name: str, items: list[Any], depth: int) -> Iterator[tuple[str, str]]:
    if all(not isinstance(item, dict | list) for item in items):
        # Several ticked boxes are one answer.
        yield name or "text", ", ".join(filter(None, map(text_of, items)))
        return
    for number, item in enumerate(items):
        if isinstance(item, dict) and isinstance(item.get("name"), str) and "value" in item:
            # [{"name": "phone", "value": …}] names its fields itself.
            yield from _pairs(f"{name}.{item['name']}" if name else item["name"], item["value"], depth + 1)
        else:
            yield from _pairs(f"{name}.{number}" if name else str(number), item, depth + 1)


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return text_of(value)


def _dotted(name: str) -> str:
    """PHP's fields[phone][value] is fields.phone.value; our own "name[2]" of a repeated field stays."""
    if not _PLAIN_NAME.fullmatch(name) or re.fullmatch(r"[^\[\]]+\[\d{1,3}\]", name):
        return name
    head = name.partition("[")[0]
    return ".".join([head, *(part for part in _BRACKET.findall(name) if part)])


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(str(name)): _cleaned(inner) for name, inner in value.items()}
    return value
