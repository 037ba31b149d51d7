"""The database itself refuses to change an audit row, whoever asks."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = """
CREATE TRIGGER audit_rows_stay BEFORE UPDATE ON escalation_caseevent
BEGIN SELECT RAISE(ABORT, 'an audit row is never changed'); END
"""
POSTGRESQL = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'an audit row is never changed'; END $$ LANGUAGE plpgsql;
CREATE TRIGGER audit_rows_stay BEFORE UPDATE ON escalation_caseevent
FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()
"""


def add(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the trigger."""
    vendor = schema_editor.connection.vendor
    schema_editor.execute({"sqlite": SQLITE, "postgresql": POSTGRESQL}[vendor], params=None)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the trigger."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER audit_rows_stay")
    else:
        schema_editor.execute("DROP FUNCTION refuse_audit_change CASCADE")


class Migration(migrations.Migration):
    """Adds one trigger.

    SQLite rebuilds a table whose columns change and drops its triggers: a later migration
    of ``CaseEvent`` has to run this SQL again, and a test notices if it does not.
    """

    dependencies = [("escalation", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
