
from django.db import migrations, models

class Migration(migrations.Migration):

    dependencies = [
        ('leadtrack_phones', '0003_calls_by_their_number'),
    ]

    operations = [
        migrations.AddField(
            model_name='callflow',
            name='empties_carrier',
            field=models.BooleanField(default=False, verbose_name='delete recordings at the carrier once they are here'),
        ),
        migrations.AddField(
            model_name='recording',
            name='leaves_carrier',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='recording',
            index=models.Index(condition=models.Q(('leaves_carrier', True)), fields=['due_at'], name='lt_recording_leaves'),
        ),
    ]
