"""Judges a device's request for a certificate, and answers it.

1. A request is signed by the identity that it names; nobody asks for somebody else.
2. The first one needs a bundle: known, in time, not used up, not revoked, and its secret
   proven. The same device may use the same bundle again, since an answer can get lost.
3. A renewal needs an enrolled identity and nothing more: not a certificate that is still
   good, so that a device comes back by itself up to ``RENEWABLE_FOR`` after its last one.
4. What was revoked gets nothing, however well it is signed.
5. A request whose time is not newer than the last one of its device is a replay. Over the
   network its time must also be about now.

The authority is asked between two transactions, since it may be slow; the second one looks
at everything again, and of two requests at once the later one is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from django.db import transaction

from escalation.authority import bundles, revoked_file
from escalation.authority.models import Enrolment, IssuedBundle, IssuedCertificate
from escalation.authority.signing import Signer
from escalation.models import Device
from wire import certificates, enrolment
from wire.certificates import BadCertificate
from wire.enrolment import (
    RENEWABLE_FOR,
    Certificate,
    CertificateKind,
    CertificateRequest,
    Untrue,
)
from wire.schema import SchemaError

CLOCKS_DIFFER_BY = timedelta(minutes=15)


class Refused(Exception):
    """The sender gets nothing; the text says why, and what would help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What judging needs of the desk."""

    secret: str
    folder: Path
    """Of the authority: it says what was revoked, also to a database that was restored."""
    signer: Signer
    clock: Callable[[], datetime]


def answer(data: bytes, desk: Desk, *, online: bool) -> Certificate:
    """Return the certificate that ``data`` asks for, or raise ``Refused``.

    Raises ``SigningFailed`` where the request is good and the authority is not.
    """
    request = _read(data)
    now = desk.clock()
    if online and abs(now - request.made_at) > CLOCKS_DIFFER_BY:
        raise Refused(
            f"the request was made at {request.made_at:%Y-%m-%d %H:%M} UTC and here it is "
            f"{now:%Y-%m-%d %H:%M} UTC: set the device's clock"
        )
    name = request.device.device_id
    with transaction.atomic():
        _judge(request, desk, now)
    try:
        chain, certificate = desk.signer.sign(request.csr, name, now)
    except BadCertificate as error:
        raise Refused(str(error)) from None
    with transaction.atomic():
        _commit(request, _judge(request, desk, now), certificate, now)
    return Certificate(kind=CertificateKind.V1, chain=chain)


def _read(data: bytes) -> CertificateRequest:
    try:
        request = enrolment.read(data)
    except SchemaError as error:
        raise Refused(f"this is no request: {error}") from None
    if not isinstance(request, CertificateRequest):
        raise Refused(f"this is no request but a {request.kind.rpartition(' ')[0]}")
    try:
        enrolment.verify(request, request.device.verifier())
        certificates.read_request(request.csr, request.device.device_id)
    except (Untrue, BadCertificate) as error:
        raise Refused(str(error)) from None
    return request


def _judge(request: CertificateRequest, desk: Desk, now: datetime) -> IssuedBundle | None:
    """Return the bundle of a first request, ``None`` for a renewal; or raise ``Refused``.

    Locks what it looks at: of two requests at once, the second sees what the first has done.
    """
    bundle = None
    if request.bundle_id is not None:
        bundle = _bundle_of(request, request.bundle_id, desk)
    name = request.device.device_id
    known = Enrolment.objects.select_for_update().filter(pk=name).first()
    _check_device(request)
    taken_back = known is not None and known.revoked_at is not None
    if taken_back or name in revoked_file.read(desk.folder):
        raise Refused("this device was revoked at the desk: ask whoever runs it")
    if known is not None and request.made_at <= known.last_request_at:
        raise Refused("this request, or a newer one, was answered before: make a new one")
    if bundle is not None:
        _check_bundle(bundle, name, now)
        return bundle
    if known is None:
        raise Refused("this device is not enrolled at this desk: enroll it with a bundle")
    if now > known.certified_until + RENEWABLE_FOR:
        raise Refused(
            "the last certificate ended more than 13 months ago: enroll with a new bundle"
        )
    return None


def _check_device(request: CertificateRequest) -> None:
    device = Device.objects.filter(pk=request.device.device_id).first()
    if device is not None and device.keys() != request.device:
        raise Refused(
            "this device is known with other keys; a device whose keys were replaced needs a "
            "new identity"
        )


def _bundle_of(request: CertificateRequest, bundle_id: str, desk: Desk) -> IssuedBundle:
    """Return the bundle that the sender holds; only who holds it learns how it stands."""
    try:
        enrolment.check_proof(request, bundles.secret_of(bundle_id, desk.secret))
    except Untrue as error:
        raise Refused(str(error)) from None
    bundle = IssuedBundle.objects.select_for_update().filter(pk=bundle_id).first()
    if bundle is None:
        raise Refused("this desk does not know the bundle: ask for a new one")
    return bundle


def _check_bundle(bundle: IssuedBundle, name: str, now: datetime) -> None:
    if bundle.revoked_at is not None:
        raise Refused("the bundle was revoked: ask for a new one")
    if now >= bundle.expires_at:
        raise Refused(f"the bundle ended on {bundle.expires_at:%Y-%m-%d}: ask for a new one")
    if bundle.for_device not in ("", name):
        raise Refused("the bundle is for another device")
    others = Enrolment.objects.filter(bundle=bundle).exclude(pk=name).count()
    if others >= bundle.uses_max:
        raise Refused("the bundle is used up: ask for a new one")


def _commit(
    request: CertificateRequest,
    bundle: IssuedBundle | None,
    certificate: x509.Certificate,
    now: datetime,
) -> None:
    keys = request.device
    until = certificate.not_valid_after_utc
    device, _ = Device.objects.get_or_create(
        device_id=keys.device_id,
        defaults={"public_keys": keys.to_json(), "enrolled_at": now},
    )
    changed: dict[str, Any] = {"last_request_at": request.made_at, "certified_until": until}
    if bundle is None:
        Enrolment.objects.filter(device=device).update(**changed)
    else:
        if bundle.batch is not None:
            Device.objects.filter(pk=device.pk).update(batch=bundle.batch)
        changed |= {"bundle": bundle, "desk_serial": bundle.desk_serial}
        Enrolment.objects.update_or_create(device=device, defaults=changed)
    IssuedCertificate.objects.create(
        serial=f"{certificate.serial_number:x}",
        name=keys.device_id,
        device=device,
        issued_at=now,
        expires_at=until,
    )
