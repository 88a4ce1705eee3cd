from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PhonesConfig(AppConfig):
    name = "leadtrack.phones"
    label = "leadtrack_phones"
    verbose_name = _("Phones")
    default_auto_field = "django.db.models.BigAutoField"
