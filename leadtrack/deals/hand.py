"""The form by which a colleague types in a lead."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import forms as django_forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leadtrack.accounts import roles
from leadtrack.accounts.models import Member
from leadtrack.leads.models import IN_TURN
from leadtrack.leads.reach import email_of, phone_of
from leadtrack.sources.channel import channels
from leadtrack.sources.find import assignable_sources
from leadtrack.sources.models import Source
from leadtrack.ui import forms
from leadtrack.visits.models import Site

ME, TURN, NOBODY = "me", "turn", "nobody"
_FIRST_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
# A clock that is a little fast.
_AHEAD: Final = timedelta(minutes=10)


class HandForm(forms.Form):
    """Who asked, what for, how they found us. A phone or an e-mail is all that is needed."""

    phone = django_forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=60,
        widget=django_forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "autofocus": True}),
    )
    name = django_forms.CharField(label=_("Name"), required=False, max_length=200)
    email = django_forms.CharField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=django_forms.TextInput(attrs={"type": "email", "autocomplete": "off"}),
    )
    message = django_forms.CharField(
        label=_("What do they want?"),
        required=False,
        max_length=5000,
        widget=django_forms.Textarea(attrs={"rows": 2}),
    )
    source = django_forms.ModelChoiceField(
        Source.objects.none(),
        required=False,
        label=_("How did they find us?"),
        widget=django_forms.RadioSelect,
    )
    words = django_forms.CharField(
        label=_("In words"),
        required=False,
        max_length=200,
        help_text=_("For example: a friend, the fair in May"),
    )
    channel = django_forms.ChoiceField(label=_("Channel"), required=False)
    site = django_forms.ModelChoiceField(Site.objects.none(), label=_("Site"), empty_label=None)
    asked_at = django_forms.DateTimeField(
        label=_("When"),
        required=False,
        help_text=_("Empty: now. On the clock of the site."),
        widget=django_forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    owner = django_forms.ChoiceField(label=_("Who works it"), initial=ME)
    key = django_forms.CharField(widget=django_forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, member: Member, found: Sequence[Source], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._of("site").queryset = Site.objects.filter(is_active=True).order_by("name", "pk")
        source = self._of("source")
        # Any source may be sent, only those found are listed.
        source.queryset = assignable_sources()
        source.widget.choices = [("", _("Nobody knows")), *((one.pk, str(one)) for one in found)]
        names = [("", _("By the words")), *((name, name) for name in channels())]
        self._choice("channel").choices = names
        self._choice("owner").choices = _owners(member)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        site = said.get("site")
        if site is None or self.errors:
            return said
        typed = said["phone"].strip(), said["email"].strip()
        phone, email = phone_of(typed[0], site.region), email_of(typed[1])
        at = self._moment(said.get("asked_at"), site)
        if typed[0] and not phone:
            self.add_error("phone", _("This is no phone number. Begin with + for another country."))
        if typed[1] and not email:
            self.add_error("email", _("This is no e-mail address."))
        if not any(typed):
            self.add_error("phone", _("Write a phone or an e-mail, so that somebody can be reached."))
        said |= {"phone": phone, "email": email, "asked_at": at}
        return said

    def told(self, member: Member) -> dict[str, Any]:
        """What the inbox keeps of valid input."""
        said, source = self.cleaned_data, self.cleaned_data["source"]
        in_words = bool(said["words"].strip() or said["channel"])
        return {
            "name": said["name"],
            "phone": said["phone"],
            "email": said["email"],
            "message": said["message"],
            "source": source.pk if source is not None and not in_words else 0,
            "tags": {"utm_source": said["words"]} if said["words"].strip() else {},
            "channel": said["channel"],
            "by": member.name,
            "given_to": _user_id(said["owner"], member),
        }

    def _moment(self, naive_or_aware: datetime | None, site: Site) -> datetime:
        """The typed wall time on the site's clock, in UTC."""
        now = timezone.now()
        if naive_or_aware is None:
            return now
        wall = timezone.make_naive(naive_or_aware, timezone.get_current_timezone())
        # At the ends of the calendar there is no such moment in UTC.
        is_day = _FIRST_DAY.year <= wall.year <= now.year + 1
        at = wall.replace(tzinfo=site.tz).astimezone(UTC) if is_day else _FIRST_DAY
        if not (is_day and _FIRST_DAY <= at <= now + _AHEAD):
            self.add_error("asked_at", _("This moment is in the future, or before the year 2000."))
        return min(at, now)

    def _of(self, name: str) -> django_forms.ModelChoiceField:
        field = self.fields[name]
        assert isinstance(field, django_forms.ModelChoiceField)  # noqa: S101 (tells the type checker)
        return field

    def _choice(self, name: str) -> django_forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, django_forms.ChoiceField)  # noqa: S101 (tells the type checker)
        return field


def _owners(member: Member) -> list[tuple[str, str | Promise]]:
    """Who may have it: oneself, whose turn it is, nobody yet; for who gives leads away, all who sell."""
    choices: list[tuple[str, str | Promise]] = [
        (ME, _("Me")),
        (TURN, _("Whose turn it is")),
        (NOBODY, _("Nobody yet")),
    ]
    if member.can("leads.assign"):
        sellers = Member.objects.filter(role__in=[roles.SALES, roles.SALES_MANAGER], user__is_active=True)
        others = sellers.exclude(pk=member.pk).select_related("user").order_by("pk")
        choices += [(str(one.user_id), one.name) for one in others]
    return choices


def _user_id(owner: str, member: Member) -> int | None:
    by_word: dict[str, int | None] = {ME: member.user_id, TURN: IN_TURN, NOBODY: None}
    return by_word[owner] if owner in by_word else int(owner)
