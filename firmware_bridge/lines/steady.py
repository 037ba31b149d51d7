"""Decides when something that a machine shows is to be believed.

A state counts once it was seen ``repeats`` times in a row and has lasted ``lasting_s``, so
that neither one damaged frame nor a blinking lamp becomes a fact. A recording without times
has only the repeats to go by: where no time at all has passed, they suffice.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

from wire.readings import Flag, FlagName
from wire.stamps import Stamp

Value = TypeVar("Value")


class Steady(Generic[Value]):
    """One thing that is seen again and again."""

    def __init__(self, repeats: int, lasting_s: float = 0.0) -> None:
        self._repeats = repeats
        self._lasting_s = lasting_s
        self._value: Value | None = None
        self._count = 0
        self._since_s = 0.0

    def see(self, value: Value, at: Stamp) -> bool:
        """Take note of ``value`` and tell whether it is to be believed by now."""
        if self._count == 0 or value != self._value:
            self._value, self._count, self._since_s = value, 0, at.monotonic_s
        self._count += 1
        lasted_s = self.lasted_s(at)
        return self._count >= self._repeats and (lasted_s == 0 or lasted_s >= self._lasting_s)

    def lasted_s(self, at: Stamp) -> float:
        """Return for how long the present value has been seen."""
        return at.monotonic_s - self._since_s

    def forget(self) -> None:
        """Begin anew: what was seen before was seen too long ago."""
        self._count = 0


class SteadyFlags:
    """The flags of one machine: told when first believed, and when they change."""

    def __init__(self, repeats: int, lasting_s: float = 0.0) -> None:
        self._repeats = repeats
        self._lasting_s = lasting_s
        self.forget()

    def see(self, flags: Mapping[FlagName, bool], at: Stamp) -> list[Flag]:
        """Take note of what one frame shows; a flag that it does not show is left alone."""
        told = []
        for name, on in flags.items():
            if name not in self._seen:
                self._seen[name] = Steady(self._repeats, self._lasting_s)
            if self._seen[name].see(on, at) and self._believed.get(name) is not on:
                self._believed[name] = on
                told.append(Flag(at=at, name=name, on=on))
        return told

    def forget(self) -> None:
        """Tell all flags anew: the machine was not heard for a while, or is another one."""
        self._seen: dict[FlagName, Steady[bool]] = {}
        self._believed: dict[FlagName, bool] = {}
