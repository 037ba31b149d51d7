"""The owner's page without a browser: who gets in, what a form may do, what it shows."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import memory
from agent.asking import errands
from agent.asking.concerns import State
from agent.consent import Reason
from agent.consents.consent_file import (
    UNTIL_RETURN,
    ConsentFile,
    Purpose,
    Unreadable,
    read_consent_file,
)
from agent.giving_back import quiet
from agent.page.exchange import HEADERS, Request, Response
from agent.page.gate import COOKIE, Gate
from agent.page.markup import tag
from agent.page.phrases import ROOMS, TEXTS, say
from agent.page.phrases.purposes import CHOICES, REASONS
from agent.page.phrases.sent import TYPES
from agent.page.server import PageServer
from agent.page.site import Site
from agent.settings import AgentSettings, load_settings
from tests.agent.consents import NOTICE_IDS, owner_text
from tests.agent.house import CARE, House
from tests.agent.test_concerns import concern
from tests.agent.worried_house import acknowledged, worried
from wire.messages import TYPES as MESSAGES
from wire.messages import Direction, Erased, Language, Note

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1:8020"
GATE = Gate(key="the key", hosts=frozenset({HOST}))
LEARN = Purpose.LEARN_ROUTINE


class Visitor:
    """A browser without a screen: it keeps its cookie and fills in the page's own forms."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.site = Site(house.settings, GATE, clock=lambda: house.utc)
        self.cookie: str | None = None

    def ask(self, method: str, target: str, **changes: object) -> Response:
        fields: dict[str, object] = {
            "method": method,
            "target": target,
            "host": HOST,
            "cookies": self.cookie,
        }
        return self.site.answer(Request(**{**fields, **changes}))  # type: ignore[arg-type]

    def enter(self) -> None:
        let_in = self.ask("GET", "/?key=the+key")
        assert let_in.status == 303
        self.cookie = let_in.headers["Set-Cookie"].partition(";")[0]

    def see(self, path: str = "/") -> str:
        seen = self.ask("GET", path)
        assert seen.status == 200, seen.body
        return seen.body.decode()

    def do(
        self, path: str, form: Mapping[str, str] | None = None, **changes: object
    ) -> Response:
        found = re.search(r'name="token" value="(\w+)"', self.see("/"))
        assert found
        body = urlencode({"token": found[1], **(form or {})}).encode()
        return self.ask("POST", path, **{"body": body, **changes})

    def left(self) -> list[tuple[str, str, str]]:
        beside = self.house.beside()
        found = errands.waiting(beside.reading())
        beside.close()
        return [(str(one.kind), one.about, one.text) for one in found]

    def file(self) -> ConsentFile:
        read = read_consent_file(self.house.settings.consent_file)
        assert isinstance(read, ConsentFile), read
        return read


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """Return somebody at the page of a household that was asked, and heard from the desk."""
    house = worried(tmp_path, monkeypatch, granted=CARE)
    house.decide(acknowledged(house))
    with house.store.transaction() as db:
        memory.save_concern(db, concern(State.ASKED))
    yield Visitor(house)
    house.device.close()


@pytest.fixture
def owner(stranger: Visitor) -> Visitor:
    """Return the same, let in."""
    stranger.enter()
    return stranger


# -------------------------------------------------------------------------- who gets in


@pytest.mark.parametrize("target", ["/", "/sent", "/mine", "/export.zip", "/?key=", "/?key=x"])
def test_without_the_key_nothing_is_shown(stranger: Visitor, target: str) -> None:
    answered = stranger.ask("GET", target)
    assert answered.status == 403
    assert b"Rosalie" not in answered.body
    assert "Set-Cookie" not in answered.headers


@pytest.mark.parametrize("host", [None, "", "evil.example", "127.0.0.1", "127.0.0.1:80"])
def test_another_host_name_gets_nothing_even_with_a_session(
    owner: Visitor, host: str | None
) -> None:
    assert owner.ask("GET", "/", host=host).status == 421
    assert owner.ask("GET", "/?key=the+key", host=host).status == 421


@pytest.mark.parametrize("damage", ["x", "", "a.b", f"{COOKIE}=.", f"{COOKIE}=a.b", "=;=\x00"])
def test_a_cookie_that_is_none_of_ours_lets_nobody_in(stranger: Visitor, damage: str) -> None:
    assert stranger.ask("GET", "/", cookies=damage).status == 403


def test_the_cookie_stays_in_this_browser_and_out_of_scripts(stranger: Visitor) -> None:
    header = stranger.ask("GET", "/?key=the+key").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(header.split("; "))


def test_every_answer_forbids_everything_from_elsewhere(owner: Visitor) -> None:
    for path in ("/", "/sent", "/nothing", "/style.css"):
        headers = owner.ask("GET", path).all_headers()
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert HEADERS.items() <= headers.items()
    assert owner.ask("PUT", "/").status == 405


@pytest.mark.parametrize("path", ["/call", "/forget", "/withdraw/learn_routine", "/pause"])
@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_without_our_token_changes_nothing(
    owner: Visitor, path: str, token: str
) -> None:
    before = owner.house.settings.consent_file.read_bytes()
    body = urlencode({"token": token, "word": "forget", "until": ""}).encode()
    assert owner.ask("POST", path, body=body).status == 403
    assert owner.left() == []
    assert owner.house.settings.consent_file.read_bytes() == before


def test_the_token_of_another_session_is_no_token(owner: Visitor) -> None:
    mine = GATE.session(owner.cookie)
    owner.enter()
    other = GATE.session(owner.cookie)
    assert mine is not None
    assert other is not None
    assert not GATE.is_own_form(other, GATE.token(mine))


@settings(max_examples=60, deadline=None)
@given(
    target=st.text(max_size=60),
    method=st.sampled_from(["GET", "POST", "HEAD", "X"]),
    body=st.binary(max_size=200),
)
def test_no_request_can_raise(
    tmp_path_factory: pytest.TempPathFactory, target: str, method: str, body: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp() / "hostile"
    folder.mkdir(exist_ok=True)
    site = Site(agent_settings(folder), GATE)
    cookie = GATE.new_cookie().partition(";")[0]
    for cookies in (None, cookie):
        request = Request(method=method, target=target, host=HOST, cookies=cookies, body=body)
        assert site.answer(request).status in (200, 303, 403, 404, 405)


def agent_settings(folder: Path) -> AgentSettings:
    config = folder / "agent.toml"
    config.write_text('[device]\nstate_dir = "state"\n')
    (folder / "consent.toml").write_text(owner_text(()), encoding="utf-8")
    return load_settings(config)


# --------------------------------------------------------------------- what a form does


def test_a_yes_needs_the_notice_of_today_and_names_it_in_the_file(owner: Visitor) -> None:
    health = Purpose.DEVICE_HEALTH
    owner.house.grant([LEARN])
    owner.do(f"/grant/{health}", {"notice": "notice-old"})
    owner.do(f"/grant/{health}", {"notice": NOTICE_IDS[LEARN]})
    assert not owner.file().switches[health].on
    owner.do(f"/grant/{health}", {"notice": NOTICE_IDS[health]})
    assert owner.file().switches[health].i_have_read == NOTICE_IDS[health]
    owner.house.step(seconds=1)
    assert "On, until" in owner.see("/choices")


def test_a_yes_that_the_file_could_not_be_read_with_is_explained(owner: Visitor) -> None:
    form = {"notice": NOTICE_IDS[LEARN], "call_me": "\u0007"}
    refused = owner.do(f"/grant/{LEARN}", form)
    assert refused.status == 422
    assert "call_me" in refused.body.decode()


def test_a_withdrawal_is_shown_with_the_signature_of_the_desk(owner: Visitor) -> None:
    owner.do("/withdraw/care_alert")
    owner.house.step(seconds=1)
    assert "the desk was told. Its confirmation has not come yet" in owner.see("/sent")
    for _ in range(4):
        owner.house.step(seconds=300)
    owner.house.sign(owner.house.sent("withdrawal")[0])
    assert "It confirmed on" in owner.see("/sent")


def test_an_answer_is_left_for_the_device(owner: Visitor) -> None:
    assert owner.do("/answer", {"word": "nonsense"}).headers["Location"] == "/"
    owner.do("/answer", {"word": "knew"})
    beside = owner.house.beside()
    assert [request.word for request in memory.requests(beside.reading())] == ["knew"]
    beside.close()


def test_markup_in_anybodys_words_is_only_text(owner: Visitor) -> None:
    bad = "<script>alert(1)</script>"
    owner.house.line.bring(
        owner.house.desk.seal(
            Note(alert_id=None, sender=bad, text=bad, sent_at=owner.house.utc)
        )
    )
    owner.house.step(seconds=1)
    owner.do("/me", {"call_me": bad, "contact": '" onfocus="x'})
    for path in ("/", "/sent", "/choices"):
        assert "<script" not in owner.see(path)
    assert 'value="&quot; onfocus=&quot;x"' in owner.see("/choices")


def test_forgetting_needs_the_word(owner: Visitor) -> None:
    owner.do("/forget", {"word": "no"})
    assert owner.left() == []
    owner.do("/forget", {"word": "Forget"})
    assert [kind for kind, *_ in owner.left()] == ["forget"]
    assert not any(switch.on for switch in owner.file().switches.values())


def test_only_our_own_sentences_can_be_put_into_the_page(owner: Visitor) -> None:
    assert "Thank you, noted." in owner.see("/?said=answered")
    assert 'role="status"' not in owner.see("/?said=forget_label")
    assert 'role="status"' not in owner.see("/?said=<b>")


def test_a_pause_begins_and_ends(owner: Visitor) -> None:
    day = (owner.house.utc + timedelta(days=9)).date()
    owner.do("/pause", {"until": day.isoformat()})
    assert owner.file().paused_until == day
    assert f"pause until {day.day} {day:%B}." in owner.see("/")
    owner.do("/pause", {"until": "soon"})
    assert owner.file().paused_until == day
    owner.do("/pause", {"until": ""})
    assert owner.file().paused_until is None


def test_who_does_not_know_when_they_are_back_pauses_until_their_return(
    owner: Visitor,
) -> None:
    assert "Pause until I am back" in owner.see("/choices")
    owner.do("/pause", {"until": "return"})
    assert owner.file().paused_until == UNTIL_RETURN
    assert "pause until your return" in owner.see("/")


def test_the_day_after_a_decision_the_owner_is_asked_how_it_felt_and_may_leave_it(
    owner: Visitor,
) -> None:
    assert "How did that feel?" not in owner.see("/")
    owner.house.utc += timedelta(hours=20)
    assert "How did that feel?" in owner.see("/")
    owner.do("/felt", {"about": "ab" * 16, "text": "Bien."})
    owner.house.step(seconds=1)
    assert "How did that feel?" not in owner.see("/")
    owner.house.utc += timedelta(days=20)
    assert "How did that feel?" not in owner.see("/")


# ------------------------------------------------------------------------ what is shown


def test_before_the_device_has_ever_started_the_page_says_so(tmp_path: Path) -> None:
    site = Site(agent_settings(tmp_path), GATE)
    cookie = GATE.new_cookie().partition(";")[0]
    for path in ("/", "/routine", "/sent", "/choices", "/mine"):
        request = Request(method="GET", target=path, host=HOST, cookies=cookie)
        assert site.answer(request).status == 200
    first = site.answer(Request(method="GET", target="/", host=HOST, cookies=cookie))
    assert b"has not started yet" in first.body


def test_a_device_that_has_forgotten_begins_again_when_the_owner_says_so(
    tmp_path: Path,
) -> None:
    (tmp_path / "agent.toml").write_text('[device]\nstate_dir = "state"\n', encoding="utf-8")
    settings = load_settings(tmp_path / "agent.toml")
    quiet.keep(settings.state_dir)
    site = Site(settings, GATE)
    cookie = GATE.new_cookie().partition(";")[0]
    page = site.answer(Request(method="GET", target="/", host=HOST, cookies=cookie))
    assert say("quiet", Language.EN) in page.body.decode()
    token = GATE.token(GATE.session(cookie) or "")
    body = urlencode({"token": token}).encode()
    site.answer(Request(method="POST", target="/begin", host=HOST, cookies=cookie, body=body))
    assert not quiet.lasts(settings.state_dir)


def test_a_file_that_cannot_be_read_is_told_on_every_page(owner: Visitor) -> None:
    owner.house.settings.consent_file.write_text("on = maybe", encoding="utf-8")
    read = read_consent_file(owner.house.settings.consent_file)
    assert isinstance(read, Unreadable)
    for path in ("/", "/choices", "/mine"):
        assert "everything in it means no" in owner.see(path)
    refused = owner.do("/withdraw/learn_routine")
    assert refused.status == 422


def test_records_and_copy_can_be_taken_away(owner: Visitor) -> None:
    records = owner.ask("GET", "/consent-records.json")
    assert len(json.loads(records.body)) == len(Purpose)
    packed = owner.ask("GET", "/export.zip")
    assert packed.body[:2] == b"PK"
    assert "attachment" in packed.headers["Content-Disposition"]


def test_what_the_desk_has_erased_is_told(owner: Visitor) -> None:
    owner.house.line.bring(owner.house.desk.seal(Erased(cases=1, erased_at=owner.house.utc)))
    owner.house.step(seconds=1)
    assert "The desk has erased what it had" in owner.see("/sent")


def test_every_sentence_is_there_in_both_languages_and_once() -> None:
    assert TEXTS[Language.EN].keys() == TEXTS[Language.FR].keys()
    for language in Language:
        assert sum(len(room.TEXTS[language]) for room in ROOMS) == len(TEXTS[language])
    for table, keys in ((CHOICES, Purpose), (REASONS, Reason)):
        assert all(set(rows) == set(keys) for rows in table.values())
    quiet = {"heartbeat", "health"}
    for rows in TYPES.values():
        assert set(rows) == set(MESSAGES[Direction.UP]) - quiet
    for key in TEXTS[Language.FR]:
        said = TEXTS[Language.FR][key]
        assert "'" not in said, key
        if not re.search(r"{\w+}", said):
            assert not re.search(r" [;?!:»]|« ", say(key, Language.FR)), key


def test_attributes_and_texts_are_escaped_wherever_they_are_put() -> None:
    made = str(tag("a", "<b>&", href='"><script>', title=None, download=True))
    assert made == '<a href="&quot;&gt;&lt;script&gt;" download>&lt;b&gt;&amp;</a>'


# ------------------------------------------------------------------------------- server


def test_it_listens_on_this_computer_alone(stranger: Visitor) -> None:
    with PageServer(stranger.house.settings, port=0) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"
        assert (stranger.house.settings.state_dir / "page.key").stat().st_mode & 0o077 == 0


def test_it_serves_from_a_socket_that_somebody_else_holds_and_ends_when_idle(
    tmp_path: Path,
) -> None:
    """As under systemd: the socket is descriptor 3 and LISTEN_PID is the process itself."""
    agent_settings(tmp_path)
    script = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = "
        "str(os.getpid()); from agent.page import server; server.IDLE_S = 1.0\n"
        "server.PageServer.end_when_idle.__defaults__ = (1.0,)\n"
        "from agent.main import main; sys.exit(main(['--config', sys.argv[2], 'page']))"
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                script,
                str(listening.fileno()),
                str(tmp_path / "agent.toml"),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "LISTEN_FDS": "1"},
            pass_fds=[listening.fileno()],
        )
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/style.css", timeout=20
            ) as got:
                assert got.status == 200
            assert process.wait(20) == 0
        finally:
            process.kill()


def test_a_form_that_is_too_long_is_refused(stranger: Visitor) -> None:
    with PageServer(stranger.house.settings, port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with socket.create_connection(server.server_address[:2], timeout=10) as browser:  # type: ignore[arg-type]
            browser.sendall(b"POST /call HTTP/1.1\r\nContent-Length: 999999\r\n\r\n")
            assert b" 413 " in browser.recv(100)
        server.shutdown()


def test_the_units_that_are_shipped_listen_on_this_computer_alone() -> None:
    units = ROOT / "config" / "systemd"
    listen = (units / "demitasse-page.socket").read_text(encoding="utf-8")
    assert re.findall(r"^Listen\w+=(.+)$", listen, re.M) == ["127.0.0.1:8020"]
    service = (units / "demitasse-page.service").read_text(encoding="utf-8")
    assert "ExecStart=/usr/bin/demitasse page\n" in service
    assert {"PrivateNetwork=yes", "ProtectSystem=strict"} <= set(service.splitlines())


def test_the_quiet_hours_are_two_times_of_day_and_a_slip_changes_nothing(
    owner: Visitor,
) -> None:
    assert 'value="22:00"' in owner.see("/choices")
    owner.do("/quiet", {"quiet_from": "21:30", "quiet_to": "09:00"})
    assert (owner.file().quiet.start, owner.file().quiet.end) == (time(21, 30), time(9))
    for wrong in ({"quiet_from": "late"}, {"quiet_to": "25:00"}, {"quiet_to": ""}):
        assert owner.do("/quiet", wrong).status == 422
    assert owner.do("/quiet").status == 303
    assert (owner.file().quiet.start, owner.file().quiet.end) == (time(21, 30), time(9))
