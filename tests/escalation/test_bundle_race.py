"""Many devices reach for one bundle at once: real threads, a real database, one gets in."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from escalation.authority.enrolling import Refused
from escalation.authority.models import Enrolment, IssuedCertificate
from tests.escalation.authority_house import Guest, Office
from tests.escalation.conftest import SteppingClock

pytestmark = pytest.mark.both_databases


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("uses", [1, 3])
def test_of_many_devices_at_once_exactly_as_many_get_in_as_the_bundle_allows(
    uses: int, tmp_path: Path
) -> None:
    office = Office(tmp_path, SteppingClock())
    bundle = office.bundle(uses=uses)
    guests = [Guest(bundle) for _ in range(6)]
    start, let_in, refused = threading.Barrier(len(guests)), [], []

    def reach(guest: Guest) -> None:
        data = guest.first()
        start.wait(10)
        try:
            office.answer(data)
            let_in.append(guest.name)
        except Refused:
            refused.append(guest.name)
        finally:
            connection.close()

    threads = [threading.Thread(target=reach, args=(guest,)) for guest in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(let_in), len(refused)) == (uses, len(guests) - uses)
    assert set(Enrolment.objects.values_list("pk", flat=True)) == set(let_in)


@pytest.mark.django_db(transaction=True)
def test_of_one_renewal_sent_many_times_at_once_one_is_answered(tmp_path: Path) -> None:
    """A replay is a replay, however quick it is."""
    office = Office(tmp_path, SteppingClock())
    guest = Guest(office.bundle(), made_at=datetime(2026, 3, 3, 9, 30, tzinfo=UTC))
    office.answer(guest.first())
    data, start, answered = guest.renewal(), threading.Barrier(6), []

    def send() -> None:
        start.wait(10)
        try:
            answered.append(office.answer(data).serial_number)
        except Refused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answered) == 1
    assert IssuedCertificate.objects.count() == 2
