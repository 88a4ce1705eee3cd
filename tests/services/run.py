"""`make test-services`: every test on PostgreSQL, then the running whole on each broker, with things killed.

Addresses come from TEST_POSTGRES_URL, TEST_RABBITMQ_URL and TEST_REDIS_URL; the defaults are the usual ports
of this machine. README says how to start the three.
"""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.stack import POSTGRES  # noqa: E402


def main() -> int:
    """The exit code: that of the first part that failed."""
    database = urlunsplit(urlsplit(POSTGRES)._replace(path="/leadtrack"))
    on_postgres = {"DATABASE_URL": database, "CELERY_BROKER_URL": "memory://"}
    parts = [
        (["-n", "auto", "-m", "not e2e and not services and not wheel", "--create-db"], on_postgres),
        (["-m", "services", "-p", "no:randomly", "tests/services", "tests/faults"], {}),
    ]
    for arguments, environment in parts:
        command = [sys.executable, "-m", "pytest", *arguments, *sys.argv[1:]]
        print("\n==", " ".join(command[2:]), environment, flush=True)
        code = subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
