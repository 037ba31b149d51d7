"""Turns a maker's bundle into a device that its desk knows and its broker lets in.

    bundle ──▶ request ──▶ (the desk) ──▶ certificate ──▶ keys/tls.pem, then keys/desk.json

A bundle is believed when the desk whose keys it holds has signed it, it is meant for this
device, and it is in time. A device that belongs to a desk already takes no other: whoever
wants that removes ``keys/desk.json``, by hand, and with it every trust of before. The
certificate is checked, and shown to the broker if that can be reached, before anything is
written; the pin is written last, so that a device is enrolled wholly or not at all.

The core takes the time as an argument and does no I/O; ``enroll`` at the end is the shell.
"""

from datetime import datetime, timedelta
from pathlib import Path

from agent.identity import certificates, enrolment_line
from agent.identity.certificates import Pair
from agent.identity.desk_pin import DeskPin, read_pinned_desk, write_pin
from agent.identity.key_files import device_keys
from agent.settings import AgentSettings
from wire import enrolment
from wire.certificates import BadCertificate, NotYetValid, make_request, read_chain
from wire.enrolment import Bundle, CertificateRequest, Document, RequestKind, Untrue
from wire.keys import DeviceKeys
from wire.options import ConfigError
from wire.schema import SchemaError

CLOCKS_DIFFER_BY = timedelta(days=1)


class NotEnrolled(Exception):
    """Why this device is not enrolled, and what would help. Nothing was changed."""


def check_bundle(bundle: Bundle, device: str, pin: DeskPin | None, now: datetime) -> None:
    """Raise ``NotEnrolled`` unless ``device`` may believe ``bundle``."""
    try:
        enrolment.verify(bundle, bundle.desk.verifier())
    except Untrue:
        raise NotEnrolled("the bundle was changed or is not whole; fetch it again") from None
    try:
        read_chain(bundle.authorities)
    except BadCertificate as error:
        raise NotEnrolled(f"the bundle names nobody to trust: {error}") from None
    if bundle.device not in (None, device):
        raise NotEnrolled(f"the bundle is for device {bundle.device}, and this is {device}")
    if now < bundle.issued_at - CLOCKS_DIFFER_BY:
        raise NotEnrolled(
            f"the bundle was made on {bundle.issued_at:%Y-%m-%d} and the clock here says "
            f"{now:%Y-%m-%d}; set the clock"
        )
    if now >= bundle.expires_at:
        raise NotEnrolled(f"the bundle ended on {bundle.expires_at:%Y-%m-%d}; ask for another")
    if pin is not None and bundle.desk.identity != pin.desk.identity:
        raise NotEnrolled(
            "this device belongs to a desk with other keys; if that desk has new keys, enroll "
            "with the file of its next keys first; to give the device to another desk, remove "
            "keys/desk.json and keys/tls.pem from its state folder"
        )


def ask(
    keys: DeviceKeys, tls_key: str, now: datetime, bundle: Bundle | None
) -> CertificateRequest:
    """Return a signed request for a certificate: a first one by ``bundle``, or a renewal."""
    request = CertificateRequest(
        kind=RequestKind.V1,
        bundle_id=bundle.bundle_id if bundle else None,
        keys=keys.public().to_text(),
        csr=make_request(certificates.read_key(tls_key), keys.device_id),
        made_at=now,
        proof="00" * 32 if bundle else "",
        signature="",
    )
    if bundle is not None:
        request = enrolment.prove(request, bundle.secret)
    return enrolment.sign(request, keys.signer())


def check_pair(pair: Pair, name: str, authorities: str, now: datetime) -> None:
    """Raise ``NotEnrolled`` unless ``pair`` lets ``name`` in, ``now``."""
    try:
        pair.check(name, authorities, now)
    except NotYetValid as error:
        raise NotEnrolled(f"{error}; set the clock") from None
    except BadCertificate as error:
        raise NotEnrolled(f"{error}; nothing was changed here") from None


# --------------------------------------------------------------------------------- shell


def read_document(path: Path) -> Document:
    """Return what a desk has written into the file ``path``, or raise ``ConfigError``."""
    try:
        with path.open("rb") as file:
            return enrolment.read(file.read(enrolment.DOCUMENT_BYTES_MAX + 1))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except SchemaError as error:
        raise ConfigError(
            f"{path}: {error}; use the file that `demitasse-desk authority` wrote"
        ) from None


def read_bundle(path: Path) -> Bundle:
    """Return the bundle in the file ``path``, or raise ``ConfigError``."""
    document = read_document(path)
    if not isinstance(document, Bundle):
        raise ConfigError(f"{path}: is no bundle; ask the desk for one")
    if not document.enrol_url:
        raise ConfigError(f"{path}: names no address to ask; enroll this device by hand")
    return document


def write_request(state_dir: Path, bundle: Bundle, now: datetime) -> CertificateRequest:
    """Return a request to be carried to the desk; its key waits here for the answer."""
    keys = device_keys(state_dir)
    check_bundle(bundle, keys.device_id, _pin(state_dir), now)
    tls_key = certificates.new_key()
    certificates.keep_asked(state_dir, tls_key)
    return ask(keys, tls_key, now, bundle)


def enroll(
    settings: AgentSettings, bundle: Bundle, now: datetime, answer: enrolment.Certificate | None
) -> str:
    """Enroll with the ``answer`` that was carried here, or by asking the desk for one.

    Returns what is to be said of the broker; raises ``NotEnrolled``.
    """
    state_dir = settings.state_dir
    keys = device_keys(state_dir)
    check_bundle(bundle, keys.device_id, _pin(state_dir), now)
    if answer is None:
        tls_key = certificates.new_key()
        request = ask(keys, tls_key, now, bundle)
        chain = enrolment_line.certificate_for(request, bundle.enrol_url, bundle.authorities)
    else:
        found = certificates.asked(state_dir)
        if found is None:
            raise NotEnrolled("this device has asked for nothing; make a request first")
        tls_key, chain = found, answer.chain
    pair = Pair(tls_key, chain)
    check_pair(pair, keys.device_id, bundle.authorities, now)
    if settings.broker.host:
        shown = "agent.toml names a broker of its own, so the certificate was not tried"
    else:
        host, port = bundle.broker_host, bundle.broker_port
        shown = enrolment_line.show(pair, host, port, bundle.authorities, state_dir)
    certificates.swap(state_dir, pair)
    write_pin(state_dir, DeskPin.of(bundle))
    certificates.forget_asked(state_dir)
    return shown


def _pin(state_dir: Path) -> DeskPin | None:
    pinned = read_pinned_desk(state_dir)
    return pinned.pin if pinned else None
