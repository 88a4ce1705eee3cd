"""Kinds of advertising that only a phone number can tell of, as a person names them. Pure."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class OfflineKind:
    """What people see, and the marker it stands for."""

    key: str
    label: str | Promise
    channel: str
    source: str
    medium: str


OTHER: Final = "other"

KINDS: Final = (
    OfflineKind("billboard", _("Billboard"), "Offline", "billboard", "outdoor"),
    OfflineKind("leaflet", _("Leaflet"), "Offline", "leaflet", "print"),
    OfflineKind("maps", _("Maps card"), "Maps", "maps", "maps"),
    OfflineKind("newspaper", _("Newspaper or magazine"), "Offline", "newspaper", "print"),
    OfflineKind("radio", _("Radio"), "Offline", "radio", "radio"),
    OfflineKind("tv", _("Television"), "Offline", "tv", "tv"),
    OfflineKind("vehicle", _("Vehicle"), "Offline", "vehicle", "outdoor"),
    OfflineKind("sign", _("Shop sign or window"), "Offline", "sign", "outdoor"),
    OfflineKind("card", _("Business card"), "Offline", "business card", "print"),
    OfflineKind("exhibition", _("Exhibition"), "Offline", "exhibition", "exhibition"),
)

_BY_KEY: Final = {kind.key: kind for kind in KINDS}


def kind_of(key: str) -> OfflineKind | None:
    """The kind with this key; None for OTHER and for what we do not know."""
    return _BY_KEY.get(key)
