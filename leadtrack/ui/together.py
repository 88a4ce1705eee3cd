"""A row stored together with the rows that point to it, past what the ORM does around each.

For rows that thousands of enquiries a day bring with them. No signals are sent and no `save` is called:
whoever stores this way fills in every field that `save` would.
"""

from collections.abc import Sequence
from functools import cache
from itertools import chain, groupby
from typing import Any

from django.db import connection
from django.db.models import Model

from leadtrack.ui.prepared import change, one_row

_Shape = tuple[tuple[type[Model], int], ...]


def store_together(
    head: Model, others: Sequence[Model] = (), *, by: str = "", unless_taken: bool = False
) -> bool:
    """Insert a row, and others that point to it by their column `by` (or not at all); whether all are stored.

    On PostgreSQL in one statement. Call it in a transaction. With `unless_taken` those of the others whose
    unique key is taken are left out, else that is an IntegrityError. `head` has its id afterwards, the others
    have none: read them again.
    """
    shape = tuple((model, len(list(rows))) for model, rows in groupby(others, type))
    if connection.vendor == "postgresql":
        stored = _at_once(head, others, shape, by, unless_taken)
    else:
        stored = _in_turn(head, others, shape, by, unless_taken)
    head._state.adding, head._state.db = False, connection.alias
    return stored == len(others)


def _at_once(head: Model, others: Sequence[Model], shape: _Shape, by: str, unless_taken: bool) -> int:
    values = [*_values(head, ""), *chain.from_iterable(_values(row, by) for row in others)]
    head.pk, stored = one_row(_statement(type(head), shape, by, unless_taken), values) or (None, 0)
    return int(stored)


def _in_turn(head: Model, others: Sequence[Model], shape: _Shape, by: str, unless_taken: bool) -> int:
    (head.pk,) = one_row(_head(type(head)), _values(head, "")) or (None,)
    stored, rest = 0, list(others)
    for model, count in shape:
        rows, rest = rest[:count], rest[count:]
        ahead = [head.pk] if _points(model, by) else []
        values = chain.from_iterable((*ahead, *_values(row, by)) for row in rows)
        stored += change(_insert(model, count, by, "%s", unless_taken), list(values))
    return stored


@cache
def _statement(head: type[Model], shape: _Shape, by: str, unless_taken: bool) -> str:
    parts = [f"head AS ({_head(head)})"]
    for place, (model, count) in enumerate(shape):
        insert = _insert(model, count, by, "(SELECT id FROM head)", unless_taken)
        parts.append(f"part{place} AS ({insert} RETURNING 1)")
    counts = [f"(SELECT count(*) FROM part{place})" for place in range(len(shape))]  # noqa: S608
    return f"WITH {', '.join(parts)} SELECT id, {' + '.join(counts) or '0'} FROM head"  # noqa: S608


@cache
def _head(model: type[Model]) -> str:
    return f"{_insert(model, 1, '', '', False)} RETURNING {_quoted(model._meta.pk)} AS id"


@cache
def _insert(model: type[Model], count: int, by: str, pointer: str, unless_taken: bool) -> str:
    """Names of our own tables and columns are put in; what people send is bound."""
    columns, holes = _columns(model, by), ["%s"] * len(_columns(model, by))
    if _points(model, by):
        columns, holes = [model._meta.get_field(by), *columns], [pointer, *holes]
    names = ", ".join(_quoted(column) for column in columns)
    rows = ", ".join([f"({', '.join(holes)})"] * count)
    otherwise = " ON CONFLICT DO NOTHING" if unless_taken else ""
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES {rows}{otherwise}'  # noqa: S608


@cache
def _columns(model: type[Model], by: str) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key and field.name != by]


@cache
def _points(model: type[Model], by: str) -> bool:
    return any(field.name == by for field in model._meta.concrete_fields)


def _values(row: Model, by: str) -> list[Any]:
    columns = _columns(type(row), by)
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in columns]


def _quoted(field: Any) -> str:
    return f'"{field.column}"'
