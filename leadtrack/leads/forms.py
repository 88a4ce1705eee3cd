"""Forms of the page "Sites and forms"."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.models import Form
from leadtrack.ui import forms
from leadtrack.visits.models import Site, SiteOrigin
from leadtrack.visits.sites import is_web_origin, normal_origin


class SiteForm(forms.ModelForm):
    class Meta:
        model = Site
        fields = ("name", "time_zone", "region")

    def clean_region(self) -> str:
        region = str(self.cleaned_data["region"]).upper()
        if region and not (region.isascii() and region.isalpha() and len(region) == 2):
            raise ValidationError(_("Write the country as two letters, for example DE."))
        return region


class OriginForm(forms.ModelForm):
    """A web address of one site; a pasted page address becomes its origin."""

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.site = site

    class Meta:
        model = SiteOrigin
        fields = ("origin",)

    def clean_origin(self) -> str:
        origin = normal_origin(self.cleaned_data["origin"])
        if not is_web_origin(origin):
            raise ValidationError(
                _("Write the address with http:// or https://, for example https://www.example.com")
            )
        if SiteOrigin.objects.filter(site=self.instance.site, origin=origin).exists():
            raise ValidationError(_("This address is listed already."))
        return origin


class FormForm(forms.ModelForm):
    """A form of one site: its name; the key is made."""

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.site = site

    class Meta:
        model = Form
        fields = ("name",)


class SpamForm(forms.ModelForm):
    """How many points are too many on a site."""

    class Meta:
        model = Site
        fields = ("spam_threshold",)
