"""What the registers of one Jura model mean: the ``[jura-v1]`` section of a profile.

>>> from firmware_bridge.profile import load_profile, profile_path
>>> f50 = load_map(load_profile(profile_path("jura-f50")).driver_options())
>>> f50.counters[7], f50.brews
('rinses', (0, 1, 2, 3))
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wire.options import Options
from wire.readings import FlagName

WORDS = 16
INPUT_BYTES_MAX = 16
COUNTER_NAMES = ("rinses", "cleanings", "descalings", "brews_since_cleaning")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputBit:
    """Where a flag is in the reply to ``IC:``."""

    byte: int
    bit: int
    level: int
    """What the bit is when the flag is on."""

    def on(self, inputs: bytes) -> bool:
        """Return whether the flag is on."""
        return (inputs[self.byte] >> self.bit & 1) == self.level


@dataclass(frozen=True, slots=True, kw_only=True)
class JuraMap:
    """The map of one model, or an empty one."""

    type: str
    """How the model's name in ``TY:`` begins; empty: the operator vouches for it."""
    brews: tuple[int, ...]
    """Which words count drinks; ``brews_total`` is their sum."""
    counters: Mapping[int, str]
    input_bytes: int | None
    equal_reads: int
    inputs: Mapping[FlagName, InputBit]


def load_map(options: Options) -> JuraMap:
    """Return the map that the profile has, or raise ``ConfigError``."""
    input_bytes = options.optional_integer("input_bytes", low=1, high=INPUT_BYTES_MAX)
    flags = options.section("flags")
    found = JuraMap(
        type=options.text("type", default=""),
        brews=options.integers("brew_words", low=0, high=WORDS - 1, default=()),
        counters=_counters(options.section("counters")),
        input_bytes=input_bytes,
        equal_reads=options.integer("equal_reads", low=1, high=100, default=2, unit="reads"),
        inputs=_inputs(flags, input_bytes or INPUT_BYTES_MAX),
    )
    if found.inputs and input_bytes is None:
        options.integer("input_bytes", low=1, high=INPUT_BYTES_MAX, unit="bytes")
    options.close()
    return found


def _counters(options: Options) -> dict[int, str]:
    places = {
        name: options.optional_integer(name, low=0, high=WORDS - 1) for name in COUNTER_NAMES
    }
    return {word: name for name, word in places.items() if word is not None}


def _inputs(options: Options, input_bytes: int) -> dict[FlagName, InputBit]:
    found = {}
    for flag in FlagName:
        place = options.section(flag)
        byte = place.optional_integer("byte", low=0, high=input_bytes - 1)
        if byte is not None:
            found[flag] = InputBit(
                byte=byte,
                bit=place.integer("bit", low=0, high=7),
                level=place.choice("level", among=(0, 1)),
            )
    return found
