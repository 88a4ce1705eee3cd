"""Inbox rows that still want something: a few among millions, found by the partial indexes made for them.

The states stand in the SQL as they stand in the indexes: SQLite finds no partial index by a bound value.
"""

from collections import Counter
from typing import Final

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from leadtrack.leads.models import InboxRow

_TABLE: Final = InboxRow._meta.db_table


def to_be_worked() -> QuerySet[InboxRow]:
    """Rows that a worker has or will have."""
    return InboxRow.objects.filter(_sql("IN ('new', 'working')"))


def failed() -> QuerySet[InboxRow]:
    """Rows that were given up."""
    return InboxRow.objects.filter(_sql("= 'failed'"))


def held() -> QuerySet[InboxRow]:
    """Rows of which somebody must say which field is what."""
    return InboxRow.objects.filter(_sql("= 'held'"))


def count_by_connection(rows: QuerySet[InboxRow]) -> Counter[int | None]:
    """How many of `failed` or `held` came by each connection."""
    # Not grouped by the database, which would begin with the connections and walk through all they brought.
    return Counter(rows.order_by().values_list("connection", flat=True))


def ids_of_connection(connection_id: int) -> list[int]:
    """The rows of a connection that wait for a person."""
    told = [*failed().values_list("pk", "connection"), *held().values_list("pk", "connection")]
    return [pk for pk, connection in told if connection == connection_id]


def _sql(is_in: str) -> RawSQL:
    return RawSQL(f"{_TABLE}.state {is_in}", (), output_field=BooleanField())  # noqa: S611 (texts of ours)
