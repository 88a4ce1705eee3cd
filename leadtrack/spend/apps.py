from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SpendConfig(AppConfig):
    name = "leadtrack.spend"
    label = "leadtrack_spend"
    verbose_name = _("Spend")
    default_auto_field = "django.db.models.BigAutoField"
