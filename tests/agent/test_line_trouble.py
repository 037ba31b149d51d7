"""A line that is inverted or at another speed is told to whoever looks after the device."""

from agent import journal
from tests.agent.house import House
from wire.readings import LinkLoss, LinkLost, LinkUp, Misread


def lost(house: House, because: Misread | None, baud_rate: int | None = None) -> LinkLost:
    return LinkLost(
        at=house.now, reason=LinkLoss.UNREADABLE, because=because, baud_rate=baud_rate
    )


def test_what_the_bytes_show_of_a_bad_line_is_told_with_what_to_do(house: House) -> None:
    house.hear(lost(house, None), lost(house, Misread.INVERTED), LinkUp(at=house.now))
    house.hear(lost(house, Misread.OTHER_BAUD, 9600), lost(house, Misread.OTHER_BAUD))
    house.live(hours=0.01)

    assert [trouble.text for trouble in house.told(journal.Trouble)] == [
        "serial line: the line arrives inverted: fit an inverter, or take one out",
        "serial line: the machine speaks at 9600 baud: set baud_rate to it",
        "serial line: the machine speaks at another speed: try other values of baud_rate",
    ]
