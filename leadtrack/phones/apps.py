from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PhonesConfig(AppConfig):
    name = "leadtrack.phones"
    label = "leadtrack_phones"
    verbose_name = _("Phones")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Who changed accounts, numbers and assignments stays on record; tokens stay out of it."""
        # auditlog has models of its own: it cannot be imported before the apps are loaded.
        from auditlog.registry import auditlog

        from leadtrack.phones.reclassify import call_holder, number_holder
        from leadtrack.sources.holders import add_holder

        add_holder(number_holder())
        add_holder(call_holder())
        auditlog.register(self.get_model("CarrierAccount"), exclude_fields=["auth_token"])
        auditlog.register(self.get_model("TrackedNumber"))
        auditlog.register(self.get_model("Assignment"))
