"""Pages by key, not by offset: page 1000 of a list costs what page 1 costs, and new rows shift nothing."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet

_ModelT = TypeVar("_ModelT", bound=Model)


@dataclass(frozen=True)
class Page(Generic[_ModelT]):
    """Some rows, and the cursor that leads to the following ones (None at the end)."""

    rows: list[_ModelT]
    next_cursor: str | None

    def __bool__(self) -> bool:
        return bool(self.rows)


def page_after(queryset: QuerySet[_ModelT], *, order: str, cursor: str | None, size: int) -> Page[_ModelT]:
    """The `size` rows after the cursor, ordered by one indexed, never empty column ("-": descending).

    Rows with equal values are told apart by their primary key, in the same direction: index (column, id).
    A cursor that is broken, forged, or was made for another order gives the first page.
    """
    field, sign = order.lstrip("-"), "-" if order.startswith("-") else ""
    keys = [field] if field in ("pk", "id") else [field, "pk"]
    rows = queryset.order_by(*(sign + key for key in keys))
    after = _read(queryset, keys, order, cursor)
    if after is not None:
        rows = rows.filter(_beyond(keys, after, "lt" if sign else "gt"))
    found = list(rows[: size + 1])
    has_more = len(found) > size
    return Page(found[:size], _write(found[size - 1], keys, order) if has_more else None)


def _beyond(keys: list[str], after: list[object], way: str) -> Q:
    first, *rest = keys
    if not rest:
        return Q(**{f"{first}__{way}": after[0]})
    # "a <= x and (a < x or id < y)" lets the database walk the index; "a < x or (a = x and id < y)" does not.
    beyond = Q(**{f"{first}__{way}": after[0]}) | Q(**{f"{rest[0]}__{way}": after[1]})
    return Q(**{f"{first}__{way}e": after[0]}) & beyond


def _signer(order: str) -> signing.Signer:
    return signing.Signer(salt=f"leadtrack.paging:{order}")


def _write(row: Model, keys: list[str], order: str) -> str:
    values = [_field(type(row), key).value_to_string(row) for key in keys]
    return _signer(order).sign_object(values)


def _read(
    queryset: QuerySet[_ModelT], keys: list[str], order: str, cursor: str | None
) -> list[object] | None:
    if not cursor:
        return None
    try:
        texts = _signer(order).unsign_object(cursor)
        return [_field(queryset.model, key).to_python(text) for key, text in zip(keys, texts, strict=True)]
    except (signing.BadSignature, ValidationError, TypeError, ValueError):
        return None


def _field(model: type[Model], key: str) -> "Field[Any, Any]":
    field = model._meta.pk if key == "pk" else model._meta.get_field(key)
    if not isinstance(field, Field):
        raise TypeError(f"{model.__name__} cannot be paged by {key}")
    return field
