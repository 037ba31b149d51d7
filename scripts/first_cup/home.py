"""The demonstration's home: a folder with the three files that every device has.

They are the shipped files with a few lines changed, the way a maker and an owner would
change them: the serial port, the broker's address, the pins of the light, and in the
consent file the name, the switches, and beside each the id of the notice that was read.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.consents.consent_file import Purpose
from agent.identity import enrolment
from agent.notices import shipped_notices
from agent.settings import AgentSettings, load_settings
from firmware_bridge.profile import MACHINES_FOLDER
from scripts.first_cup.desk import Desk
from wire import enrolment as documents
from wire.enrolment import Bundle, Certificate
from wire.messages import Language

CONFIG = MACHINES_FOLDER.parent
CALL_ME = "Madeleine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What is this home's own in ``agent.toml``."""

    timezone: str
    serial_port: str
    broker_port: int


class HomeFolder:
    """The configuration and state folder of one device."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True)
        profile = (CONFIG / "machines" / "reference.toml").read_text(encoding="utf-8")
        for pin in ("light_gpio", "button_gpio"):
            profile = re.sub(rf"^# ({pin} = )", r"\1", profile, flags=re.MULTILINE)
        self.profile = folder / "machine.toml"
        self.profile.write_text(profile, encoding="utf-8")

    def settings(self, wiring: Wiring) -> AgentSettings:
        """Write ``agent.toml`` and load it as ``demitasse run`` would."""
        file = self._folder / "agent.toml"
        text = (CONFIG / "agent.toml").read_text(encoding="utf-8")
        for option, value in (
            ("timezone", wiring.timezone),
            ("state_dir", "state"),
            ("profile", self.profile.name),
            ("port", wiring.serial_port),
        ):
            text = _with(text, option, f'"{value}"')
        before, broker = text.split("[broker]")
        # On this computer and without TLS: a device elsewhere goes where its bundle says.
        broker = _with(broker, "host", '"127.0.0.1"')
        broker = _with(broker, "port", str(wiring.broker_port))
        file.write_text(f"{before}[broker]{broker}", encoding="utf-8")
        return load_settings(file)

    def grant(self, purposes: Collection[Purpose], language: Language) -> None:
        """Write ``consent.toml``: exactly ``purposes`` on, each with its notice read."""
        text = (CONFIG / "consent.toml").read_text(encoding="utf-8")
        text = _with(text, "call_me", f'"{CALL_ME}"')
        text = _with(text, "language", f'"{language}"')
        for purpose in purposes:
            notice = next(n for n in shipped_notices()[purpose] if n.language == language)
            before, section = text.split(f"\n[{purpose}]\n")
            section = _with(section, "on", "true")
            section = _with(section, "i_have_read", f'"{notice.id}"')
            text = f"{before}\n[{purpose}]\n{section}"
        (self._folder / "consent.toml").write_text(text, encoding="utf-8")

    def enroll(self, settings: AgentSettings, desk: Desk) -> None:
        """Give the device to its desk: bundle, request and answer travel as files."""
        bundle = documents.read(desk.bundle().encode())
        assert isinstance(bundle, Bundle)
        now = datetime.now(UTC)
        request = self._folder / "request.json"
        asked = enrolment.write_request(settings.state_dir, bundle, now)
        request.write_text(documents.write(asked), encoding="ascii")
        answer = documents.read(desk.sign(request).encode())
        assert isinstance(answer, Certificate)
        enrolment.enroll(settings, bundle, datetime.now(UTC), answer)


def _with(text: str, option: str, value: str) -> str:
    """Return ``text`` with the first line of ``option`` set to ``value``."""
    changed, count = re.subn(
        rf"^{option} = .*$", f"{option} = {value}", text, count=1, flags=re.MULTILINE
    )
    if not count:
        raise ValueError(f"the shipped file has no option {option}")
    return changed
