"""The authority itself: its files, its list of what was revoked, and a maker's own instead."""

import stat
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from escalation.authority import local_ca, register
from escalation.authority.enrolling import Refused
from escalation.authority.local_ca import Revoked
from escalation.authority.models import Enrolment, IssuedBundle, IssuedCertificate
from escalation.authority.signing import SigningFailed
from escalation.models import Device
from tests.escalation.authority_house import Guest, Office
from tests.escalation.conftest import SteppingClock
from tests.escalation.household import NOW
from wire.options import ConfigError


@pytest.fixture
def clock_() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def office(db: None, tmp_path: Path, clock_: SteppingClock) -> Office:
    """Return an authority that has let nobody in."""
    return Office(tmp_path, clock_)


def revoked_in(path: Path) -> set[int]:
    """Return the serial numbers on the list."""
    return {line.serial_number for line in x509.load_pem_x509_crl(path.read_bytes())}


# ---------------------------------------------------------------------------------- files


def test_its_key_is_for_its_owner_alone_and_is_never_replaced(office: Office) -> None:
    folder = office.config.folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "ca.key").stat().st_mode) == 0o600
    before = (folder / "ca.key").read_bytes()
    with pytest.raises(ConfigError, match="is here already"):
        local_ca.create(folder, "Another", NOW)
    assert (folder / "ca.key").read_bytes() == before


def test_an_open_key_is_refused_with_the_fix(office: Office) -> None:
    (office.config.folder / "ca.key").chmod(0o640)
    with pytest.raises(ConfigError, match=r"ca\.key: others may read it; run `chmod 600 "):
        local_ca.load(office.config.folder)


@pytest.mark.parametrize("file", ["ca.key", "ca.crt"])
@pytest.mark.parametrize("damage", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_a_damaged_file_is_named(file: str, damage: bytes, office: Office) -> None:
    (office.config.folder / file).write_bytes(damage)
    with pytest.raises(ConfigError, match=rf"{file}: is damaged; restore it"):
        local_ca.load(office.config.folder)


@pytest.mark.parametrize("file", ["ca.key", "ca.crt"])
def test_a_missing_file_is_named_with_the_command_that_makes_it(
    file: str, office: Office
) -> None:
    (office.config.folder / file).unlink()
    with pytest.raises(
        ConfigError, match=rf"{file}: there is no such file; run `demitasse-desk"
    ):
        local_ca.load(office.config.folder)


def test_key_and_certificate_of_two_authorities_are_no_authority(
    office: Office, tmp_path: Path
) -> None:
    local_ca.create(tmp_path / "other", "Another", NOW)
    (tmp_path / "other" / "ca.crt").replace(office.config.folder / "ca.crt")
    with pytest.raises(ConfigError, match="do not belong together"):
        local_ca.load(office.config.folder)


# --------------------------------------------------------------------------------- revoking


def test_the_list_names_every_certificate_of_a_revoked_device_and_no_other(
    office: Office,
) -> None:
    stolen, kept = Guest(office.bundle()), Guest(office.bundle())
    serials = {office.answer(data).serial_number for data in (stolen.first(), stolen.renewal())}
    office.answer(kept.first())
    assert revoked_in(register.write_revocation_list(office.config, NOW)) == set()
    office.revoke(stolen.name, "stolen")
    path = register.write_revocation_list(office.config, NOW)
    assert revoked_in(path) == serials
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    taken_back = Enrolment.objects.filter(revoked_at__isnull=False)
    assert [row.pk for row in taken_back] == [stolen.name]


def test_what_has_ended_leaves_the_list(office: Office) -> None:
    """So that a list does not grow for ever."""
    guest = Guest(office.bundle())
    office.answer(guest.first())
    office.revoke(guest.name)
    later = NOW + timedelta(days=31)
    assert revoked_in(register.write_revocation_list(office.config, later)) == set()


def test_a_restored_database_lets_nobody_in_again(office: Office) -> None:
    """It has forgotten what was revoked since; what lies beside the keys has not."""
    bundle = office.bundle(uses=5)
    stolen = Guest(bundle)
    serial = office.answer(stolen.first()).serial_number
    office.revoke(stolen.name, "stolen")
    office.revoke(bundle.bundle_id)
    for rows in (Enrolment, IssuedBundle, IssuedCertificate):
        rows.objects.update(revoked_at=None)
    register.reapply(office.config.folder)
    assert revoked_in(register.write_revocation_list(office.config, NOW)) == {serial}
    assert Enrolment.objects.get().revoked_because == "stolen"
    assert IssuedBundle.objects.get().revoked_at == NOW
    with pytest.raises(Refused, match="was revoked at the desk"):
        office.answer(stolen.renewal())


def test_a_database_from_before_a_device_came_does_not_let_it_in_again(office: Office) -> None:
    bundle = office.bundle(uses=5)
    stolen = Guest(bundle)
    serial = office.answer(stolen.first()).serial_number
    office.revoke(stolen.name, "stolen")
    IssuedCertificate.objects.all().delete()
    Enrolment.objects.all().delete()
    Device.objects.all().delete()
    assert revoked_in(register.write_revocation_list(office.config, NOW)) == {serial}
    with pytest.raises(Refused, match="was revoked at the desk"):
        office.answer(stolen.first())
    long_after = NOW + local_ca.SERVICE_LASTS
    assert revoked_in(register.write_revocation_list(office.config, long_after)) == set()


@pytest.mark.parametrize("text", ["", '{"a": 1}', "[1]", '[{"number": "x"}]', "[[]]"])
def test_a_damaged_file_of_what_was_revoked_is_told_and_lets_nobody_in(
    text: str, office: Office
) -> None:
    guest = Guest(office.bundle())
    (office.config.folder / "revoked.json").write_text(text)
    with pytest.raises(ConfigError, match=r"revoked\.json: .*restore it from its backup"):
        office.answer(guest.first())


def test_a_list_outlasts_the_authority_and_is_its_own(office: Office) -> None:
    """A broker with a list that has ended lets nobody in."""
    ca = local_ca.load(office.config.folder)
    first = x509.load_pem_x509_crl(ca.revocation_list([], NOW))
    later = NOW + timedelta(seconds=1)
    second = x509.load_pem_x509_crl(ca.revocation_list([Revoked(7, NOW)], later))
    assert first.next_update_utc == ca.certificate.not_valid_after_utc
    key = ca.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert first.is_signature_valid(key)
    numbers = [
        c.extensions.get_extension_for_class(x509.CRLNumber).value for c in (first, second)
    ]
    assert numbers[0].crl_number < numbers[1].crl_number


@pytest.mark.parametrize("what", ["0" * 16, "0" * 32, "", "everything"])
def test_what_is_not_there_cannot_be_revoked(what: str, office: Office) -> None:
    with pytest.raises(ConfigError, match="`demitasse-desk authority list` shows them"):
        office.revoke(what)


def test_a_new_list_is_published_by_the_operators_command(office: Office) -> None:
    target = office.folder / "published"
    copy = f"import shutil, sys; shutil.copy(sys.argv[1], {str(target)!r})"
    office.configure(publish_command=(sys.executable, "-c", copy))
    path = register.write_revocation_list(office.config, NOW)
    assert target.read_bytes() == path.read_bytes()


def test_a_list_that_could_not_be_published_is_told(office: Office) -> None:
    office.configure(publish_command=(sys.executable, "-c", "raise SystemExit('no broker')"))
    with pytest.raises(ConfigError, match=r"no broker; .*the broker may not know it yet"):
        register.write_revocation_list(office.config, NOW)


# ------------------------------------------------------------------- a maker's own authority


SIGN = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
from cryptography import x509
from escalation.authority import local_ca
ca = local_ca.load(Path(sys.argv[1]))
csr = x509.load_pem_x509_csr(sys.stdin.buffer.read())
name = sys.argv[3] if len(sys.argv) > 3 else csr.subject.rdns[0]._attributes[0].value
now = datetime.fromisoformat(sys.argv[2])
signed = ca.sign_client(csr.public_key(), name, now, timedelta(days=7))
print(local_ca.pem(signed).decode())
"""


def makers_own(office: Office, *more: str, signed_by: Path | None = None) -> None:
    """Let a command sign, as a maker's authority does."""
    folder = office.folder / "theirs"
    if not folder.exists():
        local_ca.create(folder, "The maker's", NOW)
    words = (str(signed_by or folder), (NOW - timedelta(hours=1)).isoformat(), *more)
    office.configure(sign_command=(sys.executable, "-c", SIGN, *words), ca=folder / "ca.crt")


def test_a_makers_own_authority_signs_and_devices_are_told_to_trust_it(office: Office) -> None:
    makers_own(office)
    bundle = office.bundle()
    assert bundle.authorities == (office.folder / "theirs" / "ca.crt").read_text()
    certificate = office.answer(Guest(bundle).first())
    assert certificate.issuer.rfc4514_string() == "CN=The maker's"
    assert IssuedCertificate.objects.count() == 1


def test_what_a_makers_authority_signs_is_not_believed_blindly(office: Office) -> None:
    """A certificate for another name, or by somebody else, reaches no device."""
    makers_own(office, "0011223344556677")
    with pytest.raises(SigningFailed, match="is not for"):
        office.answer(Guest(office.bundle()).first())
    makers_own(office, signed_by=office.config.folder)
    with pytest.raises(SigningFailed, match="not signed by an authority"):
        office.answer(Guest(office.bundle()).first())
    assert not IssuedCertificate.objects.exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            (sys.executable, "-c", "raise SystemExit('the ledger is closed')"),
            "ledger is closed",
        ),
        (("/no/such/program",), "cannot be used"),
        (("true",), "certificate cannot be read"),
    ],
)
def test_an_authority_that_fails_is_told_and_the_device_may_come_again(
    command: tuple[str, ...], said: str, office: Office
) -> None:
    guest = Guest(office.bundle())
    makers_own(office)
    works = office.config.sign_command
    office.configure(sign_command=command)
    with pytest.raises(SigningFailed, match=said):
        office.answer(guest.first())
    office.configure(sign_command=works)
    office.answer(guest.first())


def test_a_makers_own_authority_publishes_its_own_list(office: Office) -> None:
    """And what was revoked here is still refused here."""
    makers_own(office)
    guest = Guest(office.bundle())
    office.answer(guest.first())
    office.revoke(guest.name)
    with pytest.raises(ConfigError, match="publishes its own list"):
        register.write_revocation_list(office.config, NOW)
    with pytest.raises(Refused, match="was revoked"):
        office.answer(guest.renewal())
