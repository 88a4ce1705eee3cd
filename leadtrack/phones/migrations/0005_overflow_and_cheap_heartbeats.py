import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leadtrack_phones", "0004_recordings_deleted_at_the_carrier"),
        ("leadtrack_visits", "0008_claims_by_age"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="lease", name="lt_lease_open"),
        # On PostgreSQL Django would drop it together with the index of the field.
        migrations.RemoveConstraint(model_name="lease", name="lt_one_open_lease_per_number"),
        migrations.AlterField(
            model_name="lease",
            name="number",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="leases",
                to="leadtrack_phones.trackednumber",
            ),
        ),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("number",),
                name="lt_one_open_lease_per_number",
            ),
        ),
        migrations.AlterField(
            model_name="lease",
            name="pool",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="leases",
                to="leadtrack_phones.pool",
            ),
        ),
        migrations.AddIndex(
            model_name="lease",
            index=models.Index(
                condition=models.Q(("closed_at", None)), fields=["pool"], name="lt_lease_open_of_pool"
            ),
        ),
        migrations.CreateModel(
            name="Overflow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField()),
                (
                    "pool",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="leadtrack_phones.pool",
                    ),
                ),
                (
                    "visitor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="leadtrack_visits.visitor",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["hour"], name="lt_overflow_hour")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("pool", "hour", "visitor"), name="lt_overflow_once_per_hour"
                    )
                ],
            },
        ),
    ]
