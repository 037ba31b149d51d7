"""Who gets a certificate, who gets none, and what each is told."""

import dataclasses
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.authority.enrolling import Refused
from escalation.authority.local_ca import BACKDATED
from escalation.authority.models import Enrolment, IssuedBundle, IssuedCertificate
from escalation.models import Device
from tests.escalation.authority_house import Guest, Office
from tests.escalation.conftest import SteppingClock
from tests.escalation.household import NOW
from wire import enrolment
from wire.certificates import make_request
from wire.enrolment import RENEWABLE_FOR
from wire.keys import DeviceKeys

MONTH = timedelta(days=30)


@pytest.fixture
def clock_() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def office(db: None, tmp_path: Path, clock_: SteppingClock) -> Office:
    """Return an authority that has let nobody in."""
    return Office(tmp_path, clock_)


def refusal(office: Office, data: bytes, *, online: bool = True) -> str:
    """Return why a request is refused, having made sure that nothing was remembered."""
    before = list(IssuedCertificate.objects.values_list("serial", flat=True))
    with pytest.raises(Refused) as caught:
        office.answer(data, online=online)
    assert list(IssuedCertificate.objects.values_list("serial", flat=True)) == before
    return str(caught.value)


# --------------------------------------------------------------------------- first request


def test_a_bundle_turns_into_a_certificate_and_a_device_that_the_desk_knows(
    office: Office,
) -> None:
    guest = Guest(office.bundle())
    certificate = office.answer(guest.first())
    assert (
        certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == guest.name
    )
    assert certificate.not_valid_before_utc == NOW - BACKDATED
    assert certificate.not_valid_after_utc == NOW + MONTH
    uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert not constraints.ca
    assert Device.objects.get(pk=guest.name).keys() == guest.keys.public()


def test_the_makers_batch_is_known_at_the_desk_and_in_no_bundle(office: Office) -> None:
    """Incidents form by it; a later bundle that names none changes nothing."""
    bundle = office.bundle(batch="B7-secret-of-the-maker")
    assert b"B7-secret" not in enrolment.write(bundle).encode()
    guest = Guest(bundle)
    office.answer(guest.first())
    guest.bundle = office.bundle()
    office.answer(guest.first())
    assert Device.objects.get(pk=guest.name).batch == "B7-secret-of-the-maker"


def test_the_secret_is_in_no_table(office: Office) -> None:
    """Who reads the database can make no device enroll."""
    bundle = office.bundle()
    kept = [str(value) for row in Enrolment.objects.values() for value in row.values()]
    kept += [str(value) for row in IssuedBundle.objects.values() for value in row.values()]
    assert any(bundle.bundle_id in text for text in kept)
    assert not any(bundle.secret in text for text in kept)


def test_a_single_use_serves_one_device_however_often_its_answer_is_lost(
    office: Office,
) -> None:
    bundle = office.bundle()
    guest = Guest(bundle)
    office.answer(guest.first())
    office.answer(guest.first())
    assert "used up" in refusal(office, Guest(bundle).first())


def test_a_batch_serves_as_many_devices_as_it_says(office: Office) -> None:
    bundle = office.bundle(uses=2)
    office.answer(Guest(bundle).first())
    office.answer(Guest(bundle).first())
    assert "used up" in refusal(office, Guest(bundle).first())


def test_a_bundle_for_one_device_serves_no_other(office: Office) -> None:
    keys = DeviceKeys.create()
    bundle = office.bundle(device=keys.device_id)
    assert "for another device" in refusal(office, Guest(bundle).first())
    office.answer(Guest(bundle, keys).first())


def test_a_bundle_ends_and_can_be_revoked(office: Office, clock_: SteppingClock) -> None:
    ended, revoked = office.bundle(days=1), office.bundle()
    assert office.revoke(revoked.bundle_id) == "bundle"
    assert "was revoked" in refusal(office, Guest(revoked).first())
    clock_.time += timedelta(days=1)
    assert "ended on 2026-03-04" in refusal(office, Guest(ended).first(), online=False)


def test_without_the_secret_nobody_learns_how_a_bundle_stands(office: Office) -> None:
    """Neither of one that is good nor of one that never was."""
    guest = Guest(office.bundle())
    said = {
        refusal(office, guest.first(secret="00" * 32)),
        refusal(office, guest.first(bundle_id="ab" * 16)),
    }
    assert said == {"the request was not made with this bundle"}


# -------------------------------------------------------------------------------- renewal


def test_an_identity_gets_its_next_certificate_with_another_key(office: Office) -> None:
    guest = Guest(office.bundle())
    first, second = office.answer(guest.first()), office.answer(guest.renewal())
    assert first.public_key() != second.public_key()
    assert first.serial_number != second.serial_number


@pytest.mark.parametrize("away", [timedelta(days=60), MONTH + RENEWABLE_FOR])
def test_a_device_that_was_off_for_months_comes_back_by_itself(
    away: timedelta, office: Office, clock_: SteppingClock
) -> None:
    """Its certificate is long over; its identity is not."""
    guest = Guest(office.bundle())
    office.answer(guest.first())
    clock_.time += away
    guest.made_at += away
    assert office.answer(guest.renewal()).not_valid_after_utc == clock_.time + MONTH


def test_after_thirteen_months_a_new_bundle_is_needed(
    office: Office, clock_: SteppingClock
) -> None:
    guest = Guest(office.bundle())
    office.answer(guest.first())
    clock_.time += MONTH + RENEWABLE_FOR + timedelta(seconds=1)
    guest.made_at = clock_.time
    assert "more than 13 months ago" in refusal(office, guest.renewal())
    guest.bundle = office.bundle()
    office.answer(guest.first())
    office.answer(guest.renewal())


def test_a_stranger_renews_nothing(office: Office) -> None:
    assert "not enrolled" in refusal(office, Guest(office.bundle()).renewal())


@pytest.mark.parametrize("kind", ["first", "renewal"])
def test_a_revoked_device_gets_nothing_however_it_asks(kind: str, office: Office) -> None:
    guest = Guest(office.bundle(uses=5))
    office.answer(guest.first())
    assert office.revoke(guest.name, "stolen") == "device"
    assert "was revoked" in refusal(office, getattr(guest, kind)())
    guest.bundle = office.bundle()
    assert "was revoked" in refusal(office, guest.first())


def test_a_replayed_request_is_refused(office: Office) -> None:
    guest = Guest(office.bundle())
    first = guest.first()
    office.answer(first)
    older, newer = guest.renewal(), guest.renewal()
    office.answer(newer)
    for data in (first, older, newer):
        assert "answered before" in refusal(office, data)


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_wrong_is_told(minutes: int, office: Office) -> None:
    """As a file a request may be days old; over the network it is of this moment."""
    guest = Guest(office.bundle(), made_at=NOW + timedelta(minutes=minutes))
    data = guest.first()
    assert "set the device's clock" in refusal(office, data)
    office.answer(data, online=False)


# ---------------------------------------------------------------------------- hostile input


def test_a_request_for_somebody_else_is_refused(office: Office) -> None:
    guest, other = Guest(office.bundle()), Guest(office.bundle())
    key = ec.generate_private_key(ec.SECP256R1())
    theirs = make_request(key, other.name)
    assert f"not for {guest.name}" in refusal(office, guest.first(csr=theirs))
    named = guest.first(keys=other.keys.public().to_text(), csr=theirs)
    assert "signature" in refusal(office, named)


def test_a_signing_request_that_its_key_has_not_signed_is_refused(office: Office) -> None:
    """Otherwise a certificate would stand for a key that somebody else holds."""
    guest = Guest(office.bundle())
    pem = make_request(ec.generate_private_key(ec.SECP256R1()), guest.name)
    lines = pem.splitlines()
    lines[-2] = ("A" if lines[-2][4] != "A" else "B").join((lines[-2][:4], lines[-2][5:]))
    assert "signing request" in refusal(office, guest.first(csr="\n".join(lines) + "\n"))


def test_a_key_of_another_kind_is_refused(office: Office) -> None:
    guest = Guest(office.bundle())
    for key in (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1())):
        algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, guest.name)])
        csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, algorithm)
        assert "P-256" in refusal(office, guest.first(csr=_pem(csr)))


def test_what_a_signing_request_asks_beyond_its_key_is_not_granted(office: Office) -> None:
    """No server's name, no authority of its own."""
    guest = Guest(office.bundle())
    key = ec.generate_private_key(ec.SECP256R1())
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, guest.name)]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("broker.example")]), critical=False
        )
        .sign(key, SHA256())
    )
    certificate = office.answer(guest.first(csr=_pem(csr)))
    extensions = certificate.extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [guest.name]


def test_an_identity_cannot_slip_in_other_sealing_keys(office: Office) -> None:
    guest = Guest(office.bundle(uses=5))
    office.answer(guest.first())
    mixed = dataclasses.replace(guest.keys, x25519=DeviceKeys.create().x25519)
    assert "known with other keys" in refusal(office, Guest(guest.bundle, mixed).first())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_bring_a_certificate(data: bytes, office: Office) -> None:
    refusal(office, data)


@pytest.mark.parametrize(
    "field", ["kind", "bundle_id", "keys", "csr", "made_at", "proof", "signature"]
)
def test_every_field_of_a_request_counts(field: str, office: Office) -> None:
    """Changed, missing, or of another type."""
    guest = Guest(office.bundle())
    plain = json.loads(guest.first())
    spoiled = [{**plain, field: value} for value in ("", "ff" * 16, 7, None, ["x"])]
    spoiled += [{k: v for k, v in plain.items() if k != field}, {**plain, "extra": 1}]
    for one in spoiled:
        refusal(office, json.dumps(one).encode())
    refusal(office, (json.dumps(plain)[:-1] + ', "extra": 1}').encode())


def _pem(csr: x509.CertificateSigningRequest) -> str:
    return csr.public_bytes(Encoding.PEM).decode()
