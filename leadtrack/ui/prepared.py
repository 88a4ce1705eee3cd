"""The few statements that run thousands of times a minute, past everything that Django puts around one.

On PostgreSQL they are prepared once per connection: reading and planning a statement anew costs the
database more than running it. All else asks the ORM.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter, methodcaller
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from psycopg import Cursor

Row = tuple[Any, ...]
Values = Sequence[Any] | Mapping[str, Any]
M = TypeVar("M", bound=Model)

_first = methodcaller("fetchone")
_all = methodcaller("fetchall")
_count = attrgetter("rowcount")


def one_row(sql: str, values: Values) -> Row | None:
    """Run a statement; its first row, or None. Raises Django's database errors.

    For statements that give back columns (a SELECT, or RETURNING); values are bound by the database.
    """
    row: Row | None = _run(sql, values, _first)
    return row


def all_rows(sql: str, values: Values) -> list[Row]:
    """Run a statement; all its rows. Otherwise as `one_row`."""
    rows: list[Row] = _run(sql, values, _all)
    return rows


def change(sql: str, values: Values) -> int:
    """Run a statement that gives back nothing; the number of rows it changed. Otherwise as `one_row`."""
    count: int = _run(sql, values, _count)
    return count


@cache
def columns_of(model: type[Model], table: str = "") -> str:
    """The columns of a model for SELECT or RETURNING, in the order that `read` wants; `table` is an alias."""
    ahead = f"{table}." if table else ""
    return ", ".join(f'{ahead}"{field.column}"' for field in model._meta.concrete_fields)


def read(model: type[M], row: Sequence[Any]) -> M:
    """An object from a row of the model's columns (`columns_of`) and nothing else."""
    names, converters = _reading(model, connection.vendor)
    values = list(row)
    for place, convert, column in converters:
        values[place] = convert(values[place], column, connection)
    found: M = model.from_db(connection.alias, names, values)
    return found


def _run(sql: str, values: Values, fetch: Callable[[Any], Any]) -> Any:
    if connection.vendor != "postgresql" or connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return fetch(cursor)
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, Cursor(connection.connection) as quick:
        return fetch(quick.execute(sql, values, prepare=True))


@cache
def _reading(model: type[Model], _vendor: str) -> tuple[list[str], list[tuple[int, Any, Any]]]:
    """The model's columns, and for those that the database tells otherwise: place, converter, column."""
    fields = list(model._meta.concrete_fields)
    columns = [field.get_col(model._meta.db_table) for field in fields]
    converters = [
        (place, convert, column)
        for place, (field, column) in enumerate(zip(fields, columns, strict=True))
        for convert in (*connection.ops.get_db_converters(column), *field.get_db_converters(connection))
    ]
    return [field.attname for field in fields], converters
