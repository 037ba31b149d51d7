"""Decides whether the machine is heard, and if not, why.

Every driver asks here, so that a lost link means the same for all machines:

1. A good frame means heard.
2. Silence means lost only when time was seen to pass without a byte for ``lost_s``. Bytes
   that come late waited in the kernel, or the clock jumped over idle time: no loss.
3. Bytes that keep coming for ``lost_s`` and never make a frame are *unreadable*: wrong
   baud rate or polarity. The half of a frame before a power cut is not. Frames that are
   not the machine's own (its display, an echo) leave the machine *silent*.
4. A reason is said once, and again only when it changes.
"""

from wire.readings import LinkLoss, LinkLost, LinkUp, Reading
from wire.stamps import Stamp


class LinkWatch:
    """Turns good frames, bytes without a frame and silence into ``LinkUp`` and ``LinkLost``."""

    def __init__(self, lost_ms: int) -> None:
        self._lost_s = lost_ms / 1000
        self._state: LinkUp | LinkLoss | None = None
        self._heard_s: float | None = None
        """The last good frame, or the beginning of watching."""
        self._noise_s: tuple[float, float] | None = None
        """First and last bytes without a frame since then."""
        self._others = 0
        """How many more of somebody else's frames than bad ones were among them."""

    @property
    def up(self) -> bool:
        """Whether the machine is heard."""
        return isinstance(self._state, LinkUp)

    def frame(self, at: Stamp) -> list[Reading]:
        """Take note of at least one good frame."""
        self._heard_s = at.monotonic_s
        self._noise_s, self._others = None, 0
        if self.up:
            return []
        self._state = LinkUp(at=at)
        return [self._state]

    def noise(self, at: Stamp, *, others: int = 0, damage: int = 0) -> list[Reading]:
        """Take note of bytes that have not made a frame of the machine, or not yet.

        ``others`` counts the good frames of somebody else among them, ``damage`` the bad.
        """
        now_s = at.monotonic_s
        heard_s = self._watching_since(now_s)
        first_s, last_s = self._noise_s or (now_s, now_s)
        if now_s - last_s >= self._lost_s:
            first_s = now_s  # a pause: these bytes are another beginning
            self._others = 0
        self._noise_s = (first_s, now_s)
        # Noise makes a frame by chance now and then, and a good line a bad one.
        self._others += others - damage
        if now_s - max(first_s, heard_s) < self._lost_s:
            return []
        return self._lost(self._noise_is, at)

    def quiet(self, at: Stamp) -> list[Reading]:
        """Take note that time has passed and nothing has come."""
        now_s = at.monotonic_s
        if now_s - self._watching_since(now_s) < self._lost_s:
            return []
        first_s, last_s = self._noise_s or (now_s, now_s)
        # A machine that is loud and unreadable leaves short pauses, too.
        loud = now_s - last_s < self._lost_s and last_s - first_s >= self._lost_s / 2
        return self._lost(self._noise_is if loud else LinkLoss.SILENT, at)

    def unplugged(self, at: Stamp) -> list[Reading]:
        """Take note that the port is gone; watching begins anew when it is back."""
        self._heard_s = None
        self._noise_s, self._others = None, 0
        return self._lost(LinkLoss.UNPLUGGED, at)

    def next_due_s(self, at: Stamp) -> float | None:
        """Return when silence alone would change something, or ``None``."""
        if self._state in (LinkLoss.SILENT, LinkLoss.UNREADABLE):
            return None
        since_s = at.monotonic_s if self._heard_s is None else self._heard_s
        return max(0.0, since_s + self._lost_s - at.monotonic_s)

    @property
    def _noise_is(self) -> LinkLoss:
        return LinkLoss.SILENT if self._others > 0 else LinkLoss.UNREADABLE

    def _watching_since(self, now_s: float) -> float:
        if self._heard_s is None:
            self._heard_s = now_s
        return self._heard_s

    def _lost(self, reason: LinkLoss, at: Stamp) -> list[Reading]:
        if self._state is reason:
            return []
        self._state = reason
        return [LinkLost(at=at, reason=reason)]
