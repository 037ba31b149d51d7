"""Every option of agent.toml is read, and every mistake in it is told with its fix."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.main import main
from agent.settings import LOOPBACK, AgentSettings, Broker, Tls, load_settings
from wire.options import ConfigError

CONFIG = Path(__file__).parents[2] / "config"
SHIPPED = (CONFIG / "agent.toml").read_text(encoding="utf-8")
PEM_FILES = ("ca.pem", "device.pem", "device.key")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a configuration folder in which the three TLS files exist."""
    for name in PEM_FILES:
        (tmp_path / name).write_text("pem")
    return tmp_path


def load(folder: Path, text: str) -> AgentSettings:
    file = folder / "agent.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def edited(*edits: tuple[str, str]) -> str:
    text = SHIPPED
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


TLS_LINES = (
    ('ca_file = ""', 'ca_file = "ca.pem"'),
    ('certificate_file = ""', 'certificate_file = "device.pem"'),
    ('key_file = ""', 'key_file = "device.key"'),
)
ELSEWHERE = ('host = ""', 'host = "desk.example"')


def test_the_shipped_file_loads_and_says_what_an_empty_one_would_mean(folder: Path) -> None:
    shipped = load(folder, SHIPPED)
    assert shipped == load(folder, "")
    assert shipped == AgentSettings(
        timezone="Europe/Paris",
        state_dir=Path("/var/lib/demitasse"),
        consent_file=folder / "consent.toml",
        machine_profile=folder / "machines" / "reference.toml",
        machine_port=None,
        broker=Broker(host="", port=8883, tls=None),
        slot_s=300,
    )


def test_the_files_that_the_shipped_one_names_are_shipped_beside_it() -> None:
    settings = load_settings(CONFIG / "agent.toml")
    assert settings.consent_file.is_file()
    assert settings.machine_profile.is_file()


EVERY_OPTION: dict[str, tuple[str, str, Callable[[AgentSettings, Path], bool]]] = {
    "timezone": ("Europe/Paris", "Asia/Tokyo", lambda s, _: s.timezone == "Asia/Tokyo"),
    "state_dir": ("/var/lib/demitasse", "state", lambda s, f: s.state_dir == f / "state"),
    "consent_file": (
        '"consent.toml"',
        '"/c.toml"',
        lambda s, _: s.consent_file == Path("/c.toml"),
    ),
    "profile": (
        "machines/reference",
        "mine",
        lambda s, f: s.machine_profile == f / "mine.toml",
    ),
    "port": ('port = ""', 'port = "/dev/x"', lambda s, _: s.machine_port == "/dev/x"),
    "host": ('host = ""', 'host = "localhost"', lambda s, _: s.broker.host == "localhost"),
    "broker port": ("8883", "1883", lambda s, _: s.broker.port == 1883),
    "slot_s": ("slot_s = 300", "slot_s = 60", lambda s, _: s.slot_s == 60),
    "write_mb_a_day": ("_day = 10", "_day = 5", lambda s, _: s.write_bytes_a_day == 5_000_000),
    "name": ('name = ""', 'name = "Maison"', lambda s, _: s.operator.name == "Maison"),
    "address": ('address = ""', 'address = "Lyon"', lambda s, _: s.operator.address == "Lyon"),
    "contact": ('contact = ""', 'contact = "a@b"', lambda s, _: s.operator.contact == "a@b"),
    "country": ('= "FR"', '= "BE"', lambda s, _: s.operator.country == "BE"),
    "authority": ('rity = ""', 'rity = "CNIL"', lambda s, _: s.operator.authority == "CNIL"),
}


@pytest.mark.parametrize("option", EVERY_OPTION)
def test_each_option_by_itself_changes_what_it_says(option: str, folder: Path) -> None:
    old, new, holds = EVERY_OPTION[option]
    assert holds(load(folder, edited((old, new))), folder)


def test_the_three_tls_files_together_allow_a_broker_elsewhere(folder: Path) -> None:
    settings = load(folder, edited(*TLS_LINES, ELSEWHERE))
    assert settings.broker == Broker(
        host="desk.example",
        port=8883,
        tls=Tls(
            ca_file=folder / "ca.pem",
            certificate_file=folder / "device.pem",
            key_file=folder / "device.key",
        ),
    )


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_broker_on_this_machine_needs_no_tls(host: str, folder: Path) -> None:
    assert load(folder, edited(('host = ""', f'host = "{host}"'))).broker.tls is None


def test_every_shipped_option_is_tried_here() -> None:
    tried = {*EVERY_OPTION, *(line.split()[0] for line, _ in TLS_LINES)} - {"broker port"}
    shipped = {name for table in tomllib.loads(SHIPPED).values() for name in table}
    assert shipped == tried


def test_every_shipped_option_is_explained_above_itself() -> None:
    lines = SHIPPED.splitlines()
    explained = False
    for line in lines:
        if line.startswith("["):
            explained = False
        elif line.startswith("#"):
            explained = True
        elif "=" in line:
            assert explained, line


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"Europe/Paris"', '"Paris"', "[home] timezone = 'Paris': write an IANA name"),
        ('"Europe/Paris"', '""', "[home] timezone = ''"),
        ('"Europe/Paris"', '"Europe"', "[home] timezone = 'Europe': write an IANA name"),
        ('"Europe/Paris"', '"../../etc/passwd"', "[home] timezone = '../../etc/passwd'"),
        ('"Europe/Paris"', "1", "[home] timezone = 1: write a text"),
        ('"/var/lib/demitasse"', '""', "[device] state_dir = '': write at least one character"),
        ('"/var/lib/demitasse"', '"a\\u0000"', "[device] state_dir"),
        ('"consent.toml"', '""', "[device] consent_file = '': write at least one character"),
        ('"machines/reference.toml"', '""', "[machine] profile = '': write at least one"),
        ("8883", "0", "[broker] port = 0: choose a whole number from 1 to 65535"),
        ("8883", "65536", "[broker] port = 65536: choose a whole number from 1 to 65535"),
        ("8883", '"8883"', "[broker] port = '8883': choose a whole number from 1 to 65535"),
        ('host = ""', 'host = "desk.example"',
         "[broker] host = 'desk.example': a broker elsewhere needs ca_file"),
        ('ca_file = ""', 'ca_file = "ca.pem"',
         "[broker] host = '': name the broker that the three files are for"),
        ('host = ""', 'host = "h"\nca_file = "x"\n[spare]',
         "[broker] certificate_file = '': TLS needs ca_file, certificate_file and key_file"),
        ('host = ""', 'host = "h"\nkey_file = "x"\n[spare]',
         "[broker] ca_file = '': TLS needs"),
        ("slot_s = 300", "slot_s = 9", "slot_s = 9: choose a whole number from 10 to 3600"),
        ("slot_s = 300", "slot_s = 3601", "slot_s = 3601: choose a whole number"),
        ("slot_s = 300", "slot_s = 300.0", "slot_s = 300.0: choose a whole number"),
        ('= "FR"', '= "fr"', "[operator] country = 'fr': write two capital letters"),
        ("slot_s = 300", "slot = 300", "[delivery] slot = 300: unknown option"),
        ("[delivery]", "[deliveries]", "[deliveries]: unknown section"),
        ("[home]", "home = 1\n[house]", "home: write it as a table, [home]"),
        ("[home]", "[home", "is not valid TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_option_value_and_fix(
    old: str, new: str, complaint: str, folder: Path
) -> None:
    with pytest.raises(ConfigError, match=re.escape(complaint)) as caught:
        load(folder, edited((old, new)))
    assert str(caught.value).startswith(str(folder / "agent.toml"))


@pytest.mark.parametrize("absent", PEM_FILES)
def test_a_tls_file_that_is_not_there_is_named(absent: str, folder: Path) -> None:
    (folder / absent).unlink()
    with pytest.raises(ConfigError, match=rf"\[broker\] .* = '{absent}': there is no file /"):
        load(folder, edited(*TLS_LINES, ELSEWHERE))


def test_the_command_says_what_is_wrong_in_one_line_and_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "agent.toml"
    assert main(["--config", str(absent), "status"]) == 2
    assert capsys.readouterr().err == f"demitasse: {absent}: there is no such file\n"


def test_a_makers_files_say_otherwise_option_by_option_in_the_order_of_their_names(
    folder: Path,
) -> None:
    maker = folder / "conf.d"
    maker.mkdir()
    (maker / "10-machine.toml").write_text('[machine]\nport = "/dev/one"\n')
    (maker / "20-port.toml").write_text('[machine]\nport = "/dev/two"\n')
    (maker / "notes.txt").write_text("not read")

    settings = load(folder, '[machine]\nprofile = "mine.toml"\nport = "/dev/none"\n')

    assert settings.machine_port == "/dev/two"
    assert settings.machine_profile == folder / "mine.toml"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[delivery]\nslot_s = 5\n", "10-maker.toml [delivery] slot_s = 5: choose"),
        ("[delivery]\nslots = 60\n", "10-maker.toml [delivery] slots = 60: unknown option"),
        ("[delivry]\nslot_s = 60\n", "10-maker.toml [delivry]: unknown section"),
        ("delivery = 3\n", "10-maker.toml delivery: write it as a table, [delivery]"),
        ("[delivery\n", "10-maker.toml: is not valid TOML"),
    ],
)
def test_a_mistake_in_a_makers_file_is_told_of_that_file(
    folder: Path, text: str, complaint: str
) -> None:
    maker = folder / "conf.d"
    maker.mkdir()
    (maker / "10-maker.toml").write_text(text)

    with pytest.raises(ConfigError, match=re.escape(complaint)):
        load(folder, SHIPPED)
