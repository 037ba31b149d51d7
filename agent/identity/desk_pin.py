"""The desk that this device belongs to: whom to believe, where to go, and whose TLS to trust.

``keys/desk.json`` is written by an enrolment and changes in one way only: the desk's next
keys take the place of the present ones when the present ones have signed for them, one
generation after the other. Anything else is refused: keys signed by somebody else, an
earlier generation, one too far ahead. For some days after that, what the old keys have
signed still counts, because it may have been under way.
"""

import functools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from agent.durable_file import write_durably
from agent.identity.key_files import keys_folder, unusable
from wire import enrolment, schema
from wire.enrolment import Bundle, Host, KeyText, NextDeskKeys, Pem, Untrue, Url
from wire.keys import PublicKeys
from wire.options import ConfigError

FILE = "desk.json"

# Asked for at every envelope, and the same two texts for years.
_public = functools.lru_cache(maxsize=8)(PublicKeys.from_text)


class NotFollowed(Exception):
    """These are not the next keys of the desk that is pinned; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPin:
    """What an enrolment has settled."""

    serial: int
    """Which generation of the desk's keys ``keys`` are."""
    keys: KeyText
    old_keys: KeyText | None = None
    old_until: datetime | None = None
    broker_host: Host
    broker_port: int
    enrol_url: Url
    authorities: Pem

    def __post_init__(self) -> None:
        """Refuse keys that could not be used."""
        _public(self.keys)
        if self.old_keys is not None:
            _public(self.old_keys)

    @property
    def desk(self) -> PublicKeys:
        """Whom to seal to, and whose signature to expect."""
        return _public(self.keys)

    def old(self, now: datetime) -> PublicKeys | None:
        """Return the keys before these, while their signature still counts."""
        if self.old_keys is None or self.old_until is None or now >= self.old_until:
            return None
        return _public(self.old_keys)

    @classmethod
    def of(cls, bundle: Bundle) -> "DeskPin":
        """Return what ``bundle`` settles."""
        return cls(
            serial=bundle.desk_serial,
            keys=bundle.desk_keys,
            broker_host=bundle.broker_host,
            broker_port=bundle.broker_port,
            enrol_url=bundle.enrol_url,
            authorities=bundle.authorities,
        )


def followed(pin: DeskPin, document: NextDeskKeys, now: datetime) -> DeskPin:
    """Return ``pin`` with the desk's next keys, or raise ``NotFollowed``."""
    if (document.serial, document.keys) == (pin.serial, pin.keys):
        return pin
    if document.serial != pin.serial + 1:
        raise NotFollowed(
            f"generation {document.serial} of the desk's keys does not follow generation "
            f"{pin.serial}, which is pinned here"
        )
    try:
        enrolment.verify(document, pin.desk.verifier())
    except Untrue:
        raise NotFollowed("the desk that is pinned here has not signed these keys") from None
    return replace(
        pin,
        serial=document.serial,
        keys=document.keys,
        old_keys=pin.keys,
        old_until=now + timedelta(days=document.overlap_days),
    )


class PinnedDesk:
    """The pin as it is just now, in memory and on the disk."""

    def __init__(self, state_dir: Path | None, pin: DeskPin) -> None:
        """Hold ``pin``; without a folder, in memory alone."""
        self._state_dir = state_dir
        self.pin = pin

    def follow(self, document: NextDeskKeys, now: datetime) -> bool:
        """Pin the desk's next keys, on the disk first; return whether they are news."""
        pin = followed(self.pin, document, now)
        if pin == self.pin:
            return False
        if self._state_dir is not None:
            write_pin(self._state_dir, pin)
        self.pin = pin
        return True


def read_pinned_desk(state_dir: Path) -> PinnedDesk | None:
    """Return the desk this device belongs to, or ``None`` before it is enrolled."""
    file = keys_folder(state_dir) / FILE
    try:
        if not file.exists():
            return None
        return PinnedDesk(state_dir, schema.decode(DeskPin, file.read_bytes()))
    except OSError as error:
        raise unusable(file, error) from None
    except ValueError as error:
        raise ConfigError(
            f"{file}: {error}; restore it, or remove it and enroll this device again"
        ) from None


def write_pin(state_dir: Path, pin: DeskPin) -> None:
    """Put ``pin`` on the disk: the old one or the new one, whatever happens."""
    file = keys_folder(state_dir) / FILE
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(file, schema.encode(pin).decode() + "\n")
    except OSError as error:
        raise unusable(file, error) from None
