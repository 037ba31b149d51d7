"""Gives a device that came with a bundle to its desk, at its owner's first consent.

A maker who knows the desk when an image is made puts the bundle where the service manager
finds it (``LoadCredential=``), and nobody has to type ``demitasse enroll`` in anybody's
kitchen. Rule: until the owner has allowed something to leave, the bundle is not even read,
and nobody is asked. A bundle that is wrong, or a desk that is away, is told once and tried
again later; the device goes on as one without a desk.

Asking takes as long as networks take, so it has a thread of its own for just that while.
"""

import random
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from agent.delivery.backoff import Uniform, full_jitter_s
from agent.delivery.broker_events import News
from agent.journal import CertificateRenewed, Journal, Trouble
from agent.settings import AgentSettings
from wire.stamps import Stamp

CREDENTIAL = "demitasse.bundle"
"""Its name among the credentials of the service; see ``config/systemd``."""
AGAIN_S = 60.0
AGAIN_S_MAX = 6 * 3600.0
"""Ten thousand devices of one image must not knock at one desk in the same minute."""

Work = Callable[[], None]


class Introduced(Exception):
    """The device belongs to a desk now, and begins anew to know it."""


def credential_file(environment: Mapping[str, str]) -> Path | None:
    """Return where the service manager has put the bundle, or ``None`` without one."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    file = Path(folder) / CREDENTIAL
    try:
        return file if file.exists() else None
    except OSError:
        # Told when it is needed; it keeps no device from starting.
        return file


class Introduction:
    """The one bundle that a device came with."""

    def __init__(
        self,
        enroll: Callable[[], str],
        journal: Journal,
        *,
        beside: Callable[[Work], None] | None = None,
        uniform: Uniform = random.uniform,
    ) -> None:
        """``enroll`` asks the desk and says what came of it; ``beside`` runs it meanwhile."""
        self._enroll = enroll
        self._journal = journal
        self._beside = beside or _in_a_thread
        self._uniform = uniform
        self._outcomes: SimpleQueue[News] = SimpleQueue()
        self._is_asking = False
        self._tries = 0
        self._again_s = 0.0
        self._told = ""

    def attend(self, now: Stamp) -> None:
        """Ask, unless that was tried just now; raise ``Introduced`` once the desk said yes.

        To be called while the owner lets something leave, and at no other time.
        """
        if self._is_asking:
            self._listen(now)
        elif now.synced and now.monotonic_s >= self._again_s:
            self._is_asking = True
            self._beside(self._ask)

    def _ask(self) -> None:
        try:
            outcome = News(self._enroll(), False)
        except Exception as error:  # whatever a bundle holds or a network does: we read on
            outcome = News(str(error) or type(error).__name__, True)
        self._outcomes.put(outcome)

    def _listen(self, now: Stamp) -> None:
        try:
            outcome = self._outcomes.get_nowait()
        except Empty:
            return
        self._is_asking = False
        if not outcome.is_trouble:
            self._journal(CertificateRenewed(at=now.utc, text=outcome.text))
            raise Introduced
        self._tries += 1
        pause_s = full_jitter_s(
            self._tries, base_s=AGAIN_S, cap_s=AGAIN_S_MAX, uniform=self._uniform
        )
        self._again_s = now.monotonic_s + pause_s
        if outcome.text != self._told:
            text = f"not enrolled with the bundle that came with this device: {outcome.text}"
            self._journal(Trouble(at=now.utc, text=text))
        self._told = outcome.text


def with_bundle(settings: AgentSettings, bundle: Path, journal: Journal) -> Introduction:
    """Return the introduction of the device of ``settings`` by the file ``bundle``."""

    def enroll() -> str:
        # Certificates and the line to the desk are loaded when they are needed: once.
        from agent.identity import enrolment  # noqa: PLC0415

        document = enrolment.read_bundle(bundle)
        return enrolment.enroll(settings, document, datetime.now(UTC), None)

    return Introduction(enroll, journal)


def _in_a_thread(work: Work) -> None:
    threading.Thread(target=work, name="introduction", daemon=True).start()
