"""Forms of the page "Sites and forms"."""

from typing import Any, ClassVar

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


class SnippetForm(forms.ModelForm):
    """What the script on a site's pages does."""

    class Meta:
        model = Site
        fields = ("consent", "fills_fields", "shows_code", "hits_per_minute")
        help_texts: ClassVar = {
            "consent": _(
                "Where the law asks for it, your cookie banner calls leadtrack('consent', true) or false."
                " Until then nothing is stored in the browser, and its pages are only counted."
            ),
            "fills_fields": _(
                "For forms that go to your own server: hidden fields called lt_visitor, lt_landing_url,"
                " lt_referrer, lt_page_url, utm_source … are filled in."
            ),
            "shows_code": _(
                "Every element with the attribute data-lt-code shows a short number that a caller can read"
                " out to sales."
            ),
            "hits_per_minute": _(
                "More than that from this site is turned away, for each web process. Empty: no limit."
            ),
        }


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
