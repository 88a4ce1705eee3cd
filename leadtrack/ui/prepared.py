"""The few statements that run thousands of times a minute, past everything that Django puts around one.

On PostgreSQL they are prepared once per connection: reading and planning a statement anew costs the
database more than running it. All else asks the ORM.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import Cursor

Values = Sequence[Any] | Mapping[str, Any]


def one_row(sql: str, values: Values) -> tuple[Any, ...] | None:
    """Run a statement; its first row, or None. Raises Django's database errors.

    For statements that give back columns (a SELECT, or RETURNING); values are bound by the database.
    """
    if connection.vendor != "postgresql" or connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row
    return _one_row_of_postgresql(sql, values)


def all_rows(sql: str, values: Values) -> list[tuple[Any, ...]]:
    """Run a statement; all its rows. As `one_row` in all else."""
    if connection.vendor != "postgresql" or connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        return cursor.execute(sql, values, prepare=True).fetchall()


def _one_row_of_postgresql(sql: str, values: Values) -> tuple[Any, ...] | None:
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        row: tuple[Any, ...] | None = cursor.execute(sql, values, prepare=True).fetchone()
        return row
