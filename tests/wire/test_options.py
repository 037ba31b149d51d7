"""Whatever is wrong in a TOML file, the operator is told where, what and how to mend it."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.options import ConfigError, Options

WRONG: list[tuple[object, Callable[[Options], object], str]] = [
    (0, lambda o: o.integer("x", default=1, low=1, high=9), "= 0: choose a whole number"),
    (1.5, lambda o: o.integer("x", default=1, low=1, high=9), "= 1.5: choose a whole number"),
    (True, lambda o: o.integer("x", default=1, low=1, high=9), "= true: choose a whole number"),
    (float("nan"), lambda o: o.number("x", default=1, low=0, high=9), "number from 0 to 9"),
    ("1", lambda o: o.number("x", default=1, low=0, high=9), "= '1': choose a number"),
    ("yes", lambda o: o.switch("x", default=False), "write true or false, without quotes"),
    (1, lambda o: o.switch("x", default=False), "write true or false"),
    (7, lambda o: o.text("x", default=""), "write a text of 0 to 200 printable characters"),
    ("é" * 201, lambda o: o.text("x", default=""), "0 to 200 printable characters"),
    ("de", lambda o: o.choice("x", default="fr", among=("fr", "en")), "choose 'fr' or 'en'"),
    (["fr"], lambda o: o.choice("x", default="fr", among=("fr", "en")), "choose 'fr' or 'en'"),
    (9601, lambda o: o.choice("x", among=(9600, 19200, 57600)), "choose 9600, 19200 or 57600"),
    (True, lambda o: o.choice("x", among=(1, 2)), "= true: choose 1 or 2"),
    ("", lambda o: o.text("x"), "write a text of 1 to 200 printable characters"),
    ("a\nb", lambda o: o.text("x", default=""), "write a text of 0 to 200 printable"),
    (0.5, lambda o: o.number("x", low=1, high=9, unit="bar"), "from 1 to 9 (bar)"),
    ([2, 1], lambda o: o.span("x", low=0, high=9), "write [lowest, highest], two numbers"),
    ([1, 10], lambda o: o.span("x", low=0, high=9), "two numbers from 0 to 9"),
    ([1, 2, 3], lambda o: o.span("x", low=0, high=9), "write [lowest, highest]"),
    ([1, 2.0], lambda o: o.integers("x", low=0, high=9), "write a list of whole numbers"),
    ([1, 10], lambda o: o.integers("x", low=0, high=9), "whole numbers from 0 to 9"),
    (28, lambda o: o.optional_integer("x", low=0, high=27), "choose a whole number from 0"),
    ("one", lambda o: o.texts("x", default=()), "write a list of texts"),
    ([""], lambda o: o.texts("x", default=()), "write a list of texts"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "read", "complaint"), WRONG)
def test_a_wrong_value_is_named_with_its_place_and_its_fix(
    value: object, read: Callable[[Options], object], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(complaint)) as caught:
        read(Options({"part": {"x": value}}, "agent.toml").section("part"))
    assert str(caught.value).startswith("agent.toml [part] x = ")


def test_what_is_not_written_has_its_default() -> None:
    part = Options({}, "agent.toml").section("part")
    assert part.integer("port", default=8883, low=1, high=65535) == 8883
    assert part.texts("channels", default=("page",)) == ("page",)
    assert part.switch("on", default=False) is False


def test_what_is_written_is_read() -> None:
    options = Options({"part": {"n": 2, "t": ["a"], "w": "fr", "s": True}}, "agent.toml")
    part = options.section("part")
    assert part.number("n", default=0.0, low=0, high=9) == 2.0
    assert part.texts("t", default=()) == ("a",)
    assert part.choice("w", default="en", among=("fr", "en")) == "fr"
    assert part.switch("s", default=False) is True
    options.close()


def test_a_number_too_long_to_be_written_out_is_refused_like_any_other(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text("n = 0x" + "f" * 5000)
    with pytest.raises(ConfigError, match=r"n = \.\.\.: choose a whole number from 0 to 9"):
        Options.load(file).integer("n", low=0, high=9)


def test_an_option_without_a_default_is_required_and_told_with_its_range() -> None:
    part = Options({}, "agent.toml").section("part")
    with pytest.raises(ConfigError) as caught:
        part.number("tank_ml", low=100, high=20_000, unit="millilitres")
    assert str(caught.value) == (
        "agent.toml [part] tank_ml: missing; choose a number from 100 to 20000 (millilitres)"
    )
    assert part.optional_integer("pin", low=0, high=27) is None


def test_a_required_section_is_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"agent.toml \[part\]: the section is missing"):
        Options({}, "agent.toml").section("part", required=True)


def test_a_span_a_choice_and_a_list_of_whole_numbers_are_read() -> None:
    table = {"part": {"s": [0, 1.5], "c": 9600, "w": [0, 3]}}
    part = Options(table, "agent.toml").section("part")
    assert part.integers("w", low=0, high=15) == (0, 3)
    assert part.integers("none", low=0, high=15, default=()) == ()
    assert part.span("s", low=0, high=9) == (0.0, 1.5)
    assert part.choice("c", among=(9600, 19200)) == 9600
    part.close()


def test_a_section_inside_a_section_is_named_by_its_whole_path() -> None:
    inner = Options({"a": {"b": {"x": 3}}}, "agent.toml").section("a").section("b")
    with pytest.raises(ConfigError, match=r"agent.toml \[a.b\] x = 3: choose"):
        inner.integer("x", low=0, high=1)


def test_a_section_that_is_no_table_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"write it as a table, \[part\]"):
        Options({"part": 3}, "agent.toml").section("part")


def test_an_option_that_nobody_knows_is_refused_beside_those_that_are_known() -> None:
    options = Options({"part": {"prot": 1}}, "agent.toml")
    options.section("part").integer("port", default=1, low=0, high=9)
    with pytest.raises(
        ConfigError, match=r"\[part\] prot = 1: unknown option; did you mean port\?"
    ):
        options.close()
    other = Options({"zz": True}, "agent.toml", "part")
    other.switch("on", default=False)
    with pytest.raises(
        ConfigError, match=r"\[part\] zz = true: unknown option; known here: on"
    ):
        other.close()
    with pytest.raises(ConfigError, match=r"agent.toml \[part\]: unknown section"):
        Options({"part": {}}, "agent.toml").close()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"\xff", "save it as UTF-8"),
        (b"[a\n", "is not valid TOML: .*line 1"),
        (b"a = 1\na = 2\n", "is not valid TOML: .*line 2"),
        (b"a = " + b"[" * 60_000, "is not valid TOML"),
        (b"a = " + b"1" * 10_000, "is not valid TOML"),
        (b"#" * 70_000, "has more than 65536 bytes; name another file"),
    ],
    ids=["not text", "unfinished", "twice", "too deep", "too long a number", "too large"],
)
def test_a_file_that_cannot_be_understood_is_named(
    tmp_path: Path, data: bytes, complaint: str
) -> None:
    file = tmp_path / "agent.toml"
    file.write_bytes(data)
    with pytest.raises(ConfigError, match=complaint) as caught:
        Options.load(file)
    assert str(caught.value).startswith(str(file))


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        Options.load(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        Options.load(tmp_path)


@given(data=st.binary(max_size=200) | st.text().map(str.encode))
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(data)
    with suppress(ConfigError):
        Options.load(file)
