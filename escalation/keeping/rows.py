"""Writes many rows of a table at once: by one prepared statement, or by PostgreSQL's COPY.

Django's own bulk writing builds a statement as long as all its rows, which costs as much as
everything else that the intake does. Only columns that keep a plain value take part here:
what each field makes of its value for the database is Django's business as before.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

AsIs = (str, int, type(None))
"""Of exactly these types a value is already what the database takes."""


def fresh_numbers(model: type[Model], count: int) -> list[int]:
    """Return the primary keys of ``count`` rows that are about to be inserted.

    Must run inside the transaction that inserts them.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, count],
            )
            return [int(number) for (number,) in cursor.fetchall()]
        # Whoever writes to SQLite is alone, from the first word of the transaction on.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
    last = int(row[0]) if row else 0
    return list(range(last + 1, last + count + 1))


def insert(model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert ``rows``, given by attribute names; what is left out has its default.

    Either all rows have a primary key (``fresh_numbers``), or the database gives it to them.
    Nothing is returned, and no signal is sent.
    """
    rows = list(rows)
    if not rows:
        return
    numbered = "id" in rows[0]
    fields = [
        field for field in model._meta.concrete_fields if numbered or field.attname != "id"
    ]
    columns = ", ".join(str(field.column) for field in fields)
    defaults = {field.attname: field.get_default() for field in fields}
    values = [_values(fields, {**defaults, **row}) for row in rows]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", values)


def update(model: type[Model], objects: Iterable[Model], names: Sequence[str]) -> None:
    """Write these attributes of ``objects``, each found by its primary key."""
    fields = [field for field in model._meta.concrete_fields if field.name in names]
    sets = ", ".join(f"{field.column} = %s" for field in fields)
    values = [(*_values(fields, vars(one)), one.pk) for one in objects]
    key = model._meta.pk
    assert key is not None
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {model._meta.db_table} SET {sets} WHERE {key.column} = %s", values
            )


def _values(fields: Iterable["Field[Any, Any]"], row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        value
        if type(value := row[field.attname]) in AsIs
        else field.get_db_prep_save(value, connection)
        for field in fields
    )
