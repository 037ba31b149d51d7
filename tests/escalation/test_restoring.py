"""A restored desk: what owners took back stays taken back, and devices are asked again."""

import pytest

from escalation import desk
from escalation.keeping import desk_epoch, restoring
from escalation.models import Case, Device, Tombstone, Withdrawn
from tests.escalation.conftest import Desk
from tests.escalation.household import LEDGER_HEAD
from wire.messages import Erase

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def _life_is_read_anew() -> None:
    """As in a process that was just started."""
    desk.life.cache_clear()


def put_back(case: Case) -> None:
    """Make the database what it was before anything was taken back."""
    Withdrawn.objects.all().delete()
    Tombstone.objects.all().delete()
    Case.objects.filter(pk=case.pk).update(
        payload=case.payload,
        call_me=case.call_me,
        erased=False,
        state="waiting",
        closed_at=None,
        closed_by_event="",
    )


def test_a_withdrawal_that_the_backup_does_not_know_is_obeyed_again(the_desk: Desk) -> None:
    """And what the device sent before it is still refused."""
    home = the_desk.enroll()
    late = home.seal(home.alert())
    the_desk.receive(home, home.seal(home.alert()))
    before = Case.objects.get()
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    put_back(before)
    assert restoring.begin_new_life(the_desk.clock()) >= 1
    case = Case.objects.get()
    assert (case.state, case.erased, case.payload) == ("closed", True, {})
    assert the_desk.receive(home, late) == "refused"
    assert the_desk.receive(home, home.seal(home.alert())) == "accepted"


def test_an_erasure_that_the_backup_does_not_know_is_obeyed_again(the_desk: Desk) -> None:
    """The neighbour keeps everything."""
    home, neighbour = the_desk.enroll(), the_desk.enroll(call_me="Agathe")
    the_desk.receive(neighbour, neighbour.seal(neighbour.alert()))
    envelope = home.seal(home.alert())
    the_desk.receive(home, envelope)
    before = Case.objects.get(device_id=home.device_id)
    the_desk.receive(home, home.seal(Erase(asked_at=home.now, ledger_head=LEDGER_HEAD)))
    put_back(before)
    restoring.begin_new_life(the_desk.clock())
    assert Case.objects.get(device_id=home.device_id).erased
    assert Tombstone.objects.count() == 1
    assert not Case.objects.get(device_id=neighbour.device_id).erased


def test_a_new_life_has_an_epoch_that_nobody_has_heard_of(the_desk: Desk) -> None:
    """Every device is told by its next heartbeat, and misses nothing it had sent before."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert()))
    before = desk.life().desk_epoch
    restoring.begin_new_life(the_desk.clock())
    desk.life.cache_clear()
    assert desk.life().desk_epoch != before
    home.sequence = 30
    the_desk.receive(home, home.seal(home.heartbeat(), sequence=30))
    device = Device.objects.get()
    assert (device.missing, device.heard_sequence) == ([], 30)
    assert device.told_desk_epoch == desk.life().desk_epoch


def test_a_database_that_was_put_back_by_hand_is_noticed(the_desk: Desk) -> None:
    """Its audit is shorter than the desk remembers; otherwise nothing happens."""
    folder = restoring._folder()
    restoring.begin_new_life(the_desk.clock())
    the_desk.care_case()
    restoring.note_progress()
    life = desk_epoch.read(folder)
    assert life.audit_rows > 0
    restoring.resume(the_desk.clock())
    assert desk_epoch.read(folder) == life
    desk_epoch.write(folder, desk_epoch.Life(desk_epoch=7, audit_rows=life.audit_rows + 1))
    restoring.resume(the_desk.clock())
    assert desk_epoch.read(folder).desk_epoch != 7
