"""Elementor's "advanced data": each field an object with id, type, title and value. Pure."""

from typing import Any, Final

_TYPES: Final = {"email": "email", "tel": "phone"}
_FIELD, _META, _FORM = "fields.", "meta.", "form."


def unfolded(sent: dict[str, str]) -> dict[str, Any]:
    """Fields by id, with "_labels" and "_hints" beside them; the simple mode (label: text) stays as it is."""
    ids = {
        name.split(".")[1]
        for name in sent
        if name.startswith(_FIELD) and name.endswith((".value", ".raw_value"))
    }
    if not ids:
        return dict(sent)
    fields: dict[str, Any] = {key: _of(sent, _FIELD + key) for key in sorted(ids)}
    labels = {key: sent.get(f"{_FIELD}{key}.title") or key for key in ids}
    hints = {key: _TYPES.get(sent.get(f"{_FIELD}{key}.type", ""), "") for key in ids}
    about = {
        name.split(".")[1]: text
        for name, text in sent.items()
        if name.startswith(_META) and name.endswith(".value")
    }
    form = {f"form_{name.removeprefix(_FORM)}": text for name, text in sent.items() if name.startswith(_FORM)}
    known = {"_labels": labels, "_hints": {key: hint for key, hint in hints.items() if hint}}
    return about | form | fields | known


def _of(sent: dict[str, str], start: str) -> str:
    return sent.get(f"{start}.value") or sent.get(f"{start}.raw_value", "")
