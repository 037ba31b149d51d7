"""Second factors: set up by the person, asked for at the entrance, removed with a code.

The secret is sealed as soon as it is made, and opened only to be compared or, until it is
confirmed, to be shown to its owner. A code counts once: whoever is second, by replay or at the
same moment in another process, finds the row changed.
"""

from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac

from escalation.entrance import door, lines, one_time_codes, tries
from escalation.entrance.doings import Doing, Guess
from escalation.entrance.models import RecoveryCode, SecondFactor
from escalation.models import Staff
from escalation.notices import sealed_text

USE = "second factor"


class TooManyTries(Exception):
    """The codes of this account rest for a while, the right one as well."""


def is_set_up(staff: Staff) -> bool:
    """Return whether a code is asked of ``staff``."""
    return SecondFactor.objects.filter(pk=staff.pk, confirmed_at__isnull=False).exists()


def begin(staff: Staff, now: datetime) -> None:
    """Make a secret that counts for nothing yet. One that is confirmed stays."""
    if is_set_up(staff):
        return
    secret = one_time_codes.new_secret()
    SecondFactor.objects.update_or_create(
        pk=staff.pk,
        confirmed_at=None,
        defaults={"sealed": sealed_text.close(secret.hex(), USE), "begun_at": now},
    )


def unconfirmed_secret(staff: Staff) -> bytes | None:
    """Return the secret that is being set up; a confirmed one is never shown again."""
    factor = SecondFactor.objects.filter(pk=staff.pk, confirmed_at=None).first()
    return None if factor is None else _secret(factor)


def confirm(staff: Staff, code: str, now: datetime) -> list[str] | None:
    """Begin to ask for codes, if this one is right; return the recovery codes, this once."""
    with transaction.atomic():
        factor = SecondFactor.objects.filter(pk=staff.pk, confirmed_at=None).first()
        if factor is None or not _use_step(factor, code, now):
            return None
        SecondFactor.objects.filter(pk=staff.pk).update(confirmed_at=now)
        codes = _renew_recovery_codes(staff)
        lines.note(staff, Doing.SET_UP, now)
    return codes


def check(staff: Staff, code: str, now: datetime) -> bool:
    """Return whether the code is right, and use it up; raises ``TooManyTries``."""
    who = str(staff.pk)
    if not tries.take(Guess.CODE, who, now):
        raise TooManyTries
    with transaction.atomic():
        right = _use(staff, code, now)
    if right:
        tries.forget(Guess.CODE, who)
    else:
        door.wrong_code(staff, now)
    return right


def new_recovery_codes(staff: Staff, now: datetime) -> list[str]:
    """Return new ones; those before count no more."""
    with transaction.atomic():
        codes = _renew_recovery_codes(staff)
        lines.note(staff, Doing.NEW_CODES, now)
    return codes


@transaction.atomic
def remove(staff: Staff, now: datetime, *, by_operator: bool = False) -> bool:
    """Ask for codes no more; return whether there was anything to remove."""
    removed, _ = SecondFactor.objects.filter(pk=staff.pk).delete()
    RecoveryCode.objects.filter(staff=staff).delete()
    if removed:
        doing = Doing.RESET if by_operator else Doing.REMOVED
        lines.note(staff, doing, now, by_operator=by_operator)
    return bool(removed)


def _use(staff: Staff, code: str, now: datetime) -> bool:
    factor = SecondFactor.objects.filter(pk=staff.pk, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    if _use_step(factor, code, now):
        return True
    used, _ = RecoveryCode.objects.filter(staff=staff, digest=_digest(staff, code)).delete()
    if used:
        lines.note(staff, Doing.RECOVERED, now)
    return bool(used)


def _use_step(factor: SecondFactor, code: str, now: datetime) -> bool:
    secret = _secret(factor)
    if secret is None:
        return False
    at_s = now.timestamp()
    step = one_time_codes.step_of(code, secret, at_s=at_s, after=factor.last_step)
    if step is None:
        return False
    unused = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
    return unused.filter(sealed=bytes(factor.sealed)).update(last_step=step) == 1


def _secret(factor: SecondFactor) -> bytes | None:
    try:
        return bytes.fromhex(sealed_text.open_(bytes(factor.sealed), USE))
    except sealed_text.Unreadable:
        # Sealed before the console's secret was made anew: whoever runs the desk resets it.
        return None


def _renew_recovery_codes(staff: Staff) -> list[str]:
    codes = one_time_codes.new_recovery_codes()
    RecoveryCode.objects.filter(staff=staff).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(staff=staff, digest=_digest(staff, code)) for code in codes
    )
    return codes


def _digest(staff: Staff, code: str) -> str:
    # The codes are as long as keys are: nothing slow is needed to keep them from a guesser.
    said = f"{staff.pk} {one_time_codes.plain_recovery_code(code)}"
    return salted_hmac("recovery code", said, algorithm="sha256").hexdigest()
