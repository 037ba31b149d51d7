"""Owners are found by name, every search is written down, and indexes fit what is asked."""

from itertools import islice

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from escalation.casework import folding

ROWS_AT_A_TIME = 5_000


def compare_byte_by_byte(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let PostgreSQL sort as SQLite does: folded words are looked up by how they begin."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            'ALTER TABLE escalation_nameline ALTER COLUMN text TYPE varchar(300) COLLATE "C"'
        )


def names_that_are_there(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let the owners whose names are known already be found."""
    model = apps.get_model("escalation", "NameLine")

    named = apps.get_model("escalation", "Device").objects.exclude(call_me="")
    lines = (
        model(device_id=pk, text=text)
        for pk, call_me in named.values_list("pk", "call_me").iterator()
        for text in folding.lines_of(call_me)
    )
    while some := list(islice(lines, ROWS_AT_A_TIME)):
        model.objects.bulk_create(some)


class Migration(migrations.Migration):

    dependencies = [
        ('escalation', '0005_cases_of_many'),
    ]

    operations = [
        migrations.CreateModel(
            name='Search',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True)),
                ('typed', models.CharField(max_length=80)),
                ('found', models.PositiveIntegerField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='searches', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='NameLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=300)),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='name_lines', to='escalation.device')),
            ],
            options={
                'indexes': [models.Index(fields=['text', 'id', 'device'], name='who_is_called')],
            },
        ),
        migrations.AlterField(
            model_name='case',
            name='decided_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decided', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='case',
            name='device',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='escalation.device'),
        ),
        migrations.AlterField(
            model_name='case',
            name='holder',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='held', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='intake',
            name='about',
            field=models.CharField(default='', max_length=64),
        ),
        migrations.AlterField(
            model_name='intake',
            name='device',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='escalation.device'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['state', 'owner_language', '-owner_called', 'opened_at'], name='who_is_next_in_a_language'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('owner_called', True)), fields=['state'], name='who_called'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('comes_first', True)), fields=['state'], name='who_was_held'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('holder__isnull', False)), fields=['holder'], name='who_has_it'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('decided_by__isnull', False)), fields=['decided_by', '-decided_at', 'device'], name='who_knows_whom'),
        ),
        migrations.AddIndex(
            model_name='caseevent',
            index=models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor', '-at'], name='who_did_what_lately'),
        ),
        migrations.AddIndex(
            model_name='intake',
            index=models.Index(fields=['about'], name='what_it_speaks_of'),
        ),
        migrations.RunPython(compare_byte_by_byte, migrations.RunPython.noop),
        migrations.RunPython(names_that_are_there, migrations.RunPython.noop),
    ]
