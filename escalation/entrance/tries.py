"""How often somebody may guess: counted in the database, by all processes together.

A try is counted before it is looked at, so that many at once are no more than one after the
other. A name that nobody has is counted like every other: the answer tells nothing.
"""

from datetime import datetime

from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from escalation.entrance.doings import LIMITS, Guess
from escalation.entrance.models import Tries

KEPT_FOR = max(limit.within for limit in LIMITS.values())


def take(guess: Guess, who: str, now: datetime) -> bool:
    """Count one try; False: there is none left, and the answer must not be looked at."""
    limit = LIMITS[guess]
    Tries.objects.filter(begun_at__lte=now - KEPT_FOR).delete()
    row = Tries.objects.filter(pk=_key(guess, who))
    # A row from the future was written by a clock that ran ahead.
    row.filter(Q(begun_at__lte=now - limit.within) | Q(begun_at__gt=now)).update(
        number=0, begun_at=now
    )
    Tries.objects.bulk_create(
        [Tries(pk=_key(guess, who), guess=guess, begun_at=now)], ignore_conflicts=True
    )
    return row.filter(number__lt=limit.most).update(number=F("number") + 1) == 1


def used_up(guess: Guess, who: str) -> bool:
    """Return whether the last try was taken."""
    return Tries.objects.filter(pk=_key(guess, who), number__gte=LIMITS[guess].most).exists()


def touch(guess: Guess, who: str) -> None:
    """Write the row as it is: what follows a try costs the same whether ``who`` exists."""
    Tries.objects.filter(pk=_key(guess, who)).update(number=F("number"))


def forget(guess: Guess, who: str) -> None:
    """Begin anew, after the right answer."""
    Tries.objects.filter(pk=_key(guess, who)).delete()


def _key(guess: Guess, who: str) -> str:
    return salted_hmac(f"tries at the {guess}", who.casefold(), algorithm="sha256").hexdigest()
