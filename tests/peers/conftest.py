"""What more than one file of real peers starts with."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.peers.uno import SimulatedUno, uno_at_rest

if TYPE_CHECKING:
    from tests.peers.chromium import Browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Start one browser for all tests of a file."""
    # Late: the other peers are tested where there is no playwright.
    from tests.peers.chromium import chromium  # noqa: PLC0415

    with chromium() as started:
        yield started


@pytest.fixture
def uno() -> Iterator[SimulatedUno]:
    """The firmware in a simulated chip, see ``uno_at_rest``."""
    with uno_at_rest() as machine:
        yield machine
