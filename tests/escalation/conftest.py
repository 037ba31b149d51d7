"""A desk of its own for these tests: keys, settings and a real database, made once.

The database is a SQLite file, or with ``DESK_TESTS_ON=postgresql`` a PostgreSQL of its own.
``scripts/test`` runs what is marked ``both_databases`` a second time so.
"""

import atexit
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

import pytest

from tests.peers.postgres import postgresql

ON_POSTGRESQL = os.environ.get("DESK_TESTS_ON") == "postgresql"
URL = ""
if ON_POSTGRESQL:
    server = postgresql()
    URL = server.__enter__()
    atexit.register(server.__exit__, None, None, None)

FOLDER = Path(tempfile.mkdtemp(prefix="desk-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
CONFIG_FILE = FOLDER / "desk.toml"
CONFIG_FILE.write_text(
    '[web]\nallowed_hosts = ["127.0.0.1", "localhost", "testserver"]\nhttps = true\n'
    f'[database]\npath = "desk.sqlite3"\nurl = "{URL}"\n[keys]\nfolder = "keys"\n',
    encoding="utf-8",
)
os.environ["DEMITASSE_DESK_CONFIG"] = str(CONFIG_FILE)
os.environ["DJANGO_SETTINGS_MODULE"] = "escalation.settings"

from escalation import desk_keys  # noqa: E402 - the settings had to be named first
from escalation.keeping import desk_epoch  # noqa: E402 - the settings had to be named first

desk_keys.create(FOLDER / "keys")
desk_epoch.create(FOLDER / "keys")

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

# A file and not memory: threads then meet as processes do, in WAL mode, through locks.
if not ON_POSTGRESQL:
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(FOLDER / "test.sqlite3")
# Hashing slowly is for guessers; these tests log in hundreds of times.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()

from escalation.intake import tombstones  # noqa: E402

tombstones.create(FOLDER / "keys")

from escalation import clock, desk  # noqa: E402
from escalation.casework import acts  # noqa: E402
from escalation.intake import opening  # noqa: E402
from escalation.models import Case, Device, Staff  # noqa: E402
from escalation.team import skills  # noqa: E402
from tests.escalation.household import NOW, Household  # noqa: E402
from wire.messages import Choice  # noqa: E402


class SteppingClock:
    """A clock that moves when a test moves it."""

    def __init__(self) -> None:
        """Start at the moment all these tests start at."""
        self.time = NOW

    def __call__(self) -> datetime:
        """Return the time, like ``clock.now``."""
        return self.time


class Desk:
    """The desk as a test drives it: households send, people log in, time moves."""

    def __init__(self, clock_: SteppingClock) -> None:
        """Start with nobody enrolled and nobody employed."""
        self.clock = clock_
        self.identity = desk.identity()

    def enroll(self, **changes: object) -> Household:
        """Return a household that is enrolled."""
        home = Household(desk=self.identity.keys.public(), **changes)  # type: ignore[arg-type]
        Device.objects.create(
            device_id=home.device_id,
            public_keys=home.keys.public().to_json(),
            enrolled_at=self.clock(),
        )
        return home

    def receive(self, home: Household, envelope: bytes) -> opening.Result:
        """Take in an envelope of this household."""
        return opening.receive(home.up, envelope, desk=self.identity, now=self.clock())

    def care_case(self, **changes: object) -> Case:
        """Return a waiting care case of a new household."""
        home = self.enroll(**changes)
        assert self.receive(home, home.seal(home.alert())) is opening.Result.ACCEPTED
        return Case.objects.get(device_id=home.device_id)

    def service_case(self, **changes: object) -> Case:
        """Return a waiting service case of a new household."""
        home = self.enroll(**changes)
        assert self.receive(home, home.seal(home.service_report())) is opening.Result.ACCEPTED
        return Case.objects.get(device_id=home.device_id)

    def decide(self, case: Case, staff: Staff, *, reason: str, message: str = "") -> None:
        """Let ``staff`` take the case, unless they have it, and write to its owner."""
        if not case.held_at(self.clock()):
            acts.claim(case, staff, self.clock())
        acts.decide(
            case,
            staff,
            fence=case.fence,
            choice=Choice.WRITE,
            reason=reason,
            message=message,
            now=self.clock(),
        )

    def staff(
        self, username: str, *roles: str, language: str = "en", trained: bool = True
    ) -> Staff:
        """Return a new member of staff; reviewers have their skill unless told otherwise."""
        staff = Staff.objects.create_user(
            username,
            "a long enough password",
            first_name=username.title(),
            language=language,
            **{f"is_{role}": True for role in roles},
        )
        if trained and "reviewer" in roles:
            skills.vouch(staff, self.clock())
        return staff

    def browser(self, staff: Staff | None = None) -> Client:
        """Return a browser behind the HTTPS proxy, logged in when ``staff`` is given."""
        client = Client(headers={"x-forwarded-proto": "https"})
        if staff is not None:
            client.force_login(staff)
        return client


@pytest.fixture
def the_desk(db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return an empty desk."""
    stepping = SteppingClock()
    monkeypatch.setattr(clock, "now", stepping)
    return Desk(stepping)
