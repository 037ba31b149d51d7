"""A device that came with a bundle: nothing before the first consent, then one calm step."""

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent import journal
from agent.assembly import Machine, build_device
from agent.consents.consent_file import Purpose
from agent.device import Device
from agent.identity import introduction
from agent.identity.desk_pin import read_pinned_desk
from agent.identity.introduction import Introduced, Introduction, credential_file
from agent.settings import AgentSettings, load_settings
from tests.agent.consents import owner_text
from tests.agent.examined import Words
from tests.agent.machine_says import LIMITS
from tests.agent.paper_authority import HttpsDesk, PaperAuthority
from wire import enrolment
from wire.stamps import Stamp

ROOT = Path(__file__).parents[2]
WITHIN_S = 20.0


def stamp(second: float, *, synced: bool = True) -> Stamp:
    utc = datetime.now(UTC) + timedelta(seconds=second)
    return Stamp(utc=utc, monotonic_s=second, boot_id="boot", synced=synced)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[HttpsDesk]:
    """Return a desk that answers over HTTPS."""
    with HttpsDesk(PaperAuthority(tmp_path / "paper")) as running:
        yield running


class Unit:
    """A device as it leaves the factory, with its bundle among the credentials."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bundle = folder / introduction.CREDENTIAL
        self.consent = folder / "consent.toml"
        self.consent.write_text(owner_text(()), encoding="utf-8")
        config = folder / "agent.toml"
        config.write_text('[device]\nstate_dir = "state"\n')
        self.settings: AgentSettings = load_settings(config)
        self.told: list[journal.Happening] = []
        self.second = 0.0

    @contextlib.contextmanager
    def awake(self) -> Iterator[Device]:
        machine = Machine(model="Reference", limits=LIMITS, source=Words([]), light=None)
        bundle = credential_file({"CREDENTIALS_DIRECTORY": str(self.folder)})
        device = build_device(self.settings, machine, self.told.append, bundle=bundle)
        try:
            yield device
        finally:
            device.close()

    def live(self, device: Device, until: Callable[[], bool], *, seconds: float = 1.0) -> None:
        """Step until something is so; raises what the device raises."""
        deadline = time.monotonic() + WITHIN_S
        while not until():
            assert time.monotonic() < deadline
            self.second += seconds
            device.step(stamp(self.second))
            time.sleep(0.005)

    def troubles(self) -> list[str]:
        return [one.text for one in self.told if isinstance(one, journal.Trouble)]


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(tmp_path)


def test_it_asks_nobody_before_the_first_consent_and_its_desk_right_after(
    unit: Unit, desk: HttpsDesk
) -> None:
    unit.bundle.write_text(enrolment.write(desk.authority.bundle(url=desk.url)))
    with unit.awake() as device:
        for _ in range(100):
            unit.second += 60
            device.step(stamp(unit.second))
        assert desk.headers == []
        unit.consent.write_text(owner_text((Purpose.LEARN_ROUTINE,)), encoding="utf-8")
        for _ in range(100):
            unit.second += 60
            device.step(stamp(unit.second))
        assert desk.headers == [], "what stays at home needs no desk"
        assert read_pinned_desk(unit.settings.state_dir) is None

        unit.consent.write_text(owner_text((Purpose.DEVICE_HEALTH,)), encoding="utf-8")
        with pytest.raises(Introduced):
            unit.live(device, lambda: False)

    assert len(desk.headers) == 1
    pinned = read_pinned_desk(unit.settings.state_dir)
    assert pinned is not None
    assert unit.troubles() == []
    [news] = [one for one in unit.told if isinstance(one, journal.CertificateRenewed)]
    assert "cannot be reached now" in news.text
    with unit.awake() as device:
        assert device._mailroom.enrolled


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("changed", "the bundle was changed or is not whole"),
        ("ended", "the bundle ended on"),
        ("without address", "names no address to ask"),
        ("half of it", "demitasse.bundle"),
        ("another document", "is no bundle"),
    ],
)
def test_a_wrong_bundle_is_told_once_and_changes_nothing(
    unit: Unit, desk: HttpsDesk, content: str, reason: str
) -> None:
    unit.bundle.write_text(wrong(content, desk))
    unit.consent.write_text(owner_text((Purpose.DEVICE_HEALTH,)), encoding="utf-8")
    with unit.awake() as device:
        asking = device._mailroom._introduction
        assert asking is not None
        unit.live(device, lambda: asking._tries >= 3, seconds=introduction.AGAIN_S_MAX)
    [told] = unit.troubles()
    assert reason in told
    assert desk.headers == []
    assert [file.name for file in (unit.settings.state_dir / "keys").iterdir()] == [
        "device.json"
    ]


def wrong(content: str, desk: HttpsDesk) -> str:
    """Return what stands in a bundle that must not count."""
    good = desk.authority.bundle(url=desk.url)
    match content:
        case "changed":
            return enrolment.write(good).replace("127.0.0.1", "127.0.0.2")
        case "ended":
            past = good.issued_at - timedelta(days=60)
            ended = desk.authority.bundle(
                url=desk.url, issued_at=past, expires_at=past + timedelta(days=30)
            )
            return enrolment.write(ended)
        case "without address":
            return enrolment.write(desk.authority.bundle())
        case "half of it":
            return enrolment.write(good)[:300]
    return enrolment.write(
        enrolment.Certificate(kind=enrolment.CertificateKind.V1, chain=desk.authority.root)
    )


class Asked:
    """An introduction whose desk answers when a test says so, with or without a no."""

    def __init__(self) -> None:
        self.told: list[journal.Happening] = []
        self.answers: list[str | Exception] = []
        self.works: list[Callable[[], None]] = []
        self.pauses: list[float] = []
        self.introduction = Introduction(
            self._enroll, self.told.append, beside=self.works.append, uniform=self._longest
        )

    def _enroll(self) -> str:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _longest(self, _low: float, high: float) -> float:
        self.pauses.append(high)
        return high


def test_a_device_goes_on_while_its_desk_thinks() -> None:
    asked = Asked()
    for second in range(100):
        asked.introduction.attend(stamp(second))
    assert len(asked.works) == 1
    asked.answers = ["welcome"]
    asked.works[0]()
    with pytest.raises(Introduced):
        asked.introduction.attend(stamp(100))


def test_a_desk_that_is_away_is_asked_ever_more_rarely_and_told_once() -> None:
    asked = Asked()
    second = 0.0
    for number in range(12):
        while len(asked.works) == number:
            asked.introduction.attend(stamp(second))
            second += 30
        asked.answers = [OSError("nobody is there")]
        asked.works[-1]()
        asked.introduction.attend(stamp(second))
    assert asked.pauses[:3] == [120, 240, 480]
    assert asked.pauses[-1] == introduction.AGAIN_S_MAX
    assert len(asked.told) == 1


def test_a_clock_in_doubt_asks_nobody() -> None:
    asked = Asked()
    asked.introduction.attend(stamp(0, synced=False))
    assert asked.works == []


def test_without_a_credential_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert credential_file({}) is None
    assert credential_file({"CREDENTIALS_DIRECTORY": str(tmp_path)}) is None


def test_the_unit_hands_over_the_credential_under_the_name_that_is_looked_for() -> None:
    unit = (ROOT / "config" / "systemd" / "demitasse.service").read_text(encoding="utf-8")
    # Without a path, so that a device without a bundle starts as well.
    assert f"\nLoadCredential={introduction.CREDENTIAL}\n" in unit


def test_a_credential_that_cannot_be_looked_at_keeps_no_device_from_starting() -> None:
    assert credential_file({"CREDENTIALS_DIRECTORY": "/" + "x" * 300}) is not None
