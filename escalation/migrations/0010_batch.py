"""Waves by the maker's batch, as the register of the devices that were let in knows it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('escalation', '0009_volunteers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='incident',
            name='one_incident_a_cohort',
        ),
        migrations.AddField(
            model_name='case',
            name='machine_batch',
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddField(
            model_name='device',
            name='batch',
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddField(
            model_name='incident',
            name='machine_batch',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('machine_model', 'machine_firmware', 'machine_batch', 'noticed'), name='one_incident_a_cohort'),
        ),
    ]
