"""What became of a part that an owner was promised."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def have_left(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Owners were told at once that their part was on its way."""
    notes = apps.get_model('escalation', 'ServiceNote').objects.exclude(part='')
    notes.update(part_end='sent', part_ended_at=models.F('at'), part_ended_by=models.F('by'))


class Migration(migrations.Migration):

    dependencies = [
        ('escalation', '0012_who_waits_at_home'),
    ]

    operations = [
        migrations.AddField(
            model_name='servicenote',
            name='part_end',
            field=models.CharField(blank=True, choices=[('sent', 'sent'), ('dropped', 'dropped')], default='', max_length=8),
        ),
        migrations.AddField(
            model_name='servicenote',
            name='part_ended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='servicenote',
            name='part_ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(have_left, migrations.RunPython.noop),
    ]
