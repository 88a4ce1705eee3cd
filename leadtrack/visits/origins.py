"""Which pages of the world may call the doors: the rows of SiteOrigin, asked by django-cors-headers."""

import re
from typing import Any, Final

from django.http import HttpRequest

from leadtrack.visits.sites import listed_origins, normal_origin

# The end of the path: LeadTrack may be mounted below a prefix.
_DOOR: Final = re.compile(r"/api/v1/(?:forms/|visits/?$)")


def allow_listed(sender: object, request: HttpRequest, **kwargs: Any) -> bool:
    """Receiver of corsheaders.signals.check_request_enabled: yes for a listed origin at a door."""
    origin = request.headers.get("Origin", "")
    return bool(origin and _DOOR.search(request.path_info)) and normal_origin(origin) in listed_origins()
