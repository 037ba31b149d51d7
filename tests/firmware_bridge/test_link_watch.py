"""When the machine counts as heard, and when and why not."""

from datetime import UTC, datetime, timedelta

from firmware_bridge.lines.link import LinkWatch
from wire.readings import LinkLoss, LinkLost, LinkUp
from wire.stamps import Stamp

START = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)


def at(seconds: float) -> Stamp:
    return Stamp(
        utc=START + timedelta(seconds=seconds),
        monotonic_s=seconds,
        boot_id="boot",
        synced=True,
    )


def heard(seconds: float) -> LinkWatch:
    watch = LinkWatch(1000)
    watch.frame(at(seconds))
    return watch


def test_first_good_frame_brings_the_link_up_once() -> None:
    watch = LinkWatch(1000)

    assert watch.frame(at(0)) == [LinkUp(at=at(0))]
    assert watch.frame(at(1)) == []
    assert watch.up


def test_silence_of_the_limit_loses_the_link_once() -> None:
    watch = heard(0)

    assert watch.quiet(at(0.999)) == []
    assert watch.quiet(at(1.0)) == [LinkLost(at=at(1.0), reason=LinkLoss.SILENT)]
    assert watch.quiet(at(9)) == []
    assert not watch.up


def test_frames_after_a_jump_of_the_clock_do_not_lose_the_link() -> None:
    """Idle hours are jumped over in a simulation, and bytes wait while a Pi is busy."""
    watch = heard(0)

    assert watch.frame(at(7200)) == []
    assert watch.up


def test_half_a_frame_after_a_jump_of_the_clock_does_not_lose_the_link() -> None:
    watch = heard(0)

    watch.noise(at(0.1))

    assert watch.noise(at(7200)) == []
    assert watch.frame(at(7200.01)) == []
    assert watch.up


def test_bytes_that_never_make_a_frame_are_unreadable() -> None:
    """As with a wrong baud rate: the line is loud and nothing on it is understood."""
    watch = LinkWatch(1000)
    readings = [reading for step in range(15) for reading in watch.noise(at(step / 10))]

    assert readings == [LinkLost(at=at(1.0), reason=LinkLoss.UNREADABLE)]


def test_loud_line_with_pauses_is_unreadable() -> None:
    watch = heard(0)
    for step in range(1, 5):
        assert watch.noise(at(step * 0.2)) == []

    assert watch.quiet(at(1.0)) == [LinkLost(at=at(1.0), reason=LinkLoss.UNREADABLE)]


def test_half_a_frame_before_a_power_cut_is_silence() -> None:
    watch = heard(0)
    watch.noise(at(0.01))

    assert watch.quiet(at(1.0)) == [LinkLost(at=at(1.0), reason=LinkLoss.SILENT)]


def test_another_reason_is_said_when_it_changes() -> None:
    watch = heard(0)
    watch.quiet(at(1))
    for step in range(10):
        assert watch.noise(at(5 + step / 10)) == []

    assert watch.noise(at(6.0)) == [LinkLost(at=at(6.0), reason=LinkLoss.UNREADABLE)]
    assert watch.quiet(at(7.0)) == [LinkLost(at=at(7.0), reason=LinkLoss.SILENT)]


def test_unplugging_is_said_once_and_replugging_begins_anew() -> None:
    watch = heard(0)

    assert watch.unplugged(at(5)) == [LinkLost(at=at(5), reason=LinkLoss.UNPLUGGED)]
    assert watch.unplugged(at(6)) == []
    assert watch.quiet(at(60)) == []
    assert watch.quiet(at(61)) == [LinkLost(at=at(61), reason=LinkLoss.SILENT)]
    assert watch.frame(at(62)) == [LinkUp(at=at(62))]


def test_next_due_is_the_moment_at_which_silence_would_be_said() -> None:
    watch = heard(10)

    assert watch.next_due_s(at(10.25)) == 0.75
    assert watch.next_due_s(at(99)) == 0.0
    watch.quiet(at(99))
    assert watch.next_due_s(at(99)) is None


def test_somebody_else_s_frames_leave_the_machine_silent_although_one_is_bad() -> None:
    """The display goes on talking; that is not the machine, and no noise either."""
    watch = LinkWatch(1000)
    told = [r for k in range(20) for r in watch.noise(at(k / 10), others=1, damage=k == 12)]
    assert told == [LinkLost(at=at(1.0), reason=LinkLoss.SILENT)]


def test_noise_stays_unreadable_although_it_makes_a_frame_by_chance() -> None:
    watch = LinkWatch(1000)
    told = [r for k in range(40) for r in watch.noise(at(k / 10), others=k % 9 == 0, damage=1)]
    assert told == [LinkLost(at=at(1.0), reason=LinkLoss.UNREADABLE)]
