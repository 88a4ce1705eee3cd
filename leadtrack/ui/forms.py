"""Forms in our look: every form of the house derives from Form or ModelForm here, and prints as `{{ form }}`.

The look comes with the form class, not from settings.FORM_RENDERER, so it holds inside a foreign project too.
"""

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.template.loader import get_template

if TYPE_CHECKING:  # only the type checker's stubs make ModelForm generic
    _ModelForm: TypeAlias = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm

# Django prints a group of boxes with the class of one box on the whole group.
_OWN_WIDGETS = {
    "django/forms/widgets/checkbox_select.html": "components/choices.html",
    "django/forms/widgets/radio.html": "components/choices.html",
}
_CHECKS = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)


def css_class_of(widget: forms.Widget) -> str:
    """The Bootstrap class that a widget needs to look like ours."""
    if isinstance(widget, _CHECKS):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


def dressed(field: BoundField, attrs: dict[str, Any] | None = None) -> dict[str, Any]:
    """The attributes with our classes added to those that the form's author gave."""
    own = [css_class_of(field.field.widget)] + (["is-invalid"] if field.errors else [])
    given = (attrs or {}).get("class") or field.field.widget.attrs.get("class", "")
    return {**(attrs or {}), "class": " ".join(dict.fromkeys([*given.split(), *own]))}


class TablerField(BoundField):
    """A bound field whose widget prints with Bootstrap classes."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        return super().build_widget_attrs(dressed(self, attrs), widget)


class TablerRenderer(DjangoTemplates):
    """Widgets as Django ships them; forms and fields from our own templates, found as a page's is."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = TablerField

    def get_template(self, template_name: str) -> Any:
        own_name = _OWN_WIDGETS.get(template_name, template_name)
        if own_name.startswith("components/"):
            return get_template(own_name)
        return super().get_template(own_name)


class Form(forms.Form):
    default_renderer = TablerRenderer


class ModelForm(_ModelForm):
    default_renderer = TablerRenderer
