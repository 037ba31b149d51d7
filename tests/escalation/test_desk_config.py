"""``desk.toml``: defaults that work, and complaints that say what to do."""

from pathlib import Path

import pytest

from escalation import desk_config
from wire.options import ConfigError

SHIPPED = Path("config/desk.toml")


def load(folder: Path, text: str) -> desk_config.DeskConfig:
    """Return what this text configures."""
    file = folder / "desk.toml"
    file.write_text(text, encoding="utf-8")
    return desk_config.load(file)


def test_the_shipped_file_shows_the_defaults(tmp_path: Path) -> None:
    """Every option it sets has the value that leaving it out would have."""
    assert desk_config.load(SHIPPED) == load(tmp_path, "")


def test_the_shipped_file_names_every_option(tmp_path: Path) -> None:
    """The list of known options comes from the loader's own complaint."""
    shipped = SHIPPED.read_text(encoding="utf-8")
    for section in ("web", "sign_in", "database", "broker", "intake", "guardian", "keys"):
        with pytest.raises(ConfigError) as refused:
            load(tmp_path, f"[{section}]\nno_such_option = 1\n")
        known = str(refused.value).split("known here: ")[1].split(", ")
        part = shipped.split(f"[{section}]")[1].split("\n[")[0]
        for option in known:
            assert f"\n{option} = " in part.replace("# ", ""), option


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[web]\nport = 65536", "[web] port = 65536: choose a whole number from 0 to 65535"),
        ("[web]\nport = true", "[web] port = true: choose a whole number"),
        ("[web]\nallowed_hosts = []", "name at least one host"),
        ('[web]\nallowed_hosts = "x"', "write a list of texts"),
        ('[web]\nallowed_hosts = ["desk.example"]\nhttps = false', "https = false: write true"),
        ('[web]\ntimezone = "Europe/Atlantis"', "choose an IANA name"),
        ('[web]\ntimezone = "/etc/passwd"', "choose an IANA name"),
        ('[web]\nsecurity_contact = "me"', "begin with mailto:, https:// or tel:"),
        ('[database]\nurl = "mysql://x/y"', "write postgresql://"),
        ('[database]\nurl = "postgresql://host"', "write postgresql://"),
        ('[database]\nurl = "postgresql://host:port/x"', "write postgresql://"),
        ('[broker]\nca = "missing.pem"', "there is no file"),
        ('[broker]\ncertificate = "desk.toml"', "certificate and key belong together"),
        (
            '[broker]\ncertificate = "desk.toml"\nkey = "desk.toml"',
            "a certificate is used over TLS only",
        ),
        ("[keys]\nfolder = 1", "[keys] folder = 1: write a text"),
        ("[intake]\nworkers = 9", "choose a whole number from 1 to 8"),
        ("[intake]\nheartbeat_s = 5", "choose a whole number from 10 to 3600"),
        ("[intake]\nclosed_days = 0", "choose a whole number from 1 to 3650"),
        ('[web]\nmetrics_token = "short"', "write at least 16 characters"),
        ("[keyz]\nfolder = 'x'", "[keyz]: unknown section; did you mean keys?"),
        ("[web", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_fix(tmp_path: Path, text: str, complaint: str) -> None:
    """File, section, option, value, range."""
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, text)
    assert complaint in str(refused.value)
    assert str(tmp_path / "desk.toml") in str(refused.value)


def test_a_password_in_a_url_is_not_repeated_in_the_complaint(tmp_path: Path) -> None:
    """Complaints end up in logs."""
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, '[database]\nurl = "postgres://u:s3cret@host"')
    assert "s3cret" not in str(refused.value)


def test_https_follows_from_who_can_reach_the_console(tmp_path: Path) -> None:
    """Secure without being asked as soon as another computer is meant."""
    assert not load(tmp_path, "").web.https
    assert load(tmp_path, '[web]\nallowed_hosts = ["desk.example"]').web.https


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    """A desk is one folder that can be moved."""
    config = load(tmp_path, '[database]\npath = "a.sqlite3"\n[keys]\nfolder = "k"')
    assert config.database.path == tmp_path / "a.sqlite3"
    assert config.keys_folder == tmp_path / "k"


def test_the_port_of_the_broker_follows_tls(tmp_path: Path) -> None:
    """8883 with a ca, 1883 without, and what is written wins."""
    assert load(tmp_path, "").broker.port == 1883
    assert load(tmp_path, '[broker]\nca = "desk.toml"').broker.port == 8883
    assert load(tmp_path, '[broker]\nca = "desk.toml"\nport = 9').broker.port == 9


def test_each_worker_is_somebody_of_its_own(tmp_path: Path) -> None:
    """A name and a certificate beside the desk's; a missing one is said at once."""
    for name in ("ca.crt", "desk.crt", "desk.key", "desk-2.crt", "desk-2.key"):
        (tmp_path / name).touch()
    text = '[broker]\nca = "ca.crt"\ncertificate = "desk.crt"\nkey = "desk.key"\n'
    broker = load(tmp_path, text).broker
    assert broker.for_worker(1) is broker
    second = broker.for_worker(2)
    assert second.client_id == "demitasse-desk-2"
    assert (second.certificate, second.key) == (
        tmp_path / "desk-2.crt",
        tmp_path / "desk-2.key",
    )
    with pytest.raises(ConfigError, match=r"there is no file .*desk-3\.crt"):
        broker.for_worker(3)
