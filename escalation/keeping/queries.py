"""Queries that are put into SQL once, and asked ever after.

Building SQL takes Django longer than the database needs to answer it. Where a person waits for
the answer, at the press of a button, a query is built at its first use; what differs from one
time to the next is a ``Given``:

    _NAMED = PreparedQuery(lambda: Staff.objects.filter(username=Given("name")))
    _NAMED.fetch(name="camille")
"""

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, QuerySet
from django.db.models.query import ValuesListIterable
from django.db.models.sql.compiler import SQLCompiler

from escalation.keeping import kept_plans

T = TypeVar("T")


class Given(Expression):
    """The place of a value that is named each time."""

    def __init__(self, name: str) -> None:
        """Leave the value open."""
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """Hold the value's place among the parameters."""
        return "%s", (self,)


class PreparedQuery(Generic[T]):
    """A query whose SQL is kept. Django reads what it finds as ever."""

    def __init__(
        self, build: Callable[[], QuerySet[Any, T]], *, keeps_plan: bool = False
    ) -> None:
        """Remember how to build it: the models may not all be there yet.

        ``keeps_plan``: the same plan is the best whatever is given (``kept_plans``).
        """
        self._build, self._keeps_plan = build, keeps_plan
        self._built: tuple[QuerySet[Any, T], Any, str, tuple[Any, ...]] | None = None

    def fetch(self, **given: object) -> list[T]:
        """Return what it finds. It may be given more than it has places for."""
        if self._built is None:
            queryset = self._build()
            compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
            statement = compiler.as_sql()
            # What makes values of the columns is found once, too.
            converters = compiler.get_converters([column for column, *_more in compiler.select])
            compiler.get_converters = lambda _columns: converters
            self._built = (queryset, compiler, *statement)
        queryset, compiler, sql, parameters = self._built
        connection: Any = connections[DEFAULT_DB_ALIAS]
        if self._keeps_plan:
            connection = kept_plans.KeepsPlans(connection)
        ready: Any = _answering(compiler, connection, sql, parameters, given)
        if issubclass(queryset._iterable_class, ValuesListIterable):
            # Rows are what is wanted: a queryset around them takes longer than reading them.
            with connection.cursor() as cursor:
                cursor.execute(*ready.as_sql())
                return list(ready.results_iter([cursor.fetchall()], tuple_expected=True))
        asked: Any = queryset.all()
        asked.query.get_compiler = lambda *_which, **_more: ready
        return list(asked)


def _answering(
    compiler: SQLCompiler,
    connection: BaseDatabaseWrapper,
    sql: str,
    parameters: tuple[Any, ...],
    given: dict[str, object],
) -> SQLCompiler:
    """Return a compiler that has compiled already, for this thread and what is given."""
    values = tuple(
        _for_database(given[one.name], connection) if isinstance(one, Given) else one
        for one in parameters
    )
    ready: Any = copy.copy(compiler)
    ready.connection = connection
    ready.as_sql = lambda: (sql, values)
    return ready  # type: ignore[no-any-return]


def _for_database(value: object, connection: BaseDatabaseWrapper) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
