"""The database, SQLite or PostgreSQL: nothing acknowledged is lost, and nobody waits long."""

from typing import Any


def database_for(address: dict[str, Any], *, pool_size: int, prepares: bool) -> dict[str, Any]:
    """Django's settings of the database at this address (as read from DATABASE_URL).

    On PostgreSQL: at most `pool_size` connections in each process; `prepares`: whether busy statements are
    prepared; what the address itself says goes first.
    """
    if address["ENGINE"].endswith("sqlite3"):
        return address | _sqlite()
    return address | {"OPTIONS": _postgresql(pool_size, prepares) | address.get("OPTIONS", {})}


def _sqlite() -> dict[str, Any]:
    """Web and worker write at once: WAL lets readers go on, IMMEDIATE queues writers instead of failing them
    half-way, FULL makes a 2xx survive a power cut. Our ENGINE has them stand in line.
    """
    return {
        "ENGINE": "leadtrack.ui.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                " PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;"
            ),
        },
    }


def _postgresql(pool_size: int, prepares: bool) -> dict[str, Any]:
    return {
        # A new connection per request would be 4 to 6 times slower.
        "pool": {
            "min_size": 1,
            "max_size": pool_size,
            "timeout": 3,
            # By default the pool looks less and less often, in the end every two minutes, and after an
            # outage nobody is served until then. When it gives up, whoever asks next makes it look at once.
            "reconnect_timeout": 4,
        },
        # The few statements of ui/prepared.py; off behind a PgBouncer older than 1.21.
        "prepare_threshold": 5 if prepares else None,
        # A server that vanished without a word is noticed in seconds; libpq would wait for minutes.
        "connect_timeout": 3,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
    }
