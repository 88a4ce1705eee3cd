from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    name = "leadtrack.leads"
    label = "leadtrack_leads"
    verbose_name = _("Leads")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from leadtrack.leads.follow import follow_call
        from leadtrack.phones.afterwards import when_source_moved

        when_source_moved(follow_call)
