"""Desks on either database, and work done at them, each piece in a process of its own.

Django is set up once in a process, and the benchmark has many desks: so a piece of work is a
function of a module, which imports what it needs of Django when it is called.

    with desk_on("postgresql", folder) as desk:
        print(desk.call(some_function, 7))
"""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from scripts.benchmarks.intake import throwaway_postgresql

T = TypeVar("T")

DATABASES = ("sqlite", "postgresql")
SPAWN = multiprocessing.get_context("spawn")


class WorkFailed(Exception):
    """A process of the benchmark ended without an answer; it has said why."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk that exists: its options, keys and database."""

    config: Path

    def call(self, work: Callable[..., T], *arguments: Any) -> T:
        """Return what ``work`` returns in a process in which this desk's Django is up."""
        (answer,) = self.call_all(work, [arguments])
        return answer

    def call_all(self, work: Callable[..., T], calls: list[tuple[Any, ...]]) -> list[T]:
        """Do ``work`` with each of these arguments at once, each in its own process."""
        running = []
        for arguments in calls:
            here, there = SPAWN.Pipe(duplex=False)
            process = SPAWN.Process(target=_work, args=(self.config, work, arguments, there))
            process.start()
            there.close()
            running.append((process, here))
        answers: list[T] = []
        for process, here in running:
            try:
                answers.append(here.recv())
            except EOFError:
                raise WorkFailed(work.__name__) from None
            finally:
                process.join()
        return answers


def _work(
    config: Path, work: Callable[..., Any], arguments: tuple[Any, ...], answer: Connection
) -> None:
    from escalation import startup  # noqa: PLC0415 - Django is set up here

    startup.start(config)
    answer.send(work(*arguments))


@contextmanager
def desk_on(database: str, folder: Path) -> Iterator[Desk]:
    """Make a desk on ``database`` until the block ends."""
    if database == "postgresql":
        with throwaway_postgresql() as url:
            yield _made(folder, url)
    else:
        yield _made(folder, "")


def _made(folder: Path, url: str) -> Desk:
    folder.mkdir(parents=True)
    desk = Desk(folder / "desk.toml")
    desk.config.write_text(
        '[web]\nallowed_hosts = ["127.0.0.1"]\n'
        f'[database]\npath = "desk.sqlite3"\nurl = "{url}"\n[keys]\nfolder = "keys"\n',
        encoding="utf-8",
    )
    process = SPAWN.Process(target=_initialise, args=(desk.config,))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise WorkFailed("the desk of this benchmark could not be made")
    return desk


def _initialise(config: Path) -> None:
    from escalation import startup  # noqa: PLC0415 - Django is set up here

    startup.initialise(config)
