"""When a shown state is believed, and when it was a brew."""

from firmware_bridge.lines.brew_span import BrewSpan
from firmware_bridge.lines.steady import Steady, SteadyFlags
from tests.firmware_bridge.machine_lines import NOW, at
from wire.readings import BrewFinished, BrewStarted, Flag, FlagName, Reading


def test_a_state_is_believed_after_its_repeats_and_its_time() -> None:
    steady = Steady[str](3, lasting_s=1.0)
    assert [steady.see("on", at(t)) for t in (0, 0.4, 0.8, 1.0, 1.1)] == [
        False, False, False, True, True,
    ]  # fmt: skip


def test_another_state_begins_anew() -> None:
    steady = Steady[str](2)
    assert [steady.see(value, NOW) for value in "aababb"] == [
        False, True, False, False, False, True,
    ]  # fmt: skip


def test_what_blinks_is_never_believed() -> None:
    """A lamp with a period of 750 ms, looked at every 20 ms."""
    steady = Steady[bool](10, lasting_s=0.75)
    looks = [k * 0.02 for k in range(500)]
    assert not any(steady.see(t % 0.75 < 0.375, at(t)) for t in looks)


def test_a_recording_without_times_goes_by_its_repeats() -> None:
    steady = Steady[bool](3, lasting_s=1.0)
    assert [steady.see(True, NOW) for _ in range(4)] == [False, False, True, True]


def test_flags_are_told_first_and_on_change_and_left_alone_when_not_shown() -> None:
    flags = SteadyFlags(2)
    empty, full = {FlagName.TANK_EMPTY: True}, {FlagName.TANK_EMPTY: False}
    told = [flags.see(shown, NOW) for shown in (empty, {}, empty, full, empty, full, full)]

    assert [[(flag.name, flag.on) for flag in one] for one in told] == [
        [], [], [(FlagName.TANK_EMPTY, True)], [], [], [], [(FlagName.TANK_EMPTY, False)],
    ]  # fmt: skip
    flags.forget()
    assert flags.see(full, NOW) == []
    assert flags.see(full, NOW) == [Flag(at=NOW, name=FlagName.TANK_EMPTY, on=False)]


def lived(span: BrewSpan, life: str) -> list[Reading]:
    """Live ``life``, four letters a second: ``#`` brews."""
    return [r for k, look in enumerate(life) for r in span.see(look == "#", at(k / 4))]


def test_a_brew_lasts_from_first_to_last_sight_and_includes_its_pause() -> None:
    life = "." * 8 + "#" * 8 + "." * 4 + "#" * 80 + "." * 12
    readings = lived(BrewSpan(3), life)

    assert readings == [
        BrewStarted(at=at(12 / 4), number=None),
        BrewFinished(at=at(108 / 4), number=None, duration_s=91 / 4, water_ml=None),
    ]


def test_a_short_burst_is_no_brew() -> None:
    assert lived(BrewSpan(3), "..####......####....####....") == []


def test_a_short_burst_before_a_brew_is_not_its_beginning() -> None:
    finished = lived(BrewSpan(2), "##" + "." * 9 + "#" * 21 + "." * 12)[-1]
    assert isinstance(finished, BrewFinished)
    assert finished.duration_s == 20 / 4


def test_a_brew_that_is_lost_from_sight_is_not_told_as_finished() -> None:
    span = BrewSpan(2)
    assert lived(span, "########") == [BrewStarted(at=at(1), number=None)]
    span.forget()
    assert lived(span, "." * 40) == []


def test_two_brews_are_two() -> None:
    kinds = [type(r) for r in lived(BrewSpan(2), ("#" * 20 + "." * 20) * 2)]
    assert kinds == [BrewStarted, BrewFinished] * 2
