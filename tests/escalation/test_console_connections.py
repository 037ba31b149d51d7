"""The pages about the line: for technicians and supervisors, and no byte as HTML."""

from datetime import timedelta

import pytest

from escalation.clock import computer_now
from escalation.intake import unheard
from escalation.models import Device, Quarantine, Unheard
from tests.escalation.conftest import Desk
from tests.escalation.household import NOW

HOSTILE = b"<script>alert(1)</script>\xff\x00" + b"A" * 40


@pytest.mark.parametrize("path", ["/not-heard", "/kept-aside", "/kept-aside/1.hex"])
def test_only_technicians_and_supervisors_look_at_the_line(the_desk: Desk, path: str) -> None:
    """A reviewer has other things to care for, and a stranger has to log in."""
    the_desk.receive(the_desk.enroll(), HOSTILE)
    Quarantine.objects.update(id=1)
    for role, status in (("reviewer", 403), ("technician", 200), ("supervisor", 200)):
        browser = the_desk.browser(the_desk.staff(f"{role}s-name", role))
        assert browser.get(path).status_code == status
    assert the_desk.browser().get(path).status_code == 302
    assert browser.post(path).status_code == 405


def test_what_was_kept_aside_is_told_in_words(the_desk: Desk) -> None:
    """Reason, size and time; the device folded away; never the bytes or the topic."""
    home = the_desk.enroll()
    the_desk.receive(home, HOSTILE)
    browser = the_desk.browser(the_desk.staff("dominique", "supervisor"))
    page = browser.get("/kept-aside").content.decode()
    assert "These bytes are no message." in page
    assert f"{len(HOSTILE)} bytes" in page
    assert "script>alert" not in page
    assert page.index("<details>") < page.index(home.device_id) < page.index("</details>")


def test_its_bytes_are_saved_as_digits_and_never_shown(the_desk: Desk) -> None:
    """An attachment of plain text, whatever the bytes are."""
    the_desk.receive(the_desk.enroll(), HOSTILE)
    number = Quarantine.objects.get().pk
    browser = the_desk.browser(the_desk.staff("dominique", "supervisor"))
    answer = browser.get(f"/kept-aside/{number}.hex")
    assert bytes.fromhex(answer.content.decode()) == HOSTILE
    assert answer.headers["Content-Type"] == "text/plain; charset=ascii"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert browser.get(f"/kept-aside/{number + 1}.hex").status_code == 404


def test_many_are_shown_page_by_page(the_desk: Desk) -> None:
    """The newest first, and a wrong page number is no error."""
    home = the_desk.enroll()
    for number in range(51):
        the_desk.receive(home, b"junk %d" % number)
    browser = the_desk.browser(the_desk.staff("dominique", "supervisor"))
    assert "page 1 of 2" in browser.get("/kept-aside").content.decode()
    assert "page 2 of 2" in browser.get("/kept-aside?page=99").content.decode()
    assert browser.get("/kept-aside?page=x").status_code == 200


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "We do not hear from Madeleine."),
        ("fr", "Nous sommes sans nouvelles de la machine de Madeleine."),
    ],
)
def test_silence_is_told_by_name(the_desk: Desk, language: str, said: str) -> None:
    """By the name that the owner chose, with the device folded away."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert()))
    device = Device.objects.get()
    Unheard.objects.create(device=device, kind="silent", since=NOW, opened_at=NOW)
    the_desk.clock.time += timedelta(hours=3)
    browser = the_desk.browser(the_desk.staff("malik", "technician", language=language))
    page = browser.get("/not-heard").content.decode()
    assert said in page
    assert page.index("<details>") < page.index(home.device_id) < page.index("</details>")
    case = browser.get("/").content.decode()
    assert 'href="/not-heard"' in case


def test_the_page_never_says_that_all_is_well(the_desk: Desk) -> None:
    """Not with nobody silent, and not while the desk itself hears nobody."""
    browser = the_desk.browser(the_desk.staff("malik", "technician"))
    page = browser.get("/not-heard").content.decode()
    assert "the desk itself hears nobody" in page
    assert "No machine is missing" not in page
    unheard.at_work("one", listening_since=NOW, now=computer_now())
    page = browser.get("/not-heard").content.decode()
    assert "No machine is missing. More than that, the line cannot tell." in page
    assert "it never means that all is well" in page


def test_everybody_is_told_when_the_desk_is_deaf(the_desk: Desk) -> None:
    """An empty list must not look like peace."""
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    assert "The desk hears no household" in browser.get("/").content.decode()


def test_whoever_reads_a_case_knows_that_its_machine_is_silent(the_desk: Desk) -> None:
    """Connectivity is evidence too."""
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    browser.post("/next")
    said = "We have not heard this machine since"
    assert said not in browser.get(f"/cases/{case.pk}/").content.decode()
    Unheard.objects.create(device=case.device, kind="silent", since=NOW, opened_at=NOW)
    assert said in browser.get(f"/cases/{case.pk}/").content.decode()
