"""Why a door sends a request away, in words, with the way to mend it."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Reason:
    """What was wrong, and what a person can do about it."""

    what: str | Promise
    fix: str | Promise
    # Whether the same request may well be taken once that is done.
    is_mendable: bool = False


REASONS: Final[dict[str, Reason]] = {
    "wrong_secret": Reason(
        _("The secret in it is not the one of this connection."),
        _("Copy the secret from the page of the connection to the vendor once more, then run it again."),
        is_mendable=True,
    ),
    "wrong_signature": Reason(
        _("It is not signed, or with another secret."),
        _("Compare the secret here with the one at the vendor (for Twilio: the auth token of the account)."),
        is_mendable=True,
    ),
    "no_secret": Reason(
        _("The connection has no secret yet, so nothing can be checked."),
        _("Put the secret into the connection, then run it again."),
        is_mendable=True,
    ),
    "no_handshake": Reason(
        _("VK asked for the confirmation string, and the connection has none."),
        _("Copy the string from the community's settings into the connection, then press “Confirm” at VK."),
    ),
    "wrong_handshake": Reason(
        _("The vendor's check of the address came with another verify token."),
        _("Copy the verify token from the page of the connection into the app's webhook settings."),
    ),
    "foreign_group": Reason(
        _("It comes from another VK community than the one of this connection."),
        _("Put the right number of the community into the connection, or make a second connection."),
        is_mendable=True,
    ),
    "unknown_address": Reason(
        _("There is no connection at this address (any more)."),
        _("Copy the address from the page “Connections” again, or take the connection into use again."),
        is_mendable=True,
    ),
    "unknown_form": Reason(
        _("There is no form with this key (any more)."),
        _("Copy the address from the page “Sites and forms” into the page that sends it."),
        is_mendable=True,
    ),
    "unknown_number": Reason(
        _("It went to a number that is not among the tracked numbers."),
        _("Add the number, or take our address out of its settings at the carrier."),
        is_mendable=True,
    ),
    "no_contact": Reason(
        _("The form was sent without a phone number or an e-mail address."),
        _("Let the form ask for one of them as a required field."),
    ),
    "no_id": Reason(
        _("The vendor's own number of the lead is missing, so a repetition could not be told."),
        _("Send it by the connection “Anything else”, which needs no number."),
    ),
    "not_json": Reason(
        _("The body is not the JSON that this vendor sends."), _("Check who sends to this address.")
    ),
    "empty": Reason(_("There was nothing in it."), _("Choose at the sender which fields to send along.")),
    "unreadable": Reason(_("It could not be read."), _("Check who sends to this address.")),
    "too_large": Reason(
        _("It was too large."), _("Let the sender leave out files, or raise LEADTRACK_DOOR_MAX_BYTES.")
    ),
    "no_length": Reason(
        _("It did not say how long it is."), _("Let the sender send a Content-Length, not chunks.")
    ),
    "method": Reason(_("It was sent by another method than POST."), _("Choose POST at the sender.")),
}


def words_of(reason: str) -> Reason:
    """The words for a code; a code unknown here stands for itself."""
    return REASONS.get(reason) or Reason(reason, "")
