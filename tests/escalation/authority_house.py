"""A device as the authority sees it: identity, bundle, requests; and an authority in a folder.

office = Office(tmp_path, clock)
guest = Guest(office.bundle())
certificate = office.answer(guest.first())
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from escalation.authority import bundles, enrolling, local_ca, register
from escalation.authority.options import AuthorityConfig
from escalation.authority.signing import Signer, signer_of
from escalation.desk_keys import DeskIdentity
from wire import enrolment
from wire.certificates import make_request, read_chain
from wire.enrolment import Bundle, CertificateRequest, RequestKind
from wire.keys import DeskKeys, DeviceKeys

SECRET = "the console's secret, long enough"
NAME = "Test authority"


@dataclass
class Guest:
    """A device that asks."""

    bundle: Bundle
    keys: DeviceKeys = field(default_factory=DeviceKeys.create)
    made_at: datetime = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)

    @property
    def name(self) -> str:
        """The device's name."""
        return self.keys.device_id

    def first(self, **changes: Any) -> bytes:
        """Return a first request; ``changes`` are made before it is proven and signed."""
        return self.ask(**{"bundle_id": self.bundle.bundle_id, "proof": "00" * 32, **changes})

    def renewal(self, **changes: Any) -> bytes:
        """Return a renewal."""
        return self.ask(**{"bundle_id": None, "proof": "", **changes})

    def ask(self, *, secret: str | None = None, **fields: Any) -> bytes:
        """Return a signed request; every one is a second later than the one before."""
        self.made_at += timedelta(seconds=1)
        key = ec.generate_private_key(ec.SECP256R1())
        request = CertificateRequest(
            **{
                "kind": RequestKind.V1,
                "keys": self.keys.public().to_text(),
                "csr": make_request(key, self.name),
                "made_at": self.made_at,
                "signature": "",
                **fields,
            }
        )
        if request.bundle_id is not None:
            request = enrolment.prove(request, secret or self.bundle.secret)
        return enrolment.write(enrolment.sign(request, self.keys.signer())).encode()


@dataclass
class Office:
    """An authority in a folder of its own, and the desk's part in it."""

    folder: Path
    clock: Callable[[], datetime]
    identity: DeskIdentity = field(
        default_factory=lambda: DeskIdentity(keys=DeskKeys.create(), epoch=1)
    )
    config: AuthorityConfig = field(init=False)
    signer: Signer = field(init=False)

    def __post_init__(self) -> None:
        """Make the authority."""
        self.config = AuthorityConfig(
            folder=self.folder / "authority",
            certificate_days=30,
            sign_command=(),
            ca=None,
            publish_command=(),
            broker_host="broker.example",
            broker_port=8883,
            enrol_url="https://desk.example/enrol/certificate",
        )
        local_ca.create(self.config.folder, NAME, self.clock())
        self.signer = signer_of(self.config)

    def configure(self, **changes: Any) -> None:
        """Change options of ``[authority]``."""
        self.config = replace(self.config, **changes)
        self.signer = signer_of(self.config)

    def bundle(
        self,
        *,
        uses: int = 1,
        days: int = 30,
        device: str | None = None,
        batch: str | None = None,
    ) -> Bundle:
        """Return a new bundle."""
        return bundles.issue(
            desk=self.identity,
            desk_secret=SECRET,
            config=self.config,
            signer=self.signer,
            now=self.clock(),
            lasts=timedelta(days=days),
            uses_max=uses,
            for_device=device,
            batch=batch,
        )

    def revoke(self, what: str, because: str = "") -> str:
        """Take back a device, a bundle or a certificate."""
        return register.revoke(self.config.folder, what, because, self.clock())

    def answer(self, data: bytes, *, online: bool = True) -> x509.Certificate:
        """Return the certificate that a request brings."""
        desk = enrolling.Desk(
            secret=SECRET, folder=self.config.folder, signer=self.signer, clock=self.clock
        )
        return read_chain(enrolling.answer(data, desk, online=online).chain)[0]
