from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning

from leadtrack.ui.assets.install import STAMP, is_fresh


def assets_are_installed(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """System check: the pages look broken without static/vendor, so say what to run."""
    if is_fresh():
        return []
    state = "stale" if STAMP.is_file() else "missing"
    hint = "Run `make setup` (or `python manage.py install_assets`)."
    return [Warning(f"The front-end assets are {state}.", hint=hint, id="leadtrack_ui.W001")]
