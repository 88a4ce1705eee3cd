"""A call flow as its editor sends it: one form for what is there once, and a set for what is there often."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from django import forms as django_forms
from django.db import transaction
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from leadtrack.accounts.models import Member
from leadtrack.phones.flow import Flow
from leadtrack.phones.forms.flow import PHONE, DayForm, FlowForm, HolidayForm, LineForm, TextForm
from leadtrack.phones.models import CallFlow, FlowHoliday, FlowHours, FlowLine, FlowText
from leadtrack.phones.ring import Parts, flow_value, teams_that_ring

_MORE: Final = {"texts": 1, "holidays": 3, "lines": 1}
_MOST: Final = 60

_Texts = formset_factory(TextForm, extra=0, can_delete=True, max_num=_MOST, absolute_max=_MOST)
_Days = formset_factory(DayForm, extra=0, min_num=7, max_num=7, absolute_max=7)
_Holidays = formset_factory(HolidayForm, extra=0, can_delete=True, max_num=400, absolute_max=400)
_Lines = formset_factory(
    LineForm, extra=0, can_delete=True, can_order=True, max_num=_MOST, absolute_max=_MOST
)


class FlowEditor:
    """All forms of one flow. Nothing is stored before `save`."""

    def __init__(
        self, row: CallFlow, *, sent: Mapping[str, Any] | None, parts: Parts, more: str = ""
    ) -> None:
        self.row = row
        self.members = {
            str(member.pk): member
            for member in Member.objects.filter(user__is_active=True).select_related("user")
        }
        self.teams = {str(team.pk): team for team in teams_that_ring()}
        sent = _with_more(sent, more) if sent is not None and more in _MORE else sent
        self.flow = FlowForm(cast(Any, sent), instance=row)
        # What was sent is compared with nothing: a form that says what is stored already is no empty form.
        self.texts = _Texts(sent, prefix="texts", initial=None if sent else _initial_texts(parts, row))
        self.days = _Days(sent, prefix="days", initial=None if sent else _initial_days(parts))
        self.holidays = _Holidays(sent, prefix="holidays", initial=None if sent else _initial_holidays(parts))
        self.lines = _Lines(
            sent,
            prefix="lines",
            initial=None if sent else _initial_lines(parts),
            form_kwargs={"people": self._people()},
        )

    @property
    def sets(self) -> tuple[BaseFormSet, ...]:
        return (self.texts, self.days, self.holidays, self.lines)

    @property
    def days_with_names(self) -> list[tuple[str, Any]]:
        """Each weekday's name with its form."""
        return [(str(WEEKDAYS[day]), form) for day, form in enumerate(self.days.forms)]

    def is_valid(self) -> bool:
        """Whether all forms are, together too; every error stands at its field."""
        # Every one is asked, so that all errors are shown at once.
        are_valid = [self.flow.is_valid(), *(one.is_valid() for one in self.sets)]
        if not all(are_valid):
            return False
        self._check_together()
        kept = [form for one in self.sets for form in one.forms if not form.cleaned_data.get("DELETE")]
        return bool(self._lines()) and self.flow.is_valid() and not any(form.errors for form in kept)

    def value(self) -> Flow:
        """The flow as it would be, of valid forms."""
        return flow_value(self.flow.save(commit=False), self.parts())

    def save(self) -> CallFlow:
        """Store it; what belonged to it before is replaced."""
        parts = self.parts()
        with transaction.atomic():
            row: CallFlow = self.flow.save()
            for model, rows in (
                (FlowText, parts.texts),
                (FlowHours, parts.hours),
                (FlowHoliday, parts.holidays),
                (FlowLine, parts.lines),
            ):
                model.objects.filter(flow=row).delete()
                for one in cast(Sequence[Any], rows):
                    one.flow = row
                model.objects.bulk_create(cast(Any, rows))
        return row

    def parts(self) -> Parts:
        """What belongs to the flow, of valid forms, not stored."""
        return Parts(self._texts(), self._hours(), self._holidays(), self._lines())

    def _check_together(self) -> None:
        told = self.flow.cleaned_data
        texts = _kept(self.texts)
        if not self._lines():
            self._blame_lines(_("Say who rings."))
        for line in _kept(self.lines):
            self._check_line(line)
        _check_twice(texts, "language", _("This language is there already."))
        _check_twice(_kept(self.holidays), "day", _("This day is there already."))
        if told["is_recorded"] and not texts:
            self.flow.add_error("is_recorded", _("First write in a language that the talk is recorded."))
        for text in texts:
            if told["is_recorded"] and not text.cleaned_data["consent"].strip():
                text.add_error("consent", _("The caller must be told that the talk is recorded."))
        if told["texts_missed"] and not any(text.cleaned_data["missed_text"].strip() for text in texts):
            self.flow.add_error("texts_missed", _("First write the text message in a language."))

    def _check_line(self, line: django_forms.Form) -> None:
        kind, _colon, key = line.cleaned_data["who"].partition(":")
        if kind == "member" and not self.members[key].phone:
            line.add_error("who", _("This colleague has no phone yet: write one under “Members”."))
        if kind == "team" and not getattr(self.teams[key], "ringing", ()):
            line.add_error("who", _("Nobody of this team has a phone yet: write one under “Members”."))

    def _blame_lines(self, words: str) -> None:
        form = self.lines.forms[0] if self.lines.forms else None
        if form is None:
            self.flow.add_error(None, words)
        else:
            form.cleaned_data.setdefault("phone", "")
            form.add_error("phone", words)

    def _people(self) -> list[tuple[Any, Any]]:
        colleagues = [(f"member:{pk}", member.name) for pk, member in self.members.items()]
        teams = [(f"team:{pk}", team.name) for pk, team in self.teams.items()]
        groups = ((_("Colleagues"), colleagues), (_("Teams"), teams))
        return [(PHONE, _("A phone number")), *((name, found) for name, found in groups if found)]

    def _texts(self) -> list[FlowText]:
        return [FlowText(**_told(form)) for form in _kept(self.texts)]

    def _hours(self) -> list[FlowHours]:
        hours = []
        for day, form in enumerate(self.days.forms):
            for begin, end in (("opens", "closes"), ("opens_2", "closes_2")):
                opens, closes = form.cleaned_data.get(begin), form.cleaned_data.get(end)
                if opens is not None and closes is not None:
                    hours.append(FlowHours(weekday=day, opens_at=opens, closes_at=closes))
        return hours

    def _holidays(self) -> list[FlowHoliday]:
        told = [_told(form) for form in _kept(self.holidays)]
        return [
            FlowHoliday(day=one["day"], name=one["name"], opens_at=one["opens"], closes_at=one["closes"])
            for one in told
        ]

    def _lines(self) -> list[FlowLine]:
        ordered = sorted(_kept(self.lines), key=_place)
        return [line for form in ordered if (line := self._line(form, ordered.index(form)))]

    def _line(self, form: django_forms.Form, position: int) -> FlowLine | None:
        kind, _colon, key = form.cleaned_data["who"].partition(":")
        if kind == "member":
            return FlowLine(position=position, member=self.members[key])
        if kind == "team":
            return FlowLine(position=position, team=self.teams[key])
        phone = form.cleaned_data.get("phone")
        return FlowLine(position=position, phone=phone) if phone else None


def _kept(forms: BaseFormSet) -> list[Any]:
    """The forms that somebody filled in and nobody struck out."""
    return [
        form
        for form in forms.forms
        if form.is_valid() and form.cleaned_data and not form.cleaned_data.get("DELETE")
    ]


def _told(form: django_forms.Form) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name not in ("DELETE", "ORDER")}


def _place(form: django_forms.Form) -> int:
    place = form.cleaned_data.get("ORDER")
    return _MOST if place is None else int(place)


def _check_twice(forms: Sequence[Any], name: str, words: str) -> None:
    seen: set[Any] = set()
    for form in forms:
        value = form.cleaned_data[name]
        if value in seen:
            form.add_error(name, words)
        seen.add(value)


def _with_more(sent: Mapping[str, Any], name: str) -> Any:
    """What was sent, with room for one more language, phone or holiday."""
    wider = cast(Any, sent).copy()
    total = wider.get(f"{name}-TOTAL_FORMS", "")
    if total.isascii() and total.isdecimal() and len(total) < 4:
        wider[f"{name}-TOTAL_FORMS"] = str(int(total) + _MORE[name])
    return wider


def _initial_texts(parts: Parts, row: CallFlow) -> list[dict[str, Any]]:
    names = ("language", "greeting", "consent", "no_answer", "busy", "closed", "missed_text")
    return [{name: getattr(text, name) for name in names} for text in parts.texts] or [
        {"language": row.language}
    ]


def _initial_days(parts: Parts) -> list[dict[str, Any]]:
    days: list[dict[str, Any]] = [{} for _day in range(7)]
    for one in parts.hours:
        more = "_2" if days[one.weekday] else ""
        days[one.weekday] |= {f"opens{more}": one.opens_at, f"closes{more}": one.closes_at}
    return days


def _initial_holidays(parts: Parts) -> list[dict[str, Any]]:
    return [
        {"day": one.day, "name": one.name, "opens": one.opens_at, "closes": one.closes_at}
        for one in parts.holidays
    ]


def _initial_lines(parts: Parts) -> list[dict[str, Any]]:
    return [_initial_line(line) for line in parts.lines] or [{}]


def _initial_line(line: FlowLine) -> dict[str, Any]:
    if line.member_id:
        return {"who": f"member:{line.member_id}"}
    if line.team_id:
        return {"who": f"team:{line.team_id}"}
    return {"who": PHONE, "phone": str(line.phone)}
