"""Background work. A task is a wake-up for a row; the sweeps below pick up every row nobody finished."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadtrack.settings")


def _transport(url: str) -> dict[str, Any]:
    """How each broker is made safe against a killed worker."""
    scheme = url.split(":", 1)[0]
    if scheme == "filesystem":
        folder = settings.VAR_DIR / "queue"
        for name in ("messages", "control"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        messages = str(folder / "messages")
        return {
            "data_folder_in": messages,
            "data_folder_out": messages,
            "control_folder": str(folder / "control"),
            "polling_interval": 0.1,
        }
    if scheme.startswith("redis"):
        # With the default of an hour, a killed worker's tasks would wait that long.
        return {"visibility_timeout": 60, "unacked_restore_interval": 2, "unacked_restore_throttle": 1}
    return {}


app = Celery("leadtrack")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport_options=_transport(settings.CELERY_BROKER_URL),
    broker_connection_retry_on_startup=True,
    # A broker that is down must not hold a visitor's request: the sweep finds the row.
    broker_connection_timeout=1,
    task_publish_retry=False,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=600,
    task_soft_time_limit=540,
    worker_prefetch_multiplier=1,
    task_default_queue=settings.CELERY_QUEUE,
    task_default_queue_type="quorum" if settings.CELERY_BROKER_URL.startswith("amqp") else "classic",
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule_filename=str(settings.VAR_DIR / "celerybeat-schedule"),
    beat_schedule={
        "finish leads that nobody worked": {
            "task": "leadtrack.leads.tasks.sweep_inbox",
            "schedule": float(settings.LEADTRACK_SWEEP_SECONDS),
        },
        "link browsers that said whose they are": {
            "task": "leadtrack.leads.tasks.stitch_browsers",
            "schedule": 15.0,
            "options": {"expires": 15},
        },
        "forget refused requests after 30 days": {
            "task": "leadtrack.leads.tasks.forget_refused",
            "schedule": crontab(hour=3, minute=10),
        },
        "look for people who are known twice": {
            "task": "leadtrack.leads.tasks.look_for_duplicates",
            "schedule": crontab(hour=3, minute=30),
        },
        "keep where numbers ring without the database": {
            "task": "leadtrack.phones.tasks.keep_offline_numbers",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "fetch recordings": {
            "task": "leadtrack.phones.tasks.fetch_recordings",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        "delete recordings whose time is over": {
            "task": "leadtrack.phones.tasks.delete_old_recordings",
            "schedule": crontab(hour=2, minute=40),
        },
        "send texts that are due": {
            "task": "leadtrack.phones.tasks.sweep_texts",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        "ask the carriers for what is due": {
            "task": "leadtrack.phones.tasks.sweep_jobs",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "find calls that were never told": {
            "task": "leadtrack.phones.tasks.compare_calls",
            "schedule": 300.0,
            "options": {"expires": 300},
        },
        "check numbers at the carriers": {
            "task": "leadtrack.phones.tasks.check_numbers",
            "schedule": crontab(hour=4, minute=20),
        },
        "go on with imports of leads": {"task": "leadtrack.leads.tasks.sweep_imports", "schedule": 60.0},
        "go on with lists of calls": {
            "task": "leadtrack.leads.tasks.sweep_call_files",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "close leases of numbers that are over": {
            "task": "leadtrack.phones.tasks.sweep_leases",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "finish statements that nobody loaded": {
            "task": "leadtrack.spend.tasks.sweep_statements",
            "schedule": 60.0,
        },
        "book what numbers and offline ads cost": {
            "task": "leadtrack.spend.tasks.book_own_costs",
            "schedule": crontab(minute=25),
        },
        "go on with re-reading history": {
            "task": "leadtrack.sources.tasks.sweep_reclassifications",
            "schedule": 60.0,
        },
        "book the days that changed": {
            "task": "leadtrack.ledger.tasks.reconcile_changed",
            "schedule": 15.0,
            # A booking that waited longer is not needed any more: the next one books the same days.
            "options": {"expires": 15},
        },
    },
)
app.autodiscover_tasks()
