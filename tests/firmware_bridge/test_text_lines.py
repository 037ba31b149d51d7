"""Lines of text are found in whatever arrives, and none is longer than allowed."""

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.lines.text_lines import TextLines


def test_lines_end_at_any_end_and_empty_ones_are_none() -> None:
    assert TextLines(9, bool).receive(b"one\r\ntwo\n\nthree\0fo") == [b"one", b"two", b"three"]


def test_a_line_that_is_too_long_is_damage_once_and_dropped_up_to_its_end() -> None:
    lines = TextLines(4, bool)
    assert [lines.receive(piece) for piece in (b"long", b"er and longer", b" tail\nok\n")] == [
        [], [], [b"ok"],
    ]  # fmt: skip
    assert lines.tally.counts().frames_bad == 1


def test_a_line_without_its_form_is_damage_and_spaces_around_it_are_not() -> None:
    lines = TextLines(9, bytes.isdigit)
    assert lines.receive(b" 12 \n1x\n \n3\n") == [b"12", b"3"]
    counts = lines.tally.counts()
    assert (counts.frames_ok, counts.frames_bad, counts.resyncs) == (2, 1, 1)


def test_half_a_line_can_be_forgotten() -> None:
    lines = TextLines(9, bool)
    lines.receive(b"half")
    lines.forget()
    assert lines.receive(b"whole\n") == [b"whole"]


@given(
    st.lists(st.sampled_from([b"a", b"bcd", b"efghijk", b"\n", b"\r", b"x\ny"]), max_size=30)
)
def test_lines_do_not_depend_on_how_the_bytes_are_cut(parts: list[bytes]) -> None:
    whole, cut = TextLines(6, bool), TextLines(6, bool)
    assert [line for part in parts for line in cut.receive(part)] == whole.receive(
        b"".join(parts)
    )
    assert whole.tally.counts() == cut.tally.counts()
