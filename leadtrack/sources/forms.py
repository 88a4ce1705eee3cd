"""Forms of the pages about sources."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadtrack.sources.aliases import ANY_LETTERS
from leadtrack.sources.channel import FIELDS, channels
from leadtrack.sources.custom import (
    HOWS,
    MOST_CONDITIONS,
    ONE_OF,
    PATTERN,
    VALUE_LENGTH,
    ConditionError,
    compiled,
    condition_of,
    listed,
)
from leadtrack.sources.links import MOST_LENGTH, TAGS, Template, build, warnings
from leadtrack.sources.models import ChannelRule, Source, SourceAlias
from leadtrack.sources.saying import FIELD_LABELS, HOW_LABELS, TAG_LABELS, warning_text
from leadtrack.sources.wording import clean, clean_medium, clean_source
from leadtrack.ui import forms

MOST_STARS: Final = 3
PREFIX: Final = "c"


def known_channels() -> list[str]:
    """Every channel there is: those of the published table, then names of this installation's own."""
    own = ChannelRule.objects.filter(removed_at=None).values_list("channel", flat=True)
    return list(dict.fromkeys([*channels(), *sorted(set(own))]))


class RuleForm(forms.ModelForm):
    """The name of a rule and the channel it gives."""

    class Meta:
        model = ChannelRule
        fields = ("name", "channel")
        widgets = {"channel": django_forms.TextInput(attrs={"list": "known-channels", "autocomplete": "off"})}  # noqa: RUF012
        help_texts = {"channel": gettext_lazy("One there is, or a name of your own.")}  # noqa: RUF012

    def clean_name(self) -> str:
        """In one line."""
        return _plain(self.cleaned_data["name"], 100)

    def clean_channel(self) -> str:
        """In one line; brackets are for what is no channel."""
        channel = _plain(self.cleaned_data["channel"], ChannelRule.CHANNEL_LENGTH)
        if channel.startswith("("):
            raise ValidationError(_("A channel's name does not begin with a bracket."))
        return channel


class ConditionForm(forms.Form):
    """One condition; an empty value means that there is none."""

    field = django_forms.ChoiceField(
        label=gettext_lazy("Which word"), choices=[(name, FIELD_LABELS[name]) for name in FIELDS]
    )
    how = django_forms.ChoiceField(
        label=gettext_lazy("How"), choices=[(how, HOW_LABELS[how]) for how in HOWS]
    )
    value = django_forms.CharField(
        label=gettext_lazy("Text"),
        max_length=VALUE_LENGTH,
        required=False,
        widget=django_forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """A condition that can be asked."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("value") or self.errors:
            return cleaned
        try:
            condition_of(cleaned)
            if cleaned["how"] == PATTERN:
                compiled(cleaned["value"])
        except ConditionError as problem:
            self.add_error("value", _problem_text(problem.code))
        if cleaned.get("how") == ONE_OF and not listed(cleaned.get("value", "")):
            self.add_error("value", _("Write the words with commas between them."))
        return cleaned


class BaseConditions(BaseFormSet):
    """All conditions of a rule; at least one."""

    def conditions(self) -> list[dict[str, str]]:
        """The conditions of valid input, as they are stored."""
        told = (form.cleaned_data for form in self.forms)
        return [
            {name: one[name] for name in ("field", "how", "value")} for one in told if one.get("value", "")
        ]

    def clean(self) -> None:
        """A rule without a condition would swallow everything."""
        if not any(self.errors) and not self.conditions():
            raise ValidationError(_("Write at least one condition."))


ConditionFormSet = formset_factory(
    ConditionForm,
    formset=BaseConditions,
    extra=0,
    min_num=1,
    max_num=MOST_CONDITIONS,
    absolute_max=MOST_CONDITIONS,
)


class AliasForm(forms.ModelForm):
    """A dirty spelling and the name it is counted under."""

    class Meta:
        model = SourceAlias
        fields = ("field", "spelling", "name")
        help_texts = {  # noqa: RUF012
            "spelling": gettext_lazy("As it stands in reports. A star stands for any letters: facebook*"),
            "name": gettext_lazy("The name that reports show."),
        }

    def clean(self) -> dict[str, Any]:
        """The spelling as markers are stored, and not one that an alias has already."""
        cleaned = super().clean() or self.cleaned_data
        field, spelling, name = (cleaned.get(key, "") for key in ("field", "spelling", "name"))
        if not (field and spelling and name):
            return cleaned
        spelling, name = _as_stored(field, spelling).lower(), _as_stored(field, name)
        cleaned |= {"spelling": spelling, "name": name}
        for key, text in (("spelling", spelling), ("name", name)):
            if not text or text.startswith("("):
                self.add_error(key, _("What is unknown or direct has no other name."))
        self._check(field, spelling, name)
        return cleaned

    def _check(self, field: str, spelling: str, name: str) -> None:
        if spelling.count(ANY_LETTERS) > MOST_STARS:
            self.add_error("spelling", _("Three stars at most."))
        if not spelling.replace(ANY_LETTERS, ""):
            self.add_error("spelling", _("That would rename everything."))
        if ANY_LETTERS in name:
            self.add_error("name", _("A name has no star."))
        if spelling == name.lower():
            self.add_error("name", _("That is the same name."))
        standing = SourceAlias.objects.filter(removed_at=None, field=field)
        if standing.filter(spelling=spelling).exists():
            self.add_error("spelling", _("There is an alias for this spelling already."))
        further = standing.filter(spelling=name.lower()).first()
        if further is not None:
            text = _("“%(name)s” is itself counted as “%(other)s”; write that.")
            self.add_error("name", text % {"name": name, "other": further.name})


def conditions_form(sent: Any, *, initial: Sequence[dict[str, str]] = ()) -> "BaseConditions":
    """The conditions of one rule as a form set, of what was sent or of what is stored."""
    return cast(BaseConditions, ConditionFormSet(sent, prefix=PREFIX, initial=list(initial)))


def initial_conditions(conditions: Iterable[Any]) -> list[dict[str, str]]:
    """Stored conditions as the form set takes them."""
    return [dict(one) for one in conditions if isinstance(one, dict)][:MOST_CONDITIONS]


def _plain(text: str, length: int) -> str:
    plain = clean(text, set(), length)
    if not plain:
        raise ValidationError(_("This field is required."))
    return plain


def _as_stored(field: str, text: str) -> str:
    """As markers are cleaned before they are stored."""
    if field == SourceAlias.Field.SOURCE:
        return clean_source(text, set())
    if field == SourceAlias.Field.MEDIUM:
        return clean_medium(text, set())
    return clean(text, set(), Source.NAME_LENGTH)


def _problem_text(code: str) -> str:
    if code == "pattern":
        return _("This is no pattern that can be searched for.")
    if code == "long":
        return _("This is too long.")
    return _("This condition cannot be asked.")


class LinkForm(forms.Form):
    """A page, the tags of a link to it, and what it is for."""

    page = django_forms.CharField(
        label=gettext_lazy("Page"),
        max_length=1500,
        help_text=gettext_lazy("The full address, with its own query and #fragment if it has them."),
        widget=django_forms.TextInput(
            attrs={"inputmode": "url", "placeholder": "https://shop.example/sale", "autocomplete": "off"}
        ),
    )
    note = django_forms.CharField(
        label=gettext_lazy("What for"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For you and your colleagues."),
    )

    def __init__(self, *args: Any, template: Template, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template = template
        note = self.fields.pop("note")
        for name in TAGS:
            self.fields[name] = django_forms.CharField(
                label=str(TAG_LABELS[name]),
                max_length=Source.NAME_LENGTH,
                required=False,
                initial=template.tags.get(name, ""),
                help_text=name,
                widget=django_forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )
        self.fields["note"] = note

    def clean_page(self) -> str:
        """Something that a browser can open, or Google's {lpurl}."""
        page = _plain(self.cleaned_data["page"], 1500)
        told = warnings(page, {"utm_source": "-", "utm_medium": "-"}, None)
        if told:
            raise ValidationError(warning_text(told[0].code, "", ""))
        return page

    def clean(self) -> dict[str, Any]:
        """A link that fits where links are kept."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("page") and len(build(cleaned["page"], self.tags(), self.template)) > MOST_LENGTH:
            self.add_error("page", warning_text("long", "", ""))
        return cleaned

    def tags(self) -> dict[str, str]:
        """The tags that are filled in."""
        told = getattr(self, "cleaned_data", {})
        return {name: clean(told[name], set()) for name in TAGS if told.get(name)}
