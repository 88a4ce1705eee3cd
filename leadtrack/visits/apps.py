from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class VisitsConfig(AppConfig):
    name = "leadtrack.visits"
    label = "leadtrack_visits"
    verbose_name = _("Visits")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from leadtrack.sources.holders import add_holder
        from leadtrack.sources.own import know_sites
        from leadtrack.visits.reclassify import holder
        from leadtrack.visits.sites import hosts_of_key, site_choices

        add_holder(holder())
        know_sites(choices=site_choices, hosts=hosts_of_key)
        # A host project may let the doors be called from other origins in a way of its own.
        if apps.is_installed("corsheaders"):
            from corsheaders.signals import check_request_enabled

            from leadtrack.visits.origins import allow_listed

            check_request_enabled.connect(allow_listed, dispatch_uid="leadtrack_visits.origins")
