"""`python -m leadtrack.ui.dotenv`: write .env for a development machine, unless there is one already."""

import base64
import os
import secrets
from pathlib import Path

ENV_FILE = Path(__file__).resolve().parents[2] / ".env"


def main() -> None:
    """Fresh secrets each time, so that no two installations share one. An existing file is never touched."""
    try:
        descriptor = os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    field_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    with os.fdopen(descriptor, "w") as file:
        file.write(
            "# Made by `make setup` for this machine; README lists every variable.\n"
            "LEADTRACK_ENV=development\n"
            f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
            f"LEADTRACK_FIELD_KEYS={field_key}\n"
        )


if __name__ == "__main__":
    main()
