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
    "date_missing": _("The date is missing."),
    "date_unreadable": _("“%(value)s” is not a date."),
    "date_ambiguous": _(
        "“%(value)s” may be day/month or month/day, and no other row of the file tells which."
    ),
    "date_unlikely": _("“%(value)s” is not between the years 2000 and 2100."),
    "period_reversed": _("The period ends before it begins."),
    "period_too_long": _("The period is longer than ten years."),
    "cost_missing": _("The cost is missing."),
    "number_unreadable": _("“%(value)s” in column “%(column)s” is not a number."),
    "number_too_big": _("“%(value)s” in column “%(column)s” is too big to be true."),
    "count_unreadable": _("“%(value)s” in column “%(column)s” is not a count."),
    "currency_missing": _(
        "The currency is missing: neither the row, the header, the load nor the account names one."
    ),
    "currency_unknown": _("“%(value)s” is not a currency code."),
    "id_damaged": _(
        "“%(value)s” in column “%(column)s” is an id that a spreadsheet has rounded: export the file again."
    ),
    "id_too_long": _("The id in column “%(column)s” is longer than %(longest)s characters."),
    "nothing_named": _("The row names no source and no campaign."),
    # a file
    "empty": _("The file is empty."),
    "no_header": _("No header was found: the first 30 lines hold no two column names that we know."),
    "no_cost_column": _("The file has no column with the cost."),
    "no_date_column": _(
        "The file has no column with the day, and names no period. Add the column “Day” to the report."
    ),
    "no_name_column": _("The file has no column with the source or the campaign."),
    "no_rows": _("The file has a header but no rows."),
    "nothing_accepted": _("No row of the file could be taken."),
    "unknown_format": _("“%(value)s” is not a format that we know."),
    "too_many_days": _("The file spreads over too many days: more than %(most)s amounts. Load it in parts."),
    "file_missing": _("The stored file is gone."),
    "crashed": _(
        "Loading broke off %(attempts)s times (%(error)s). Load the file again, or ask an administrator."
    ),
    # warnings
    "spread_evenly": _("The report has no column “Day”: its costs were spread evenly over its days."),
    "vat_included": _(
        "The costs include VAT that the file does not show apart: they are booked as they are."
    ),
    "other_level": _(
        "On these days the account also has costs of another report (level: %(levels)s): both are counted."
    ),
    "rejected_cut": _("Only the first %(shown)s rejected rows are listed."),
}


def reason_text(code: str, params: Mapping[str, Any]) -> str:
    """The reason in the active language. A code from an older version prints as it is."""
    text = TEXTS.get(code)
    if text is None:
        return code
    return str(text) % _worded(params)


def _worded(params: Mapping[str, Any]) -> dict[str, Any]:
    """The figures ready to be put into words; one that an older version did not store is a question mark."""
    worded = {
        name: ", ".join(map(str, one)) if isinstance(one, list) else one for name, one in params.items()
    }
    return defaultdict(lambda: "?", worded)
