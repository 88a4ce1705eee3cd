from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    name = "leadtrack.leads"
    label = "leadtrack_leads"
    verbose_name = _("Leads")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # auditlog has models of its own: it cannot be imported before the apps are loaded.
        from auditlog.registry import auditlog

        from leadtrack.leads.call_news import follow_call as follow_call_news
        from leadtrack.leads.follow import follow_call
        from leadtrack.leads.importing.work import failed_imports
        from leadtrack.leads.new_calls import accept_new_call
        from leadtrack.leads.reclassify import attempt_holder, follow_visits, lead_holder
        from leadtrack.leads.refusals import note
        from leadtrack.phones.afterwards import when_call_changed, when_call_is_new, when_source_moved
        from leadtrack.phones.missed import text_if_missed
        from leadtrack.sources.holders import add_holder
        from leadtrack.ui.doors import when_refused
        from leadtrack.ui.troubles import add_trouble
        from leadtrack.visits.afterwards import when_visits_moved

        when_refused(note)
        when_source_moved(follow_call)
        when_call_is_new(accept_new_call)
        when_call_changed(follow_call_news)
        when_call_changed(text_if_missed)
        when_visits_moved(follow_visits)
        add_holder(lead_holder())
        add_holder(attempt_holder())
        auditlog.register(self.get_model("Merge"), exclude_fields=["moved"])
        auditlog.register(self.get_model("PossibleDuplicate"))
        # That it was renewed, not what: the address is a secret, too. A lead is no change of the connection.
        secrets = ["key", "secret", "handshake", "access_token", "old_key", "old_secret"]
        auditlog.register(self.get_model("Connection"), exclude_fields=[*secrets, "last_seen_at"])
        add_trouble(failed_imports())
