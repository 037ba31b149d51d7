"""Counts what a driver has seen of its line, by one meaning for all drivers.

A run of damage counts as bad when it begins, not when it ends: a stream at the wrong baud
rate may never end. A good frame after damage is a resync.
"""

from firmware_bridge.driver import FrameCounts


class Tally:
    """The figures behind ``Driver.counts``."""

    def __init__(self) -> None:
        self.bytes = 0
        self._sound = 0
        self.bad = 0
        self._skipped = 0
        self._resyncs = 0
        self._lost = False

    def sound(self) -> None:
        """Count a frame whose check or form is right."""
        self._sound += 1
        self._resyncs += self._lost
        self._lost = False

    def skipped(self) -> None:
        """Take note that a sound frame is of a type that the driver does not know."""
        self._skipped += 1

    def damage(self) -> None:
        """Count a frame that was dropped."""
        self.bad += 1
        self._lost = True

    def judged(self, is_sound: object) -> bool:
        """Count a frame as sound or as damage, and tell which."""
        if is_sound:
            self.sound()
        else:
            self.damage()
        return bool(is_sound)

    def counts(self) -> FrameCounts:
        """Return the figures so far."""
        return FrameCounts(
            bytes=self.bytes,
            frames_ok=self._sound - self._skipped,
            frames_bad=self.bad,
            frames_skipped=self._skipped,
            resyncs=self._resyncs,
        )
