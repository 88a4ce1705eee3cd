"""Why a row or a file was not taken, in words. Stored as code and figures, worded for whoever reads it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: Final[dict[str, str | Promise]] = {
    # a row
    "cells": _("The row has %(found)s cells, the header has %(expected)s."),
    "broken_quotes": _("A quotation mark is not closed, or something follows a closed one."),
    "too_long": _("The row is too long to be read."),
    "unreachable": _("There is no phone and no e-mail: nobody could be reached."),
    "phone_unreadable": _("“%(value)s” is not a phone number."),
    "phone_rounded": _("A spreadsheet has rounded the phone to “%(value)s”: format the column as text."),
    "email_unreadable": _("“%(value)s” is not an e-mail address."),
    "date_unreadable": _("“%(value)s” is not a date."),
    "date_ambiguous": _(
        "“%(value)s” may be day/month or month/day, and no other row of the file tells which."
    ),
    "date_unlikely": _("“%(value)s” is not between the years 2000 and 2100."),
    "date_future": _("“%(value)s” is in the future."),
    "failed": _("It could not be made a lead; an administrator sees it on the page of failed work."),
    # a file
    "empty": _("The file is empty."),
    "old_excel": _("This is not a table that we can read. Save it as XLSX or CSV."),
    "xlsx_broken": _("The spreadsheet cannot be read. Save it anew as XLSX or CSV."),
    "not_xlsx": _("This is no XLSX spreadsheet. Save it as XLSX or CSV."),
    "too_large_unpacked": _(
        "The spreadsheet is too large inside. Save the sheet with the leads alone, as CSV."
    ),
    "too_many_columns": _("The file has more than %(most)s columns."),
    "too_many_rows": _("The file has more than %(most)s rows. Load it in parts."),
    "no_header": _("The first 30 lines hold neither names of columns nor a phone or an e-mail."),
    "no_rows": _("The file has a header but no rows."),
    "file_missing": _("The stored file is gone."),
    "crashed": _(
        "It broke off %(attempts)s times (%(error)s). Load the file again, or ask an administrator."
    ),
}


def reason_text(code: str, params: Mapping[str, Any]) -> str:
    """The reason in the active language. A code from another version prints as it is."""
    text = TEXTS.get(code)
    return code if text is None else str(text) % defaultdict(lambda: "?", params)


def problem_text(stored: Mapping[str, Any]) -> str:
    """A stored problem in the active language."""
    return reason_text(str(stored.get("code", "")), stored.get("params") or {})
