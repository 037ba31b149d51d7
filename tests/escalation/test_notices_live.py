"""Notices, the owner's note and the heartbeat of a desk as its operator runs it."""

import json
from pathlib import Path

from tests.escalation.live_desk import Line, LiveDesk
from tests.escalation.receivers import web_receiver
from tests.peers.brokers import mosquitto, needs_mosquitto
from wire.messages import Nudge

pytestmark = needs_mosquitto

EMPLOY = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation.models import Staff
from escalation.notices import channels
from escalation.team import skills
url, now = json.load(sys.stdin), datetime.now(UTC)
staff = Staff.objects.create(username="camille", first_name="Camille", is_reviewer=True)
skills.vouch(staff, now)
channels.add(staff, url, now)
"""


def test_everybody_hears_once_what_is_theirs(tmp_path: Path) -> None:
    """A member of staff, an owner who is out, and whoever waits for the heartbeat."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with (
        mosquitto(folder) as broker,
        web_receiver() as staff,
        web_receiver() as owner,
        web_receiver() as outside,
    ):
        desk = LiveDesk(
            tmp_path,
            broker_port=broker.port,
            extra=f'[nudge]\nemail = "{owner.url()}?-to={{to}}"\n'
            f'[heartbeat]\nurl = "{outside.url("http")}"\n',
        )
        desk.ask(EMPLOY, json.dumps(staff.url("gotify")))
        home = desk.enroll(purposes=("learn_routine", "care_alert", "nudge_me"))
        note = Nudge(
            to="madeleine@example.org",
            language=home.language,
            asked_at=home.now,
            consent=home.consent(),
        )
        with desk.serve() as serving, Line(home, broker.port) as line:
            line.send(note)
            line.wait_for_outcome("accepted")
            line.wait_for_outcome("closed")
            line.send(home.alert())
            line.wait_for_outcome("accepted")
            serving.until(lambda: len(staff.received) == 1, "the notice")
            serving.until(lambda: outside.received, "the heartbeat")
        told = "".join(staff.received + owner.received + outside.received)
        assert len(staff.received) == 1
        assert len(owner.received) == 1
        assert "Madeleine" not in told
