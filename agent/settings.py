"""What the operator configured: ``agent.toml`` as frozen, checked values.

The owner's own choices (consent, name, quiet hours, budget) are not here: they are in
``consent.toml``, which ``consent_file`` reads.
"""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.delivery.write_budget import WRITE_BYTES_A_DAY
from wire.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files of mutual TLS 1.3, all PEM."""

    ca_file: Path
    certificate_file: Path
    key_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the MQTT broker is; an empty host: where the enrolment says.

    ``tls`` is ``None`` only for a broker on this machine, and where there is no host.
    """

    host: str
    port: int
    tls: Tls | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who answers for what the desk does: named in every consent record."""

    name: str
    address: str
    contact: str
    country: str
    """Two letters, as in ISO 3166."""
    authority: str
    """Where an owner can complain."""


NOT_NAMED = "not named yet; ask whoever set up this device"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Everything ``agent.toml`` says."""

    timezone: str
    state_dir: Path
    consent_file: Path
    machine_profile: Path
    machine_port: str | None
    """A serial port that takes precedence over the profile's own, or ``None``."""
    broker: Broker
    slot_s: int
    write_bytes_a_day: int = WRITE_BYTES_A_DAY
    operator: Operator = Operator(
        name=NOT_NAMED, address=NOT_NAMED, contact=NOT_NAMED, country="FR", authority=NOT_NAMED
    )


OVERRIDES = "conf.d"
"""Where a maker puts files of its own, so that no upgrade asks about ``agent.toml``."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def load_settings(path: Path) -> AgentSettings:
    """Read ``agent.toml`` and what ``conf.d/*.toml`` beside it say otherwise.

    Relative paths, also in ``conf.d``, are relative to the folder of ``agent.toml``.
    """
    folder = path.resolve().parent
    options = Options.load(path, overrides=sorted((folder / OVERRIDES).glob("*.toml")))
    home = options.section("home")
    device = options.section("device")
    machine = options.section("machine")
    delivery = options.section("delivery")
    settings = AgentSettings(
        timezone=_timezone(home),
        state_dir=folder / _filled(device, "state_dir", "/var/lib/demitasse"),
        consent_file=folder / _filled(device, "consent_file", "consent.toml"),
        machine_profile=folder / _filled(machine, "profile", "machines/reference.toml"),
        machine_port=machine.text("port", default="") or None,
        broker=_broker(options.section("broker"), folder),
        slot_s=delivery.integer("slot_s", default=300, low=10, high=3600),
        write_bytes_a_day=1_000_000
        * delivery.integer("write_mb_a_day", default=10, low=1, high=10_000),
        operator=_operator(options.section("operator")),
    )
    options.close()
    return settings


def _filled(options: Options, name: str, default: str) -> str:
    text = options.text(name, default=default)
    if not text:
        options.refuse(name, text, f'write at least one character, such as "{default}"')
    return text


def _timezone(home: Options) -> str:
    name = home.text("timezone", default="Europe/Paris")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        home.refuse("timezone", name, 'write an IANA name such as "Europe/Paris"')
    return name


def _operator(options: Options) -> Operator:
    country = options.text("country", default="FR", max_length=2)
    if not (
        country.isascii() and country.isalpha() and country.isupper() and len(country) == 2
    ):
        options.refuse("country", country, 'write two capital letters, such as "FR"')
    return Operator(
        name=options.text("name", default="") or NOT_NAMED,
        address=options.text("address", default="") or NOT_NAMED,
        contact=options.text("contact", default="") or NOT_NAMED,
        country=country,
        authority=options.text("authority", default="") or NOT_NAMED,
    )


def _broker(options: Options, folder: Path) -> Broker:
    host = options.text("host", default="", max_length=253)
    port = options.integer("port", default=8883, low=1, high=65535)
    names = ("ca_file", "certificate_file", "key_file")
    files = {name: options.text(name, default="") for name in names}
    given = [name for name in names if files[name]]
    if not given:
        # Envelopes are sealed, but the client certificate is what proves the device.
        if host and host not in LOOPBACK:
            options.refuse(
                "host",
                host,
                "a broker elsewhere needs ca_file, certificate_file and key_file; or leave it "
                "empty, and the enrolment names broker and certificate",
            )
        return Broker(host=host, port=port, tls=None)
    if not host:
        options.refuse("host", host, "name the broker that the three files are for")
    if len(given) < len(names):
        missing = next(name for name in names if not files[name])
        options.refuse(missing, "", "TLS needs ca_file, certificate_file and key_file together")
    paths = {name: folder / files[name] for name in names}
    for name, file in paths.items():
        if not file.is_file():
            options.refuse(name, files[name], f"there is no file {file}")
    return Broker(host=host, port=port, tls=Tls(**paths))
