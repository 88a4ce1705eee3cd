"""What was wrong with a row of a list of calls, in words."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_WORDS: Final[dict[str, str | Promise]] = {
    "not_our_number": _("The called number is none of this site's tracked numbers."),
    "number_unreadable": _("The called number cannot be read."),
    "caller_unreadable": _("The caller's number cannot be read."),
    "time_missing": _("The row names a day, but no time."),
    "date_unreadable": _("The date or the time cannot be read."),
    "date_ambiguous": _("It is not clear which is the day and which the month."),
    "date_unlikely": _("The year is unlikely."),
    "in_the_future": _("The call would be in the future."),
    "duration_unreadable": _("The duration cannot be read; write seconds, or minutes:seconds."),
    "answered_unreadable": _("Whether it was answered cannot be read; write yes or no."),
    "broken_quotes": _("The quotes of the row are broken."),
    "too_long": _("The row is too long."),
}


def words_of(code: str) -> str:
    """One sentence; a code of a later version is shown as it is."""
    return str(_WORDS.get(code, code))
