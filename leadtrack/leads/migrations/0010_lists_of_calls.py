from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import leadtrack.leads.models.call_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("leadtrack_leads", "0009_pairs_to_decide_are_found_by_state"),
        ("leadtrack_visits", "0008_claims_by_age"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="CallFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        upload_to=leadtrack.leads.models.call_file.stored_name, verbose_name="file"
                    ),
                ),
                ("file_name", models.CharField(max_length=255, verbose_name="file name")),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("mapping", "Columns to be named"),
                            ("loading", "Being loaded"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="mapping",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("error", models.CharField(blank=True, max_length=40)),
                ("opening", models.JSONField(default=dict)),
                ("columns", models.JSONField(default=list)),
                ("day_first", models.BooleanField(null=True, verbose_name="day comes first")),
                ("line", models.PositiveIntegerField(default=0)),
                ("calls", models.PositiveIntegerField(default=0)),
                ("known", models.PositiveIntegerField(default=0)),
                ("wrong", models.PositiveIntegerField(default=0)),
                ("problems", models.JSONField(default=list)),
                ("claimed_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="leadtrack_visits.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "list of calls",
                "verbose_name_plural": "lists of calls",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "loading")), fields=["id"], name="lt_call_file_to_do"
                    )
                ],
            },
        ),
    ]
