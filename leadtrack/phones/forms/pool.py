from typing import Any, Final

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadtrack.phones.forms.phone import phone_of
from leadtrack.phones.insertion import is_selector
from leadtrack.phones.models import CallFlow, Pool
from leadtrack.sources.channel import channels
from leadtrack.ui import forms
from leadtrack.visits.goal_pattern import PatternError, read_pattern
from leadtrack.visits.models import Site

_MOST_REPLACED: Final = 20


def _minutes(label: Any, help_text: Any, *, least: int, most: int, initial: int) -> django_forms.IntegerField:
    return django_forms.IntegerField(
        label=label, help_text=help_text, min_value=least, max_value=most, initial=initial
    )


class PoolForm(forms.ModelForm):
    """A pool: which number of the page it replaces, for whom, and how long a number stays with a visitor."""

    replaces = django_forms.CharField(
        label=gettext_lazy("Number on the page"),
        required=False,
        max_length=1000,
        widget=django_forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("As your site writes it, for example 8 800 123-45-67. Several: one a line."),
    )
    channels = django_forms.MultipleChoiceField(
        label=gettext_lazy("Only visitors from these channels"),
        required=False,
        choices=lambda: [(name, name) for name in channels()],
        widget=django_forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: visitors from everywhere."),
    )
    sources = django_forms.CharField(
        label=gettext_lazy("Only visitors from these sources"),
        required=False,
        max_length=1000,
        widget=django_forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For example google or yandex, one a line. Empty: all sources."),
    )
    fallback = django_forms.CharField(
        label=gettext_lazy("Number when all are taken"),
        required=False,
        max_length=40,
        widget=django_forms.TextInput(attrs={"type": "tel"}),
        help_text=gettext_lazy("Empty: the page keeps its own number."),
    )
    hold = _minutes(
        gettext_lazy("Keep it for a visitor who left, minutes"),
        gettext_lazy("So long a visitor has the same number on coming back. Usually 30."),
        least=1,
        most=1440,
        initial=30,
    )
    cooldown = _minutes(
        gettext_lazy("Rest before the next visitor, minutes"),
        gettext_lazy("A call that comes late still belongs to who saw the number. Usually 60."),
        least=0,
        most=1440,
        initial=60,
    )
    window = _minutes(
        gettext_lazy("A call belongs to who saw the number within, minutes"),
        gettext_lazy("Whoever saw it longer ago is not thought of. Usually 60."),
        least=1,
        most=1440,
        initial=60,
    )
    field_order = (
        *("name", "site", "replaces", "channels", "sources", "landing", "position", "fallback", "shown_as"),
        *("flow", "hold", "cooldown", "window", "ambiguous", "selector"),
    )

    class Meta:
        model = Pool
        fields = (
            *("name", "site", "replaces", "selector", "channels", "sources", "landing", "position"),
            *("fallback", "shown_as", "ambiguous", "flow"),
        )
        labels = {  # noqa: RUF012 (as Django has it)
            "shown_as": gettext_lazy("How the number is written"),
            "position": gettext_lazy("Order"),
            "selector": gettext_lazy("Place on the page (CSS selector)"),
            "flow": gettext_lazy("What callers hear"),
            "ambiguous": gettext_lazy("Several visitors saw it before the call: the call is credited"),
        }
        help_texts = {  # noqa: RUF012
            "name": gettext_lazy("For yourself, for example: Search ads."),
            "site": gettext_lazy("Only numbers of the same site can be in the pool."),
            "shown_as": gettext_lazy("“As the page writes its number” keeps brackets and dashes."),
            "position": gettext_lazy(
                "Where two pools replace the same number, the smaller one is asked first."
            ),
            "landing": gettext_lazy(
                "Only visitors who began on this page; * is any text, for example /sale/*. Empty: all."
            ),
            "selector": gettext_lazy("Only for special pages; ask who made your site. Usually empty."),
            "flow": gettext_lazy("Empty: each number's own."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["flow"].queryset = CallFlow.objects.order_by("name")  # type: ignore[attr-defined]
        if self.instance.pk:
            pool = self.instance
            minutes = {
                "hold": -(-pool.hold_seconds // 60),
                "cooldown": -(-pool.cooldown_seconds // 60),
                "window": -(-pool.window_seconds // 60),
            }
            self.initial.update(replaces="\n".join(pool.replaces), sources="\n".join(pool.sources), **minutes)
            self.fields["site"].disabled = True

    def clean_sources(self) -> list[str]:
        """Lower case, as sources are kept."""
        lines = (line.strip().lower() for line in self.cleaned_data["sources"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def clean_selector(self) -> str:
        """Only what the snippet takes."""
        text: str = self.cleaned_data["selector"].strip()
        if text and not is_selector(text):
            raise ValidationError(_("This is no CSS selector."))
        return text

    def clean_landing(self) -> str:
        """As goals are written."""
        text: str = self.cleaned_data["landing"].strip()
        if not text:
            return ""
        try:
            read_pattern(text)
        except PatternError as problem:
            raise ValidationError(str(problem)) from None
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        site: Site | None = cleaned.get("site")
        region = site.region if site else ""
        if "replaces" in cleaned:
            cleaned["replaces"] = self._replaced(cleaned["replaces"], region)
            # A place on the page is looked at, too, but only for numbers that we know.
            if not (cleaned["replaces"] or self.has_error("replaces")):
                self.add_error("replaces", _("Write the number that your site shows now."))
        if cleaned.get("fallback"):
            self._read("fallback", region)
        return cleaned

    def save(self, commit: bool = True) -> Pool:
        told = self.cleaned_data
        self.instance.hold_seconds = told["hold"] * 60
        self.instance.cooldown_seconds = told["cooldown"] * 60
        self.instance.window_seconds = told["window"] * 60
        pool: Pool = super().save(commit)
        return pool

    def _replaced(self, text: str, region: str) -> list[str]:
        """Each line as E.164; a line that is no phone is named."""
        found: list[str] = []
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if len(lines) > _MOST_REPLACED:
            self.add_error("replaces", _("At most %(most)s numbers.") % {"most": _MOST_REPLACED})
        for line in lines[:_MOST_REPLACED]:
            try:
                found.append(phone_of(line, region).as_e164)
            except ValidationError as problem:
                self.add_error("replaces", f"“{line}”: {problem.messages[0]}")
        return list(dict.fromkeys(found))

    def _read(self, name: str, region: str) -> None:
        try:
            self.cleaned_data[name] = phone_of(self.cleaned_data[name], region)
        except ValidationError as problem:
            self.add_error(name, problem)
