from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leadtrack_phones", "0006_texts_of_calls_are_searched"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="recording_paused_at",
            field=models.DateTimeField(null=True),
        ),
    ]
