"""Forms in our look."""

import re

from django import forms as fields
from django.contrib.auth import get_user_model
from django.test import override_settings

from leadtrack.ui import forms
from tests.ui.site import SampleForm


def input_of(html: str, name: str) -> str:
    found = re.search(rf'<(?:input|select)[^>]*name="{name}"[^>]*>', html)
    assert found, name
    return found[0]


def test_widgets_wear_bootstrap_classes() -> None:
    html = str(SampleForm())
    classes = {name: re.findall('class="([^"]*)"', input_of(html, name)) for name in SampleForm.base_fields}
    assert classes == {
        "name": ["form-control"],
        "day": ["form-control"],
        "kind": ["form-select"],
        "agreed": ["form-check-input"],
        "ways": ["form-check-input"],
    }


def test_required_is_marked_and_help_is_tied_to_the_input() -> None:
    html = str(SampleForm())
    assert html.count("required-mark") == 3
    assert 'aria-describedby="id_name_helptext"' in input_of(html, "name")
    assert '<div class="form-hint" id="id_name_helptext">As it stands in the ad.</div>' in html


def test_an_error_stands_at_its_field_and_is_tied_to_it() -> None:
    html = str(SampleForm({"day": "soon"}))
    day = input_of(html, "day")
    assert "is-invalid" in day
    assert 'aria-invalid="true"' in day
    assert 'aria-describedby="id_day_error"' in day
    assert re.search(r'id="id_day_error"><div>Enter a valid date.</div>', html)


def test_what_a_person_typed_comes_back_escaped() -> None:
    html = str(SampleForm({"name": '"><script>alert(1)</script>', "ways": ["x"]}))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "checked" in re.findall(r'<input[^>]*value="x"[^>]*>', html)[0]


def test_a_class_of_the_author_stays() -> None:
    class Own(forms.Form):
        name = fields.CharField(widget=fields.TextInput(attrs={"class": "wide"}))

    assert 'class="wide form-control"' in str(Own())


def test_errors_of_the_whole_form_are_on_top() -> None:
    form = SampleForm({"name": "a", "kind": "a", "ways": ["x"]})
    form.add_error(None, "The parts do not add up.")
    assert '<div class="alert alert-danger" role="alert">The parts do not add up.</div>' in str(form)


def test_model_forms_look_the_same() -> None:
    class Person(forms.ModelForm):
        class Meta:
            model = get_user_model()
            fields = ("email",)

    assert 'class="form-control"' in str(Person())


def test_the_look_does_not_hang_on_settings() -> None:
    with override_settings(FORM_RENDERER="django.forms.renderers.Jinja2"):
        assert 'class="form-control"' in str(SampleForm())
