"""``demitasse run``: one device, from its start to its stop.

One process a state folder holds the lock; the command and the page see by it whether the
device is awake. When the owner has everything forgotten, the device is built anew without
a memory; in the end its keys are destroyed, and it stays quiet until somebody says otherwise.
After a factory reset the process ends, and whoever starts it next finds a new device.
"""

import contextlib
import fcntl
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent import device, ledger
from agent.asking.presses import Meaning, meaning_of
from agent.assembly import Machine, build_device, store_file
from agent.clock import SystemClock
from agent.consents.consent_keeper import ConsentKeeper
from agent.delivery.letters import Letters
from agent.delivery.mailroom import Mailroom
from agent.disk import DiskWatch
from agent.errors import StoreError
from agent.giving_back import forgetting, quiet
from agent.giving_back.farewell import Farewell
from agent.giving_back.forgetting import BeginAnew, Forgotten, Proof
from agent.giving_back.live_stream import LiveStream, Overheard, socket_file
from agent.identity.desk_pin import read_pinned_desk
from agent.identity.introduction import Introduced, credential_file
from agent.identity.key_files import device_keys
from agent.journal import Trouble, log
from agent.service_manager import ServiceManager
from agent.settings import AgentSettings
from agent.store import LaterStore, Store
from wire.options import ConfigError
from wire.owner import Light

if TYPE_CHECKING:
    from agent.delivery.publisher import Publisher

LOCK_FILE = "running.lock"
LOOKS_EVERY_S = 1.0
"""How often a quiet device looks whether it is to begin again."""
STAYS_QUIET = (
    "everything was forgotten, and this device stays quiet: `demitasse begin`, the owner’s "
    "page, or five seconds on the button let it begin again, as new"
)

OpenMachine = Callable[[AgentSettings], Machine]


@contextlib.contextmanager
def hold(state_dir: Path) -> Iterator[None]:
    """Be the one device of ``state_dir`` for as long as the block lasts."""
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                f"{state_dir}: another `demitasse run` uses this folder; stop it first"
            ) from None
        yield


def is_running(state_dir: Path) -> bool:
    """Tell whether a device is awake on ``state_dir``."""
    try:
        with hold(state_dir):
            return False
    except ConfigError:
        return True


def run(settings: AgentSettings, open_machine: OpenMachine) -> int:
    """Run the device of ``settings`` until it is told to stop, or is forgotten."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    machine = open_machine(settings)
    with hold(settings.state_dir):
        while not stopping:
            try:
                if quiet.lasts(settings.state_dir):
                    _rest(settings, machine, lambda: stopping)
                else:
                    _live(settings, machine, lambda: stopping)
                    break
            except (BeginAnew, Introduced):
                pass
            except Forgotten:
                proof = finish_forgetting(settings, datetime.now(UTC))
                log(Trouble(at=datetime.now(UTC), text=f"everything is forgotten: {proof}"))
                if not quiet.lasts(settings.state_dir):
                    break
            machine = open_machine(settings)
        return 0


def _rest(settings: AgentSettings, machine: Machine, stopped: Callable[[], bool]) -> None:
    """Do nothing, keep nothing and listen to nothing but the button, until somebody says so."""
    machine.source.close()
    # Whatever a power cut has left of what was being destroyed.
    forgetting.burn(forgetting.device_files(store_file(settings)))
    log(Trouble(at=datetime.now(UTC), text=STAYS_QUIET))
    manager = ServiceManager.of(os.environ)
    manager.ready()
    try:
        while not stopped() and quiet.lasts(settings.state_dir):
            manager.alive(time.monotonic())
            pressed = machine.light.presses() if machine.light is not None else []
            if any(meaning_of(press) is Meaning.OPEN_PAGE for press in pressed):
                quiet.end(settings.state_dir)
            time.sleep(LOOKS_EVERY_S)
    finally:
        if machine.light is not None:
            machine.light.close()


def _live(settings: AgentSettings, machine: Machine, stopped: Callable[[], bool]) -> None:
    # The port is found by the machine itself, so the store is opened only now.
    source, clock = machine.source, SystemClock()
    try:
        source = Overheard(source, LiveStream(socket_file(settings)))
    except OSError as error:
        text = f"{socket_file(settings)}: no live readings: {error.strerror or error}"
        log(Trouble(at=datetime.now(UTC), text=text))
    manager = ServiceManager.of(os.environ)
    awake = _built(settings, replace(machine, source=source), manager, stopped)
    if awake is None:
        source.close()
        if machine.light is not None:
            machine.light.close()
        return
    try:
        manager.ready()
        device.run(awake, source, clock, stopped, manager)
        manager.stopping()
    finally:
        awake.close()


def _built(
    settings: AgentSettings,
    machine: Machine,
    manager: ServiceManager,
    stopped: Callable[[], bool],
) -> device.Device | None:
    """Return the device, or ``None`` if it was stopped before its disk took anything.

    A disk that is full heals without a visit, so it is waited for, and the light says so.
    """
    bundle, disk, told = credential_file(os.environ), DiskWatch(settings.state_dir), ""
    while not stopped():
        try:
            built = build_device(settings, machine, log, bundle=bundle)
        except LaterStore:
            raise
        except StoreError as error:
            disk.refused()
            if str(error) != told:
                told = str(error)
                log(Trouble(at=datetime.now(UTC), text=f"{told}; it is tried again and again"))
        else:
            disk.took()
            return built
        if machine.light is not None:
            machine.light.show(Light.TROUBLE)
        manager.ready()
        manager.alive(time.monotonic())
        time.sleep(LOOKS_EVERY_S)
    return None


def forget_asleep(settings: AgentSettings, *, reset: bool) -> bool:
    """Carry out a wish to forget on a device that is not awake, as far as that goes.

    Returns whether all is done; otherwise the desk has to be asked, at the next start.
    """
    if not store_file(settings).exists():
        _destroy(settings, reset=reset)
        return True
    now = SystemClock().now()
    with hold(settings.state_dir):
        for _ in ("to begin", "to see whether that was all"):
            with contextlib.closing(Store(store_file(settings))) as store:
                try:
                    _farewell(settings, store).attend(now)
                except BeginAnew:
                    continue
                except Forgotten:
                    break
                return False
        finish_forgetting(settings, now.utc)
        return True


def _farewell(settings: AgentSettings, store: Store) -> Farewell:
    keys, desk = device_keys(settings.state_dir), read_pinned_desk(settings.state_dir)
    consent = ConsentKeeper(store, settings.consent_file, settings.timezone, keys.signer())
    mailroom = Mailroom(
        store, keys=keys, desk=desk, connect=_never, slot_s=settings.slot_s, journal=log
    )
    return Farewell(store=store, mailroom=mailroom, letters=Letters(consent, ""))


def _never() -> "Publisher":
    raise AssertionError("nothing is sent while the device is asleep")


def finish_forgetting(settings: AgentSettings, now: datetime) -> Path:
    """Destroy store and keys; return where the proof of it is."""
    # What speaks MQTT and TLS is loaded where a line is opened; see ``assembly``.
    from agent.delivery import broker_traces  # noqa: PLC0415
    from agent.identity.tls import tls_of  # noqa: PLC0415

    keys, desk = device_keys(settings.state_dir), read_pinned_desk(settings.state_dir)
    broker, tls = tls_of(settings.broker, settings.state_dir, keys=keys, desk=desk)
    with contextlib.closing(Store(store_file(settings), mend=False)) as store:
        asked = forgetting.begun(store.reading())
        answer = forgetting.answer_of_desk(store.reading())
        head = ledger.head(store.reading())
    told = asked is not None and asked.desk_must_answer
    cleared = (
        broker_traces.clear(broker, keys.device_id, tls)
        if head != ledger.GENESIS and desk is not None
        else False
    )
    burnt = _destroy(settings, reset=asked is not None and asked.reset)
    proof = Proof(
        device=keys.device_id,
        asked_at=asked.since if asked else now,
        forgotten_at=now,
        ledger_head=head,
        desk=answer,
        desk_was_told=told,
        files=tuple(burnt),
        retained_message_cleared=cleared,
    )
    return forgetting.keep_proof(settings.state_dir, proof.signed(keys))


def _destroy(settings: AgentSettings, *, reset: bool) -> list[str]:
    """Destroy what made this device what it was; return the names of the files.

    A factory reset takes the owner's page along, with its keys and whom it had let in.
    """
    if reset:
        spared = (LOCK_FILE, forgetting.PROOF_FILE)
        return forgetting.burn(forgetting.all_files(settings.state_dir, spared=spared))
    # First: a power cut in what follows must not let the device begin again by itself.
    quiet.keep(settings.state_dir)
    return forgetting.burn(forgetting.device_files(store_file(settings)))
