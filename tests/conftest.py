"""Holds for every test: no time limit on an example, and no test skipped in silence.

The run ends with what was skipped and why. Where ``CI=true``, everything that the tests
need is there, so a skipped test is a failure: a green run has shown all of it.
"""

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long an example takes says more about this computer's other work than about the code.
settings.register_profile("demitasse", deadline=None, print_blob=True)
settings.load_profile("demitasse")


@pytest.fixture(autouse=True)
def _same_umask() -> Iterator[None]:
    """Give the process its umask back: the desk's command closes its files to others."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files: where two run at a time, none is left alone at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/system/"))


def pytest_configure(config: pytest.Config) -> None:
    """Listen for skipped tests."""
    config.pluginmanager.register(Skips(), "demitasse-skips")


class Skips:
    """Counts the skipped tests by their reason."""

    def __init__(self) -> None:
        self._by_reason: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped test."""
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that was skipped as a whole."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            self._by_reason[report.longrepr[2].removeprefix("Skipped: ")] += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Turn a green run with skipped tests into a failed one, where nothing lacks."""
        if self._by_reason and session.exitstatus == pytest.ExitCode.OK and _in_ci():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        yield

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was not shown by this run."""
        if not self._by_reason:
            return
        terminalreporter.section("not run")
        for reason, count in self._by_reason.most_common():
            terminalreporter.line(f"{count:4} skipped: {reason}")
        if _in_ci():
            terminalreporter.line("CI=true allows no skipped test, so this run has failed.")


def _in_ci() -> bool:
    return os.environ.get("CI") == "true"
