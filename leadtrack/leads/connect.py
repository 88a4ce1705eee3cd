"""Connections to vendors: who knocks, what is taken in, new secrets and addresses."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from leadtrack.leads import inbox, unfinished
from leadtrack.leads.doors import google, meta, vk, webhook
from leadtrack.leads.knock import Heard, Knock
from leadtrack.leads.models import Connection, InboxRow, new_connection_key, new_secret
from leadtrack.leads.models.connection import GRACE

_Kind = Connection.Kind
_Hear = Callable[[Knock, Connection], Heard]
_OWN_DOORS: Final[dict[str, tuple[InboxRow.Door, _Hear]]] = {
    _Kind.GOOGLE: (InboxRow.Door.GOOGLE, google.hear),
    _Kind.META: (InboxRow.Door.META, meta.hear),
    _Kind.VK: (InboxRow.Door.VK, vk.hear),
}
# How far apart two notes of "heard from" are: not a write for each of a thousand leads.
_SEEN_EVERY: Final = timedelta(seconds=30)
# The secret of these is given by the vendor; the others take one of ours.
GIVEN_SECRET: Final = frozenset({_Kind.META})
# These cannot send a secret; their address is one, and a secret may be asked for on top.
ADDRESS_ONLY: Final = frozenset(
    {_Kind.TILDA, _Kind.CF7, _Kind.ELEMENTOR, _Kind.GRAVITY, _Kind.WPFORMS, _Kind.OTHER}
)


def door_of(kind: str) -> str:
    """The door of a kind of connection; "" for a word that is none."""
    if kind not in _Kind.values:
        return ""
    return _OWN_DOORS[kind][0] if kind in _OWN_DOORS else InboxRow.Door.WEBHOOK


def connection_for(kind: str, key: str) -> Connection | None:
    """The active connection of this kind with this key, or with this key until a day ago."""
    is_it = Q(key=key) | Q(old_key=key, old_until__gt=timezone.now())
    rows = Connection.objects.filter(is_it, kind=kind, is_active=True, site__is_active=True)
    return rows.select_related("site").first()


def take(connection: Connection, knock: Knock) -> tuple[Heard, list[InboxRow]]:
    """Check a request, store what it brought (all of it, committed) and have it worked.

    What was heard, and the rows of what arrived, also those that were there before: the same enquiry told
    twice is stored once. Raises RefusedError.
    """
    door, hear = _OWN_DOORS.get(connection.kind, (InboxRow.Door.WEBHOOK, webhook.hear))
    heard, rows = hear(knock, connection), []
    with transaction.atomic():
        for arrival in heard.arrivals:
            row, is_new = inbox.accept_arrival(
                connection=connection, door=door, key=arrival.key, payload=arrival.payload, at=knock.at
            )
            rows.append(row)
            if is_new:
                inbox.wake(row)
        _see(connection, timezone.now())
    return heard, rows


def add_connection(connection: Connection) -> Connection:
    """Save a new connection with the secrets that its vendor takes from us."""
    if connection.kind == _Kind.META:
        connection.handshake = new_secret()
    elif connection.kind not in ADDRESS_ONLY:
        connection.secret = new_secret()
    connection.save()
    return connection


def rotate_secret(connection: Connection) -> None:
    """A new secret; for a day the one before it is taken, too. Where there was none, one is asked for now."""
    _replace(connection, secret=new_secret(), old_secret=connection.secret)


def rotate_address(connection: Connection) -> None:
    """A new address; for a day the one before it is answered, too."""
    _replace(connection, key=new_connection_key(), old_key=connection.key)


def drop_secret(connection: Connection) -> None:
    """Ask for no secret any more where the address is one."""
    if connection.kind in ADDRESS_ONLY:
        _replace(connection, secret="", old_secret="")


def run_waiting(connection: Connection) -> int:
    """Work again what waits for a person: after a new token, a new mapping. The number of rows."""
    waiting = unfinished.ids_of_connection(connection.pk)
    return inbox.run_again(InboxRow.objects.filter(pk__in=waiting))


def _replace(connection: Connection, **fields: str) -> None:
    """The grace that begins now is not for what was replaced before: that would be taken once more."""
    now = timezone.now()
    is_over = connection.old_until is None or connection.old_until <= now
    gone: dict[str, str | None] = {"old_key": None, "old_secret": ""} if is_over else {}
    changes = gone | fields
    for name, value in changes.items():
        setattr(connection, name, value)
    connection.old_until = now + GRACE
    connection.save(update_fields=[*changes, "old_until"])


def _see(connection: Connection, now: datetime) -> None:
    if connection.last_seen_at is None or now - connection.last_seen_at > _SEEN_EVERY:
        Connection.objects.filter(pk=connection.pk).update(last_seen_at=now)
