"""Looks at what makes this device itself: who may read its files, its keys, its desk.

Nothing is made here: a device that has no keys yet gets them at its first start.
"""

import pwd
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from agent.assembly import store_file
from agent.diagnosis.findings import (
    Found,
    Reason,
    Subject,
    attention,
    not_looked_at,
    ok,
    refused,
    wrong,
)
from agent.diagnosis.scene import Scene, look_as, may_look_into
from agent.identity import certificates
from agent.identity.certificates import Pair
from agent.identity.desk_pin import PinnedDesk, read_pinned_desk
from agent.identity.key_files import device_keys, keys_folder
from agent.settings import AgentSettings
from wire import certificates as x509
from wire.certificates import BadCertificate, NotYetValid
from wire.options import ConfigError

_SOON = timedelta(days=7)
_ENROLL = "get a bundle from the desk, and run: demitasse enroll BUNDLE.json"


def look(scene: Scene) -> Iterator[Found]:
    """Yield how permissions, identity, desk and certificate stand."""
    settings = scene.settings
    folder = settings.state_dir
    if not may_look_into(folder) or not may_look_into(keys_folder(folder)):
        for subject in (
            Subject.PERMISSIONS,
            Subject.IDENTITY,
            Subject.DESK,
            Subject.CERTIFICATE,
        ):
            text = f"{folder} is not for this user to see."
            yield not_looked_at(subject, Reason.NOT_PERMITTED, text, look_as(folder))
        return
    yield permissions(settings)
    yield identity(settings)
    try:
        desk = read_pinned_desk(folder)
    except ConfigError as error:
        yield refused(Subject.DESK, Reason.DESK_WRONG, error)
        yield not_looked_at(Subject.CERTIFICATE, Reason.DESK_WRONG, "The desk comes first.")
        return
    yield _desk(desk)
    yield _certificate(settings, desk, scene.clock.now().utc)


def permissions(settings: AgentSettings) -> Found:
    """Return whether the private files belong to one user, who alone may read them."""
    folder = settings.state_dir
    if not folder.exists():
        text = f"{folder} is made at the first start, for its own user alone."
        return not_looked_at(Subject.PERMISSIONS, Reason.NOT_STARTED_YET, text)
    owner = folder.stat().st_uid
    for file in _private(settings):
        mode = file.stat()
        if mode.st_mode & 0o077:
            return wrong(
                Subject.PERMISSIONS,
                Reason.OPEN_TO_OTHERS,
                f"Others may look into {file}.",
                f"run: chmod {'700' if file.is_dir() else '600'} {file}",
            )
        if mode.st_uid != owner:
            return wrong(
                Subject.PERMISSIONS,
                Reason.OWNED_BY_ANOTHER,
                f"{file} belongs to another user than {folder}, which is the device's.",
                f"run: sudo chown -R {_name(owner)}: {folder}",
            )
    if folder.stat().st_mode & 0o022:
        return wrong(
            Subject.PERMISSIONS,
            Reason.OPEN_TO_OTHERS,
            f"Others may put files into {folder}.",
            f"run: chmod 700 {folder}",
        )
    return ok(Subject.PERMISSIONS, "Store and keys are for the device's user alone.")


def identity(settings: AgentSettings) -> Found:
    """Return whether the device has keys that it can use."""
    if not (keys_folder(settings.state_dir) / "device.json").exists():
        text = "This device has no identity yet: it makes one at its first start."
        return not_looked_at(Subject.IDENTITY, Reason.NOT_STARTED_YET, text)
    try:
        device_keys(settings.state_dir)
    except ConfigError as error:
        return refused(Subject.IDENTITY, Reason.IDENTITY_WRONG, error)
    return ok(Subject.IDENTITY, "This device has its identity.")


def _private(settings: AgentSettings) -> Iterator[Path]:
    store, keys = store_file(settings), keys_folder(settings.state_dir)
    for path in (store, Path(f"{store}-wal"), keys):
        if path.exists():
            yield path
    if keys.is_dir():
        yield from (file for file in sorted(keys.iterdir()) if file.is_file())


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _desk(desk: PinnedDesk | None) -> Found:
    if desk is None:
        return attention(
            Subject.DESK,
            Reason.NOT_ENROLLED,
            "This device belongs to no desk yet: it works at home, and sends nothing.",
            _ENROLL,
        )
    text = f"The desk's key is known, generation {desk.pin.serial}."
    return ok(Subject.DESK, text)


def _certificate(settings: AgentSettings, desk: PinnedDesk | None, now: datetime) -> Found:
    if settings.broker.host:
        if settings.broker.tls is None:
            text = "The broker on this computer asks for no certificate."
            return ok(Subject.CERTIFICATE, text, reason=Reason.NONE_USED)
        return _from_file(settings.broker.tls.certificate_file, now)
    if desk is None:
        text = "There is none before the device belongs to a desk."
        return not_looked_at(Subject.CERTIFICATE, Reason.NOT_ENROLLED, text, _ENROLL)
    return _enrolled(settings, desk, now)


def _from_file(file: Path, now: datetime) -> Found:
    renew = f"have it renewed by whoever takes care of {file}"
    try:
        own = x509.read_chain(file.read_text(encoding="ascii"))[0]
    except (OSError, ValueError, IndexError) as error:
        return wrong(Subject.CERTIFICATE, Reason.CERTIFICATE_WRONG, f"{file}: {error}.", renew)
    return _dated(own.not_valid_before_utc, own.not_valid_after_utc, now, renew=renew)


def _enrolled(settings: AgentSettings, desk: PinnedDesk, now: datetime) -> Found:
    try:
        pair = certificates.read_pair(settings.state_dir)
        if pair is None:
            return wrong(
                Subject.CERTIFICATE,
                Reason.CERTIFICATE_MISSING,
                "This device has a desk, and no certificate for its broker.",
                _ENROLL,
            )
        own = pair.certificate
        by_itself = (
            "keep the device running and online: it asks for the next one by itself"
            if desk.pin.enrol_url
            else _ENROLL
        )
        found = _dated(own.not_valid_before_utc, own.not_valid_after_utc, now, renew=by_itself)
        return _matching(pair, settings, desk, now, found)
    except ConfigError as error:
        return refused(Subject.CERTIFICATE, Reason.CERTIFICATE_WRONG, error)


def _matching(
    pair: Pair, settings: AgentSettings, desk: PinnedDesk, now: datetime, found: Found
) -> Found:
    if found.reason in (Reason.CERTIFICATE_ENDED, Reason.CERTIFICATE_NOT_YET):
        return found
    try:
        pair.check(device_keys(settings.state_dir).device_id, desk.pin.authorities, now)
    except NotYetValid:
        return found
    except BadCertificate as error:
        text = str(error)
        return wrong(
            Subject.CERTIFICATE,
            Reason.CERTIFICATE_WRONG,
            f"{text[0].upper()}{text[1:]}.",
            _ENROLL,
        )
    return found


def _dated(begin: datetime, end: datetime, now: datetime, *, renew: str) -> Found:
    subject = Subject.CERTIFICATE
    if now >= end:
        text = f"The certificate ended on {end:%Y-%m-%d}."
        return wrong(subject, Reason.CERTIFICATE_ENDED, text, renew)
    if now < begin:
        return wrong(
            subject,
            Reason.CERTIFICATE_NOT_YET,
            f"The certificate begins on {begin:%Y-%m-%d %H:%M} UTC, later than now.",
            "see whether the clock is right: timedatectl",
        )
    text = f"The certificate is good until {end:%Y-%m-%d}."
    # Short-lived ones are renewed after two thirds of their life: a week may be all of it.
    if end - now < min(_SOON, (end - begin) / 4):
        return attention(subject, Reason.CERTIFICATE_ENDS_SOON, text, renew)
    return ok(subject, text)
