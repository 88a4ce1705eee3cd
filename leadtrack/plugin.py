"""What a Django project adds to its own settings to carry LeadTrack inside it.

INSTALLED_APPS = [..., *leadtrack.plugin.APPS]
TEMPLATES[0]["DIRS"] += [leadtrack.plugin.TEMPLATES]
urlpatterns = [..., path("leadtrack/", include("leadtrack.urls"))]
"""

from pathlib import Path
from typing import Final

ROOMS: Final = (
    "leadtrack.ui",
    "leadtrack.accounts",
    "leadtrack.sources",
    "leadtrack.visits",
    "leadtrack.phones",
    "leadtrack.leads",
    "leadtrack.deals",
    "leadtrack.spend",
    "leadtrack.ledger",
    "leadtrack.feedback",
    "leadtrack.reports",
)

# The libraries whose templates, models or commands the rooms use.
LIBRARIES: Final = (
    "auditlog",
    "django_htmx",
    "phonenumber_field",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
)

APPS: Final = LIBRARIES + ROOMS


def _templates() -> Path:
    """The template folder: beside the package in a checkout, inside it in an installed wheel."""
    inside = Path(__file__).parent / "templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "templates"


TEMPLATES: Final = _templates()
