"""Finds whose request it is: the session, and the person who is in by it.

Both are asked for by every page, and are Django's own but for this: each query is put into SQL
once (``queries``).
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Staff


class SessionStore(DjangosStore):
    """The sessions, as rows; Django finds this class by its name (``SESSION_ENGINE``)."""

    def load(self) -> dict[str, Any]:
        """Return what the session says: nothing, if it is over."""
        for (said,) in _RUNNING.fetch(key=self.session_key, now=timezone.now()):
            return self.decode(said)
        self._session_key = None
        return {}


class StaffBackend(ModelBackend):
    """Staff with their passwords."""

    def get_user(self, user_id: Any) -> Staff | None:
        """Return whom a session names, if they may still come in."""
        found = next(iter(_NAMED.fetch(number=user_id)), None)
        return found if found is not None and self.user_can_authenticate(found) else None


_RUNNING = PreparedQuery(
    lambda: Session.objects.filter(
        session_key=Given("key"), expire_date__gt=Given("now")
    ).values_list("session_data"),
    keeps_plan=True,
)
_NAMED = PreparedQuery(lambda: Staff.objects.filter(pk=Given("number")), keeps_plan=True)
