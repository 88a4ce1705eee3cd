"""The nouns of an import. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadtrack.lib.hashing import key_of

_ID_LENGTH = 100


class UnreadableFileError(Exception):
    """A file that cannot be read at all; a code of `reasons` with its figures."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row: a code of `reasons`, the column's name ("" for the whole row), figures."""

    code: str
    column: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """For a JSON column."""
        return {"code": self.code, "column": self.column, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Understood:
    """An enquiry as a row tells it. `at` is its moment (UTC); None where the file names none."""

    name: str = ""
    phone: str = ""
    email: str = ""
    message: str = ""
    at: datetime | None = None
    external_id: str = ""
    channel: str = ""
    page_url: str = ""
    referrer: str = ""
    # UTM tags and click ids by their names in an address.
    tags: Mapping[str, str] = field(default_factory=dict)
    # Columns without a meaning of ours, and values that could not be read: nothing is lost.
    kept: Mapping[str, str] = field(default_factory=dict)

    def key(self, site_id: int) -> str:
        """What makes this row the same row in any file of the site: its own id, else all that it says."""
        if self.external_id:
            told = self.external_id
            return f"import:{site_id}:id:{told if len(told) <= _ID_LENGTH else key_of([told])}"
        return self.row_key(site_id)

    def row_key(self, site_id: int) -> str:
        """The same by all that it says."""
        said = [self.name.casefold(), self.phone, self.email, self.message, self.channel, self.page_url]
        said += [self.referrer, self.at.isoformat() if self.at else ""]
        said += ["id", self.external_id] if self.external_id else []
        pairs = sorted({**self.kept, **self.tags}.items())
        return f"import:{site_id}:row:{key_of([*said, *(part for pair in pairs for part in pair)])}"

    def payload(self) -> dict[str, Any]:
        """What an inbox row keeps of it; `understood_of` reads it back."""
        names = ("name", "phone", "email", "message", "external_id", "channel", "page_url", "referrer")
        told: dict[str, Any] = {name: value for name in names if (value := getattr(self, name))}
        return told | {"tags": dict(self.tags), "kept": dict(self.kept)}


def understood_of(payload: Mapping[str, Any], at: datetime) -> Understood:
    """The enquiry in a stored payload, with its moment."""
    names = Understood.__dataclass_fields__.keys() - {"at"}
    return Understood(at=at, **{name: payload[name] for name in names if name in payload})
