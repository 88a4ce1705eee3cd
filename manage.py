#!/usr/bin/env python
"""LeadTrack's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadtrack.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            "Django is not installed here: run `make setup`, then use .venv/bin/python."
        ) from error
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        # A setting is missing or unsafe: its name helps whoever starts us, fifty lines of traceback do not.
        if "--traceback" in sys.argv:
            raise
        raise SystemExit(f"LeadTrack does not start: {problem}") from None


if __name__ == "__main__":
    main()
