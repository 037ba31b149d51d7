"""Which identity at the organisation opens which account: linked on purpose, one to one.

An issuer and a subject are compared, letter by letter. An e-mail address opens nothing, no
account is made for anybody who comes, and no role is taken from what the organisation says.
"""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction

from escalation.entrance import lines
from escalation.entrance.doings import Doing
from escalation.entrance.id_token import Somebody
from escalation.entrance.models import Identity
from escalation.entrance.options import Organisation
from escalation.models import Staff

log = logging.getLogger("escalation.entrance")


class Taken(Exception):
    """The identity opens another account already."""


def staff_of(somebody: Somebody) -> Staff | None:
    """Return whose account this identity opens."""
    linked = Identity.objects.filter(issuer=somebody.issuer, subject=somebody.subject)
    return Staff.objects.filter(identity__in=linked, is_active=True).first()


def is_linked(staff: Staff) -> bool:
    """Return whether any identity opens this account."""
    return Identity.objects.filter(pk=staff.pk).exists()


def link(
    staff: Staff, *, issuer: str, subject: str, now: datetime, by_operator: bool = False
) -> None:
    """Let this identity open the account from now on, and none before; raises ``Taken``."""
    try:
        with transaction.atomic():
            Identity.objects.update_or_create(
                pk=staff.pk, defaults={"issuer": issuer, "subject": subject, "linked_at": now}
            )
            lines.note(staff, Doing.LINKED, now, by_operator=by_operator)
    except IntegrityError:
        raise Taken from None


@transaction.atomic
def unlink(staff: Staff, now: datetime, *, by_operator: bool = False) -> bool:
    """Let no identity open the account; return whether one did."""
    removed, _ = Identity.objects.filter(pk=staff.pk).delete()
    if removed:
        lines.note(staff, Doing.UNLINKED, now, by_operator=by_operator)
    return bool(removed)


def counts_as_second_factor(somebody: Somebody, organisation: Organisation) -> bool:
    """Return whether the organisation has said that it asked for one, in the agreed words."""
    by_method = somebody.amr & organisation.second_factor_amr
    return bool(by_method) or (somebody.acr in organisation.second_factor_acr)


__all__ = [
    "Taken",
    "counts_as_second_factor",
    "is_linked",
    "link",
    "staff_of",
    "unlink",
]
