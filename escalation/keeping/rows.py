"""Reads and writes many rows of a table at once.

They are written by one prepared statement, or by PostgreSQL's COPY: Django's own bulk writing
builds a statement as long as all its rows, which costs as much as everything else that the
intake does. Only columns that keep a plain value take part here: what each field makes of its
value for the database is Django's business as before.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Field, Model

from escalation.keeping import kept_plans, times
from escalation.keeping.queries import Statement


class Json(str):
    """A text that is JSON already, for a column of JSON."""

    __slots__ = ()


AsIs = frozenset({str, int, bool, bytes, Json, type(None)})
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


def known(
    model: type[Model], pair: tuple[str, str], pairs: Sequence[tuple[str, str]], *names: str
) -> list[tuple[Any, ...]]:
    """Return ``names`` of the rows whose two attributes ``pair`` are one of ``pairs``.

    Two lists in a WHERE would be tried each with each: two hundred are forty thousand look-ups.
    """
    if not pairs:
        return []
    columns = {field.attname: field.column for field in model._meta.concrete_fields}
    wanted = ", ".join(f"known.{columns[name]}" for name in names)
    first, second = (columns[name] for name in pair)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH asked (a, b) AS (VALUES {', '.join(['(%s, %s)'] * len(pairs))}) "
            f"SELECT {wanted} FROM asked JOIN {model._meta.db_table} AS known "
            f"ON known.{first} = asked.a AND known.{second} = asked.b",
            [value for one in pairs for value in one],
        )
        return list(cursor.fetchall())


def insert(model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert ``rows``, given by attribute names; what is left out has its default.

    Either all rows have a primary key (``fresh_numbers``), or the database gives it to them.
    Nothing is returned, and no signal is sent.
    """
    rows = list(rows)
    if not rows:
        return
    fields, defaults, into, places = _insertion(model, frozenset().union(*rows))
    values = [_values(fields, {**defaults, **row}) for row in rows]
    with kept_plans.cursor(connection) as cursor:
        if len(values) == 1:
            cursor.execute(f"{into} VALUES ({places})", values[0])
        elif connection.vendor == "postgresql":
            columns = ", ".join(str(field.column) for field in fields)
            with cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            cursor.executemany(f"{into} VALUES ({places})", values)


@functools.cache
def _insertion(
    model: type[Model], named: frozenset[str]
) -> tuple[list["Field[Any, Any]"], dict[str, Any], str, str]:
    """Return the fields to write where these are named, their defaults, where into, places."""
    all_fields = model._meta.concrete_fields
    defaults = {field.attname: field.get_default() for field in all_fields}
    # What is NULL in every row needs no column: the fewer of them, the quicker it is.
    fields = [
        field
        for field in all_fields
        if field.attname in named or defaults[field.attname] is not None
    ]
    columns = ", ".join(str(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return fields, defaults, f"INSERT INTO {model._meta.db_table} ({columns})", places


def change(
    one: Model,
    changes: Mapping[str, Any],
    *,
    while_still: Sequence[str],
    while_found: Statement | None = None,
    beside: tuple[type[Model], Mapping[str, Any]],
) -> bool:
    """Write ``changes`` if the row still has these attributes of ``one``; return whether so.

    This is compare-and-set: of any number who try, one finds the row as it was. Also
    ``while_found`` has to find anything. Its ``one`` is given the changes as well, and
    ``beside`` it a row of another table is inserted: both or none.
    """
    changed, asked, setting = _setting(type(one), tuple(changes), tuple(while_still))
    other, row = beside
    fields, defaults, into, places = _insertion(other, frozenset(row))
    fresh = {
        field.attname: value.pk if isinstance(value, Model) else value
        for field, value in zip(changed, changes.values(), strict=True)
    }
    values = (*_values(changed, fresh), *_values(asked, vars(one)))
    if while_found:
        setting += f" AND EXISTS ({while_found[0]})"
        values += while_found[1]
    inserted = _values(fields, {**defaults, **row})
    database = connections[DEFAULT_DB_ALIAS]
    with kept_plans.cursor(database) as cursor:
        if database.vendor == "postgresql":
            # Between desk and database each word counts, as long as the row is locked.
            cursor.execute(
                f"WITH found AS ({setting} RETURNING 1) {into} SELECT {places} FROM found",
                (*values, *inserted),
            )
        else:
            # Everybody else waits from the first word to the last: all is ready before.
            with transaction.atomic():
                cursor.execute(setting, values)
                if cursor.rowcount:
                    cursor.execute(f"{into} VALUES ({places})", inserted)
        found = bool(cursor.rowcount)
    for name, value in changes.items() if found else ():
        setattr(one, name, value)
    return found


@functools.cache
def _setting(
    model: type[Model], names: tuple[str, ...], while_still: tuple[str, ...]
) -> tuple[list["Field[Any, Any]"], list["Field[Any, Any]"], str]:
    """Return the fields to write and to compare, and the statement that does it."""
    meta = model._meta
    fields = {field.name: field for field in meta.concrete_fields}
    assert meta.pk is not None
    changed, asked = (
        [fields[name] for name in names],
        [meta.pk, *(fields[name] for name in while_still)],
    )
    sets = ", ".join(f"{field.column} = %s" for field in changed)
    asks = " AND ".join(f"{field.column} = %s" for field in asked)
    return changed, asked, f"UPDATE {meta.db_table} SET {sets} WHERE {asks}"


def update(model: type[Model], objects: Iterable[Model], names: Sequence[str]) -> None:
    """Write these attributes of ``objects``, each found by its primary key."""
    fields = [field for field in model._meta.concrete_fields if field.name in names]
    key = model._meta.pk
    assert key is not None
    values = [(*_values(fields, vars(one)), one.pk) for one in objects]
    if not values:
        return
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One statement for all rows: planning each costs more than writing it.
            columns = [*(str(field.column) for field in fields), "its_key"]
            sets = ", ".join(f"{column} = new.{column}" for column in columns[:-1])
            kinds = [*(field.db_type(connection) for field in fields), key.db_type(connection)]
            cursor.execute(
                f"UPDATE {table} SET {sets} "
                f"FROM unnest({', '.join(f'%s::{kind}[]' for kind in kinds)}) "
                f"AS new ({', '.join(columns)}) WHERE {table}.{key.column} = new.its_key",
                [list(column) for column in zip(*values, strict=True)],
            )
        else:
            sets = ", ".join(f"{field.column} = %s" for field in fields)
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {key.column} = %s", values)


def _values(fields: Iterable["Field[Any, Any]"], row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        [
            value if type(value := row[field.attname]) in AsIs else _prepared(field, value)
            for field in fields
        ]
    )


def _prepared(field: "Field[Any, Any]", value: Any) -> Any:
    if type(value) is datetime:
        return times.as_kept(value)
    return field.get_db_prep_save(value, connection)
