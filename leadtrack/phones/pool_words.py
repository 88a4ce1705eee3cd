"""A pool said in one sentence, as one would say it to a colleague."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from phonenumber_field.phonenumber import to_python

from leadtrack.phones.models import Pool


def pool_words(pool: Pool, numbers: int) -> str:
    """ "Visitors from Paid Search see one of 5 numbers in place of +7 800 …"; it has `numbers`."""
    what = ngettext("%(count)d number", "one of %(count)d numbers", numbers) % {"count": numbers}
    parts = {"who": _who(pool), "what": what, "place": _place(pool)}
    if not numbers:
        return _("%(who)s would see one of its numbers in place of %(place)s, but it has none yet.") % parts
    return _("%(who)s see %(what)s in place of %(place)s.") % parts


def _who(pool: Pool) -> str:
    parts = {"from": ", ".join([*pool.channels, *pool.sources]), "landing": pool.landing}
    if parts["from"] and pool.landing:
        return _("Visitors from %(from)s who began on %(landing)s") % parts
    if parts["from"]:
        return _("Visitors from %(from)s") % parts
    if pool.landing:
        return _("Visitors who began on %(landing)s") % parts
    return _("All visitors")


def _place(pool: Pool) -> str:
    phones = (to_python(text) for text in pool.replaces)
    written = ", ".join(phone.as_international for phone in phones if phone)
    return written or _("the number of the page")
