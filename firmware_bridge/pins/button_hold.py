"""What a press is going to mean while the finger is still on the button.

The light shows it second by second, and letting go chooses what it shows at that moment:
nothing is done while the button is down, so a long press can never turn into a shorter one's
meaning on the way. Holding on for too long chooses nothing: whoever is unsure holds on.

    finger comes down   as before: a short press answers what the light was showing
    after 2 seconds     shines: letting go is a long press
    after 4 seconds     is dark: letting go is no press
    after 5 seconds     flashes: letting go is a very long press
    after 10 seconds    is dark: letting go is no press, and something that leans on it is none

A table and nothing else: the seconds are counted by whoever owns the pin.
"""

from collections.abc import Mapping
from enum import StrEnum

from wire.owner import Press


class Hold(StrEnum):
    """How long the finger has been down."""

    UP = "up"
    DOWN = "down"
    LONG = "long"
    BETWEEN = "between"
    """Whoever counts to five too fast asks for nothing rather than for a call."""
    VERY_LONG = "very_long"
    TOO_LONG = "too_long"


BEGINS_AT_S: Mapping[int, Hold] = {
    2: Hold.LONG,
    4: Hold.BETWEEN,
    5: Hold.VERY_LONG,
    10: Hold.TOO_LONG,
}
"""Two seconds: nobody calls for help by brushing past, and weak hands manage. Two more until
it is over: time enough to see the light and to let go."""

LETTING_GO: Mapping[Hold, Press | None] = {
    Hold.UP: None,
    Hold.DOWN: Press.SHORT,
    Hold.LONG: Press.LONG,
    Hold.BETWEEN: None,
    Hold.VERY_LONG: Press.VERY_LONG,
    Hold.TOO_LONG: None,
}


class ButtonHold:
    """One button: edges and seconds in, presses out."""

    def __init__(self) -> None:
        self.hold = Hold.UP
        self._seconds = 0

    def down(self) -> None:
        """The finger has come down."""
        self.hold, self._seconds = Hold.DOWN, 0

    def second(self) -> bool:
        """Count one more second with the finger down; tell whether the light changes."""
        if self.hold is Hold.UP:
            # A timer that was late: the finger has left meanwhile.
            return False
        self._seconds += 1
        before, self.hold = self.hold, BEGINS_AT_S.get(self._seconds, self.hold)
        return self.hold is not before

    def up(self) -> Press | None:
        """The finger has left; return what that was, or ``None`` for no press."""
        press, self.hold = LETTING_GO[self.hold], Hold.UP
        return press
