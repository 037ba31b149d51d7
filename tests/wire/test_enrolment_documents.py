"""The documents of an enrolment: read strictly, believed by signature, the same for ever."""

import dataclasses
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.authority import local_ca
from escalation.authority.local_ca import LocalCa
from tests.wire.examples import DESK, DEVICE, EXAMPLES, NEXT_DESK
from wire import certificates, enrolment, schema
from wire.certificates import BadCertificate, Expected, NotYetValid
from wire.enrolment import (
    DOCUMENT_BYTES_MAX,
    KINDS,
    Bundle,
    Certificate,
    CertificateRequest,
    NextDeskKeys,
    Untrue,
)
from wire.keys import KeyFormatError, PublicKeys
from wire.schema import SchemaError
from wire.sealing import SLOT_BYTES

FILE = Path(__file__).parents[2] / "wire" / "enrolment_vectors.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
DOCUMENTS: dict[str, bytes] = {k: v.encode() for k, v in VECTORS["documents"].items()}
SIGNED_BY = {
    "bundle": DESK,
    "first_request": DEVICE,
    "renewal": DEVICE,
    "next_desk_keys": DESK,
}
AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)

each_document = pytest.mark.parametrize("name", DOCUMENTS)
each_signed = pytest.mark.parametrize("name", SIGNED_BY)


def plain(name: str) -> dict[str, Any]:
    """Return a recorded document as JSON values."""
    return dict(json.loads(DOCUMENTS[name]))


def signed(name: str) -> Bundle | CertificateRequest | NextDeskKeys:
    """Return a recorded document that has a signature."""
    document = enrolment.read(DOCUMENTS[name])
    assert not isinstance(document, Certificate)
    return document


# ------------------------------------------------------------------------------- for ever


@each_signed
def test_what_the_first_version_wrote_is_believed_for_ever(name: str) -> None:
    document = signed(name)
    enrolment.verify(document, SIGNED_BY[name].public().verifier())
    assert enrolment.write(document) == DOCUMENTS[name].decode() + "\n"


def test_every_kind_is_recorded() -> None:
    assert {plain(name)["kind"] for name in DOCUMENTS} == set(KINDS)


def test_the_recorded_proof_and_certificate_hold_for_ever() -> None:
    request, bundle = signed("first_request"), signed("bundle")
    assert isinstance(request, CertificateRequest)
    assert isinstance(bundle, Bundle)
    enrolment.check_proof(request, VECTORS["secret"])
    certificate = enrolment.read(DOCUMENTS["certificate"])
    assert isinstance(certificate, Certificate)
    key = certificates.read_request(request.csr, DEVICE.device_id)
    expected = Expected(name=DEVICE.device_id, public_key=key, authorities=bundle.authorities)
    certificates.check(certificate.chain, expected, AT)


def test_the_names_in_a_document_are_its_keys() -> None:
    assert signed("bundle").desk == DESK.public()  # type: ignore[union-attr]
    assert signed("renewal").device == DEVICE.public()  # type: ignore[union-attr]
    assert signed("next_desk_keys").desk == NEXT_DESK.public()  # type: ignore[union-attr]


def test_new_desk_keys_fit_into_the_slot_of_a_message() -> None:
    assert len(schema.encode(EXAMPLES["desk_keys"])) < SLOT_BYTES // 2


# ------------------------------------------------------------------------------ signatures


@each_signed
def test_nobody_else_can_have_signed_it(name: str) -> None:
    other = DEVICE if SIGNED_BY[name] is DESK else DESK
    with pytest.raises(Untrue):
        enrolment.verify(signed(name), other.public().verifier())


@each_signed
@pytest.mark.parametrize("signature", ["", "zz", "00", "00" * 64])
def test_a_signature_that_is_none_is_refused(name: str, signature: str) -> None:
    spoiled = dataclasses.replace(signed(name), signature=signature)
    with pytest.raises(Untrue):
        enrolment.verify(spoiled, SIGNED_BY[name].public().verifier())


OTHER_VALUES: dict[str, Any] = {
    "bundle_id": "cd" * 16,
    "secret": "cd" * 32,
    "proof": "cd" * 32,
    "device": "00112233445566ff",
    "issued_at": "2026-03-08T09:00:01Z",
    "expires_at": "2026-03-08T09:00:01Z",
    "made_at": "2026-03-08T09:00:01Z",
    "broker_host": "broker.elsewhere",
    "broker_port": 8884,
    "enrol_url": "https://desk.elsewhere/enrol",
    "authorities": "-",
    "csr": "-",
    "desk_serial": 9,
    "serial": 9,
    "overlap_days": 31,
    "desk_keys": NEXT_DESK.public().to_text(),
    "keys": DESK.public().to_text(),
}


@each_signed
def test_every_field_is_signed(name: str) -> None:
    """So that no two bundles can be mixed, and none is believed by half."""
    for field in plain(name).keys() - {"kind", "signature"}:
        changed = {**plain(name), field: OTHER_VALUES[field]}
        if changed == plain(name) or (field in ("proof", "bundle_id") and name == "renewal"):
            continue
        document = enrolment.read(json.dumps(changed).encode())
        assert not isinstance(document, Certificate)
        with pytest.raises(Untrue):
            enrolment.verify(document, SIGNED_BY[name].public().verifier())


def test_a_proof_covers_the_whole_request_and_needs_the_secret() -> None:
    request = signed("first_request")
    assert isinstance(request, CertificateRequest)
    for other in (
        dataclasses.replace(request, csr="-"),
        dataclasses.replace(request, bundle_id="cd" * 16),
        dataclasses.replace(request, keys=DESK.public().to_text()),
    ):
        with pytest.raises(Untrue):
            enrolment.check_proof(other, VECTORS["secret"])
    with pytest.raises(Untrue):
        enrolment.check_proof(request, "00" * 32)


# -------------------------------------------------------------------------------- strictness


@each_document
def test_a_document_has_exactly_its_fields(name: str) -> None:
    good = plain(name)
    spoiled = [{k: v for k, v in good.items() if k != field} for field in good]
    spoiled += [{**good, "extra": 1}, {**good, "kind": "demitasse something else 1"}]
    spoiled += [{**good, field: [good[field]]} for field in good]
    for one in spoiled:
        with pytest.raises(SchemaError):
            enrolment.read(json.dumps(one).encode())


@each_document
def test_a_field_cannot_be_given_twice(name: str) -> None:
    text = DOCUMENTS[name].decode()
    with pytest.raises(SchemaError, match="twice"):
        enrolment.read((text[:-1] + f', "kind": "{plain(name)["kind"]}"}}').encode())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bundle_id", "AB" * 16),
        ("secret", "5e" * 31),
        ("device", "madeleine"),
        ("broker_host", ""),
        ("broker_host", "a b"),
        ("broker_host", "-x"),
        ("broker_port", 0),
        ("broker_port", 65536),
        ("broker_port", True),
        ("enrol_url", "http://desk.example/enrol"),
        ("enrol_url", "https:///enrol"),
        ("enrol_url", "https://user@desk.example/enrol"),
        ("enrol_url", "https://desk.example:99999/enrol"),
        ("enrol_url", "https://desk.example/enrol?x=1"),
        ("enrol_url", "https://desk.example:0/enrol"),
        ("desk_serial", 0),
        ("desk_keys", ""),
        ("desk_keys", "A" * 1664),
        ("desk_keys", "é" * 1664),
    ],
)
def test_a_bundle_that_could_not_be_used_is_refused_at_once(field: str, value: Any) -> None:
    with pytest.raises(SchemaError):
        enrolment.read(json.dumps({**plain("bundle"), field: value}).encode())


@pytest.mark.parametrize(
    "changes", [{"bundle_id": None}, {"proof": ""}, {"bundle_id": None, "proof": "00" * 32}]
)
def test_a_first_request_has_bundle_and_proof_and_a_renewal_neither(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(SchemaError):
        enrolment.read(json.dumps({**plain("first_request"), **changes}).encode())


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"null", b"[]", b"\xff", b"[" * 20_000, b'{"kind": 1}', b'{"kind": null}'],
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(SchemaError):
        enrolment.read(data)


def test_a_flood_is_not_even_looked_at() -> None:
    with pytest.raises(SchemaError, match="more than"):
        enrolment.read(DOCUMENTS["bundle"] + b" " * DOCUMENT_BYTES_MAX)


@settings(max_examples=300)
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with pytest.raises(SchemaError):
        enrolment.read(data)


@each_signed
def test_two_thousand_altered_documents_are_all_refused(name: str) -> None:
    """Any one byte, at a random place."""
    seed = 20260308
    chance = random.Random(seed)
    key, original = SIGNED_BY[name].public().verifier(), signed(name)
    for _ in range(2000):
        data = bytearray(DOCUMENTS[name])
        at = chance.randrange(len(data))
        data[at] ^= chance.randrange(1, 256)
        try:
            document = enrolment.read(bytes(data))
        except SchemaError:
            continue
        assert not isinstance(document, Certificate)
        if document == original:
            continue  # another spelling of the same, such as the hour with another zero
        with pytest.raises(Untrue):
            enrolment.verify(document, key)


def test_a_secret_is_not_shown() -> None:
    assert VECTORS["secret"] not in repr(signed("bundle"))


# ------------------------------------------------------------------------------ certificates


def test_keys_are_one_text_and_back() -> None:
    text = DESK.public().to_text()
    assert len(text) == 1664
    assert PublicKeys.from_text(text) == DESK.public()
    for spoiled in ("", "=" * 8, text[:-4], text + "AAAA", text[:-1] + "\n", "é" + text[1:]):
        with pytest.raises(KeyFormatError):
            PublicKeys.from_text(spoiled)


def chain_and_expected(**changes: Any) -> tuple[str, Expected]:
    """Return the recorded certificate, and what is expected of it."""
    document, bundle = enrolment.read(DOCUMENTS["certificate"]), signed("bundle")
    request = signed("renewal")
    assert isinstance(document, Certificate)
    assert isinstance(bundle, Bundle)
    assert isinstance(request, CertificateRequest)
    fields: dict[str, Any] = {
        "name": DEVICE.device_id,
        "public_key": certificates.read_request(request.csr, DEVICE.device_id),
        "authorities": bundle.authorities,
    }
    return document.chain, Expected(**{**fields, **changes})


def test_a_certificate_counts_between_its_dates_alone() -> None:
    chain, expected = chain_and_expected()
    own = certificates.check(chain, expected, AT)
    with pytest.raises(NotYetValid, match="the clock here says 1970-01-01"):
        certificates.check(chain, expected, datetime(1970, 1, 1, tzinfo=UTC))
    with pytest.raises(BadCertificate, match="ended on 2026-04-07"):
        certificates.check(chain, expected, own.not_valid_after_utc)


def test_a_certificate_for_another_name_key_or_authority_does_not_count() -> None:
    chain, expected = chain_and_expected(name=DESK.public().device_id)
    with pytest.raises(BadCertificate, match="is not for"):
        certificates.check(chain, expected, AT)
    other = certificates.read_chain(signed("bundle").authorities)[0]  # type: ignore[union-attr]
    chain, expected = chain_and_expected(public_key=other.public_key())
    with pytest.raises(BadCertificate, match="another key"):
        certificates.check(chain, expected, AT)
    chain, expected = chain_and_expected(authorities=chain)
    with pytest.raises(BadCertificate, match="not signed by an authority"):
        certificates.check(chain, expected, AT)


def test_who_signed_must_come_after_what_they_signed() -> None:
    """A certificate that merely lies in the same file vouches for nobody."""
    chain, expected = chain_and_expected()
    root = expected.authorities
    certificates.check(chain + root, expected, AT)
    with pytest.raises(BadCertificate):
        certificates.check(root + chain, expected, AT)
    with pytest.raises(BadCertificate, match="no chain"):
        certificates.check(chain + root * 5, expected, AT)


def signed_by(ca: LocalCa, key: ec.EllipticCurvePublicKey, *, server: bool = False) -> str:
    """Return a certificate of the example device."""
    name, month = DEVICE.device_id, timedelta(days=30)
    made = ca.sign_server(key, [name], AT) if server else ca.sign_client(key, name, AT, month)
    return local_ca.pem(made).decode()


def test_a_servers_certificate_lets_nobody_in_and_a_devices_vouches_for_nobody(
    tmp_path: Path,
) -> None:
    """Each certificate is for one thing."""
    ca, key = local_ca.create(tmp_path, "Authority", AT), local_ca.new_key()
    root = local_ca.pem(ca.certificate).decode()
    expected = Expected(name=DEVICE.device_id, public_key=key.public_key(), authorities=root)
    with pytest.raises(BadCertificate, match="does not let its holder be a client"):
        certificates.check(signed_by(ca, key.public_key(), server=True), expected, AT)
    own = signed_by(ca, key.public_key())
    certificates.check(own, expected, AT)
    [mine] = certificates.read_chain(own)
    # Dressed up as an authority: signed by the device's own key, in the device's own name.
    forged = x509.CertificateBuilder(
        subject_name=mine.subject,
        issuer_name=mine.subject,
        public_key=key.public_key(),
        serial_number=7,
        not_valid_before=AT,
        not_valid_after=AT + timedelta(days=1),
    ).sign(key, hashes.SHA256())
    with pytest.raises(BadCertificate, match="not signed by an authority"):
        certificates.check(local_ca.pem(forged).decode() + own, expected, AT)


@pytest.mark.parametrize("pem", ["", "x", "-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_what_is_no_certificate_is_told(pem: str) -> None:
    _, expected = chain_and_expected()
    with pytest.raises(BadCertificate, match="cannot be read"):
        certificates.check(pem, expected, AT)
