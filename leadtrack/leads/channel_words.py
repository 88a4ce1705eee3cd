"""By which rule a lead has its channel, as its receipt tells it to a person."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from leadtrack.sources.models import ChannelRule
from leadtrack.sources.rulebook import RULE_PREFIX

_TEXTS: Final = {
    "": gettext_noop("The channel is “%(channel)s”."),
    "chosen": gettext_noop("The channel “%(channel)s” is that of the source that was chosen."),
    "said": gettext_noop("The channel “%(channel)s” was named outright."),
    "assignment": gettext_noop("The channel “%(channel)s” is that of the number's source."),
    "ga4": gettext_noop("The channel is “%(channel)s”, by the rules of Google Analytics."),
    "lt": gettext_noop(
        "The channel is “%(channel)s”, by LeadTrack's additions to the rules of Google Analytics."
    ),
    "own": gettext_noop("The channel is “%(channel)s”, by your own rule “%(rule)s”."),
}
_OTHER: Final = gettext_noop("The channel is “%(channel)s”, by the rule “%(rule)s”.")


def channel_text(channel: str, rule: str) -> str:
    """One sentence; `rule` is the rule's code as the receipt keeps it. Asks the database for an own rule."""
    code, plus, _click = rule.partition("+")
    family = code.partition(":")[0]
    words = {"channel": channel, "rule": _own_name(code) if family == "own" else code}
    text = _(_TEXTS.get(family, _OTHER)) % words
    return f"{text} {_('A click id says that the click was paid for.')}" if plus else text


def _own_name(rule: str) -> str:
    """Its name as it is now; a rule that was removed still has one."""
    number = rule.removeprefix(RULE_PREFIX)
    row = ChannelRule.objects.filter(pk=int(number)).first() if number.isdecimal() else None
    return row.name if row else rule
