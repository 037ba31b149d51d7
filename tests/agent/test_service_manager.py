"""What the service manager is told, over a real socket of the kind it uses."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.service_manager import ServiceManager


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        receiver.setblocking(False)
        yield receiver, address


def heard(receiver: socket.socket) -> list[bytes]:
    words = []
    while True:
        try:
            words.append(receiver.recv(100))
        except BlockingIOError:
            return words


def test_ready_and_stopping_are_said(listening: tuple[socket.socket, str]) -> None:
    receiver, address = listening
    manager = ServiceManager.of({"NOTIFY_SOCKET": address})

    manager.ready()
    manager.stopping()

    assert heard(receiver) == [b"READY=1", b"STOPPING=1"]


def test_the_watchdog_is_fed_three_times_within_its_limit(
    listening: tuple[socket.socket, str],
) -> None:
    receiver, address = listening
    manager = ServiceManager.of({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "60000000"})

    for second in range(60):
        manager.alive(1000.0 + second)

    assert heard(receiver) == [b"WATCHDOG=1"] * 3


def test_without_a_watchdog_nothing_is_fed(listening: tuple[socket.socket, str]) -> None:
    receiver, address = listening
    manager = ServiceManager.of({"NOTIFY_SOCKET": address})

    manager.alive(1.0)

    assert heard(receiver) == []


def test_an_abstract_socket_is_found() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0demitasse-test-notify")
        receiver.setblocking(False)

        ServiceManager.of({"NOTIFY_SOCKET": "@demitasse-test-notify"}).ready()

        assert heard(receiver) == [b"READY=1"]


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_without_anybody_listening_the_device_goes_on(environment: dict[str, str]) -> None:
    manager = ServiceManager.of({**environment, "WATCHDOG_USEC": "1000"})

    manager.ready()
    manager.alive(1.0)
