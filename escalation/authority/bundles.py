"""Enrolment bundles: what a device is given to find its desk and to be let in.

A bundle's secret is not kept anywhere: it follows from the bundle's number and the desk's
own secret (the file ``secret`` beside its keys), so that who reads the database can make no
device enroll. Whoever replaces that file ends all bundles that are out.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from escalation.authority.models import IssuedBundle
from escalation.authority.options import AuthorityConfig
from escalation.authority.signing import Signer
from escalation.desk_keys import DeskIdentity
from wire import enrolment
from wire.enrolment import Bundle, BundleKind

_SECRET_DOMAIN = "demitasse/1 bundle secret\0"


def secret_of(bundle_id: str, desk_secret: str) -> str:
    """Return the secret of a bundle, as 64 hexadecimal digits."""
    message = (_SECRET_DOMAIN + bundle_id).encode()
    return hmac.new(desk_secret.encode(), message, hashlib.sha256).hexdigest()


def issue(
    *,
    desk: DeskIdentity,
    desk_secret: str,
    config: AuthorityConfig,
    signer: Signer,
    now: datetime,
    lasts: timedelta,
    uses_max: int,
    for_device: str | None,
    batch: str | None = None,
) -> Bundle:
    """Make a bundle, remember it, and return it signed.

    ``batch`` is the maker's, of the machines that it is for: it stays in the register here.
    """
    bundle_id = secrets.token_hex(16)
    issued_at = now.replace(microsecond=0)
    bundle = Bundle(
        kind=BundleKind.V1,
        bundle_id=bundle_id,
        secret=secret_of(bundle_id, desk_secret),
        device=for_device,
        issued_at=issued_at,
        expires_at=issued_at + lasts,
        broker_host=config.broker_host,
        broker_port=config.broker_port,
        enrol_url=config.enrol_url,
        authorities=signer.authorities(),
        desk_serial=desk.serial,
        desk_keys=desk.keys.public().to_text(),
        signature="",
    )
    signed = enrolment.sign(bundle, desk.keys.signer())
    IssuedBundle.objects.create(
        bundle_id=bundle_id,
        issued_at=issued_at,
        expires_at=signed.expires_at,
        for_device=for_device or "",
        uses_max=uses_max,
        desk_serial=desk.serial,
        batch=batch,
    )
    return signed
