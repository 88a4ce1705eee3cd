"""Typeform's answers as named texts: each under its field's reference, with question and type. Pure."""

from typing import Any, Final

_TYPES: Final = {"email": "email", "phone_number": "phone"}
_PARTS: Final = ("text", "email", "phone_number", "number", "boolean", "date", "url", "file_url")
_ANSWER: Final = "form_response.answers."
_FIELD: Final = "form_response.definition.fields."
_HIDDEN: Final = "form_response.hidden."
_KEPT: Final = ("event_id", "form_response.form_id", "form_response.token", "form_response.submitted_at")


def unfolded(sent: dict[str, str]) -> dict[str, Any]:
    """Fields from a flattened form_response, with "_labels" and "_hints" beside them; other shapes stay."""
    numbers = sorted({_number(name, _ANSWER) for name in sent if name.startswith(_ANSWER)}, key=int)
    if not numbers and not any(name.startswith(_HIDDEN) for name in sent):
        return dict(sent)
    questions = _questions(sent)
    fields: dict[str, Any] = {name.rpartition(".")[2]: sent[name] for name in _KEPT if sent.get(name)}
    labels: dict[str, str] = {}
    hints: dict[str, str] = {}
    for number in numbers:
        start = f"{_ANSWER}{number}."
        key = sent.get(f"{start}field.ref") or sent.get(f"{start}field.id") or f"answer{number}"
        fields[key] = _answer(sent, start)
        labels[key] = questions.get(sent.get(f"{start}field.id", ""), key)
        hints[key] = _TYPES.get(sent.get(f"{start}type", ""), "")
    hidden = {name.removeprefix(_HIDDEN): text for name, text in sent.items() if name.startswith(_HIDDEN)}
    return fields | hidden | {"_labels": labels, "_hints": {key: hint for key, hint in hints.items() if hint}}


def _answer(sent: dict[str, str], start: str) -> str:
    whole = (sent.get(start + part, "") for part in _PARTS)
    nested = (sent.get(start + part, "") for part in ("choice.label", "choice.other", "choices.labels"))
    payment = (sent.get(start + part, "") for part in ("payment.amount", "payment.name"))
    return next(filter(None, (*whole, *nested, *payment)), "")


def _questions(sent: dict[str, str]) -> dict[str, str]:
    numbers = {_number(name, _FIELD) for name in sent if name.startswith(_FIELD)}
    pairs = (
        (sent.get(f"{_FIELD}{number}.id", ""), sent.get(f"{_FIELD}{number}.title", "")) for number in numbers
    )
    return {field: title for field, title in pairs if field and title}


def _number(name: str, start: str) -> str:
    number = name.removeprefix(start).partition(".")[0]
    return number if number.isdecimal() else "0"
