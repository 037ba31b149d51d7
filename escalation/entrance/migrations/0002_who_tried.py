"""Who is linked to the organisation, what was tried; lines of the entrance stay."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = """
CREATE TRIGGER entrance_lines_stay BEFORE UPDATE ON entrance_entranceevent
BEGIN SELECT RAISE(ABORT, 'a line of the entrance is never changed'); END
"""
POSTGRESQL = """
CREATE FUNCTION refuse_entrance_change() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'a line of the entrance is never changed'; END $$ LANGUAGE plpgsql;
CREATE TRIGGER entrance_lines_stay BEFORE UPDATE ON entrance_entranceevent
FOR EACH ROW EXECUTE FUNCTION refuse_entrance_change()
"""


def add(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the trigger."""
    vendor = schema_editor.connection.vendor
    schema_editor.execute({"sqlite": SQLITE, "postgresql": POSTGRESQL}[vendor], params=None)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the trigger."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER entrance_lines_stay")
    else:
        schema_editor.execute("DROP FUNCTION refuse_entrance_change CASCADE")



class Migration(migrations.Migration):
    """Adds who is linked, what was tried, and a trigger.

    SQLite rebuilds a table whose columns change and drops its triggers: a later migration
    of ``EntranceEvent`` has to run this SQL again, and a test notices if it does not.
    """

    dependencies = [
        ('entrance', '0001_ways_in'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('staff', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='identity', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('issuer', models.CharField(max_length=500)),
                ('subject', models.CharField(max_length=255)),
                ('linked_at', models.DateTimeField()),
            ],
        ),
        migrations.AlterField(
            model_name='entranceevent',
            name='doing',
            field=models.CharField(choices=[('set_up', 'set_up'), ('removed', 'removed'), ('reset', 'reset'), ('recovered', 'recovered'), ('new_codes', 'new_codes'), ('guessed', 'guessed'), ('locked', 'locked'), ('wrong_password', 'wrong_password'), ('wrong_code', 'wrong_code'), ('came_in', 'came_in'), ('came_by_org', 'came_by_org'), ('linked', 'linked'), ('unlinked', 'unlinked'), ('was_me', 'was_me'), ('not_me', 'not_me'), ('new_password', 'new_password')], max_length=14),
        ),
        migrations.AlterField(
            model_name='tries',
            name='guess',
            field=models.CharField(choices=[('password', 'password'), ('code', 'code'), ('identity', 'identity'), ('journey', 'journey')], max_length=8),
        ),
        migrations.AddIndex(
            model_name='entranceevent',
            index=models.Index(fields=['doing', 'at'], name='entrance_lines_by_doing'),
        ),
        migrations.AddIndex(
            model_name='entranceevent',
            index=models.Index(fields=['staff', 'at'], name='entrance_lines_by_person'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.UniqueConstraint(fields=('issuer', 'subject'), name='one_account_an_identity'),
        ),
        migrations.RunPython(add, remove),
    ]
