"""Who waits at the homes that somebody knows: five hundred are looked up at each press."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('escalation', '0011_service_notes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('closed_at', None), ('decided_at', None), ('held_until', None), ('holder', None)), fields=['device'], name='who_waits_at_home'),
        ),
    ]
