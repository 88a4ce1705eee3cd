from django.apps import AppConfig


class StandaloneConfig(AppConfig):
    """LeadTrack as a project of its own. A project that only carries the rooms keeps its own Celery app."""

    name = "leadtrack"
    label = "leadtrack"

    def ready(self) -> None:
        # Without this, `.delay()` in a web process would talk to Celery's default broker.
        import leadtrack.celery  # noqa: F401
