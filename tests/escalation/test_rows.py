"""Rows that are written many at a time, or only if they still are what was read."""

from datetime import timedelta

import pytest

from escalation.casework import acts
from escalation.keeping import rows
from escalation.keeping.audit import is_whole
from escalation.models import Case, CaseEvent, Device
from tests.escalation.conftest import Desk
from tests.escalation.household import NOW

pytestmark = pytest.mark.both_databases


def test_a_row_is_changed_while_it_is_what_was_read_and_not_afterwards(the_desk: Desk) -> None:
    """Who comes second changes nothing, is told so, and leaves no line of having done it."""
    the_desk.care_case()
    first, second = Case.objects.get(), Case.objects.get()
    camille = the_desk.staff("camille", "reviewer")
    changes = {"state": "claimed", "holder": camille, "fence": 1, "lease_until": NOW}
    line = {"case_id": first.pk, "at": NOW, "event": "claim", "from_state": "waiting"}
    line |= {"to_state": "claimed", "link": "ab", "actor_id": None, "fence": 1}
    beside, as_read = (CaseEvent, line), ("state", "fence")
    assert rows.change(first, changes, while_still=as_read, beside=beside)
    assert (first.state, first.holder, first.fence) == ("claimed", camille, 1)
    assert not rows.change(second, {"fence": 7}, while_still=as_read, beside=beside)
    assert (second.state, second.fence) == ("waiting", 0)
    there = Case.objects.get()
    assert (there.holder_id, there.fence, there.lease_until) == (camille.pk, 1, NOW)
    (claimed,) = CaseEvent.objects.filter(event="claim")
    assert (claimed.at, claimed.actor, claimed.told_owner, claimed.link) == (
        *(NOW, None, None, "ab"),
    )


@pytest.mark.parametrize("count", [1, 3])
def test_many_rows_are_inserted_and_updated_as_one_would_be(the_desk: Desk, count: int) -> None:
    """With times, texts, JSON, truth and nothing; one statement or many."""
    rows.insert(
        Device,
        (
            {"device_id": f"{n:016x}", "public_keys": {"a": "é"}, "enrolled_at": NOW}
            for n in range(count)
        ),
    )
    devices = list(Device.objects.order_by("pk"))
    for n, device in enumerate(devices):
        device.call_me, device.left_in_peace = f"L’Épine {n}", bool(n % 2)
        device.missing = [[n, n, "x"]]
        device.last_heard_at = NOW + timedelta(seconds=n) if n else None
    rows.update(Device, devices, ["call_me", "left_in_peace", "missing", "last_heard_at"])
    there = list(Device.objects.order_by("pk"))
    assert [vars(d) | {"_state": 0} for d in there] == [
        vars(d) | {"_state": 0} for d in devices
    ]
    assert there[0].public_keys == {"a": "é"}
    assert there[0].told_desk_epoch == 0


def test_a_look_between_reading_and_writing_is_no_reason_to_fail(the_desk: Desk) -> None:
    """It is a line of the audit, which stays whole, and it moves nothing."""
    the_desk.care_case()
    camille, noor = (the_desk.staff(name, "reviewer") for name in ("camille", "noor"))
    seen_by_camille = Case.objects.get()
    acts.look(Case.objects.get(), noor, now=NOW)
    acts.claim(seen_by_camille, camille, NOW)
    case = Case.objects.get()
    assert (case.holder_id, case.fence) == (camille.pk, 1)
    lines = [(event.line(), event.link or "") for event in case.events.all()]
    assert [line.event for line, _link in lines][-2:] == ["look", "claim"]
    assert is_whole(lines, case.audit_head)
