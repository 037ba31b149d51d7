"""What more than one file of real peers starts with."""

from collections.abc import Iterator

import pytest

from tests.peers.uno import SimulatedUno, uno_at_rest


@pytest.fixture
def uno() -> Iterator[SimulatedUno]:
    """The firmware in a simulated chip, see ``uno_at_rest``."""
    with uno_at_rest() as machine:
        yield machine
