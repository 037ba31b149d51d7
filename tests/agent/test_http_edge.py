"""The edge where anybody's bytes become a request: none can raise, hold it up or fill it."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.page import at_home, home_server, http_edge, opening
from agent.page.at_home import fingerprint, own_names
from agent.page.certificate import VALID_FOR, own_certificate
from agent.page.exchange import Request, Response
from agent.page.home_server import HomeServer, is_at_home
from agent.page.http_edge import BODY_BYTES_MAX, REQUEST_BYTES_MAX, Handler
from agent.page.opening import Opening
from tests.agent.test_owners_page import agent_settings

WITHIN_S = 20.0
NOW = datetime(2026, 3, 10, tzinfo=UTC)


class Listening:
    """A server that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(status=200, body=b"here")


def spoken(data: bytes) -> tuple[bytes, list[Request]]:
    """Return what a connection gets that says ``data`` and no more, and what was asked."""
    server = Listening()
    with (
        socket.create_server(("127.0.0.1", 0)) as door,
        socket.create_connection(door.getsockname()) as browser,
    ):
        ours, address = door.accept()
        sender = threading.Thread(target=_send, args=(browser, data))
        sender.start()
        with ours:
            ours.settimeout(WITHIN_S)
            with contextlib.suppress(OSError):
                Handler(ours, address, server)  # type: ignore[arg-type]
            with contextlib.suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)
        sender.join()
        said = b""
        with contextlib.suppress(OSError):
            while more := browser.recv(65536):
                said += more
    return said, server.asked


def _send(browser: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        browser.sendall(data)
        browser.shutdown(socket.SHUT_WR)


WORDS = st.sampled_from(
    [b"GET ", b"POST ", b"/ ", b"//[ ", b"HTTP/1.1\r\n", b"HTTP/9.9\r\n", b"Host: x\r\n",
     b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: \xd9\xa3\r\n",
     b"Transfer-Encoding: chunked\r\n", b"Cookie: =;\x00\r\n", b": \r\n", b" folded\r\n",
     b"\r\n", b"\n", b"hello", b"\x16\x03\x01", b"\xff\xfe", b"0\r\n\r\n"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@example([b"GET ", b"/ ", b"\r\n"])
@example([b"POST ", b"/ ", b"HTTP/1.1\r\n", b"Content-Length: \xd9\xa3\r\n", b"\r\n"])
@example([b"POST ", b"/ ", b"HTTP/1.1\r\n", b"Content-Length: \xb2\r\n", b"\r\n"])
@given(st.lists(st.one_of(WORDS, st.binary(max_size=30)), max_size=14))
def test_no_bytes_can_raise(parts: list[bytes]) -> None:
    said, asked = spoken(b"".join(parts))
    assert len(asked) <= 1
    assert said == b"" or said.startswith((b"HTTP/1.", b"here", b"<!DOCTYPE"))
    for request in asked:
        assert (request.path, request.query, request.form()) is not None


def test_a_head_without_end_is_cut_off_and_not_kept() -> None:
    endless = b"GET / HTTP/1.1\r\n" + b"".join(
        b"X-%d: %s\r\n" % (n, b"a" * 900) for n in range(90)
    )
    assert len(endless) > 2 * REQUEST_BYTES_MAX
    said, asked = spoken(endless + b"Host: too late\r\n\r\n")
    assert [request.host for request in asked] in ([], [None])
    assert len(said) < 2000


def test_a_body_has_a_length_and_a_limit() -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %s\r\n\r\n"
    assert b" 413 " in spoken(head % str(BODY_BYTES_MAX + 1).encode())[0]
    assert b" 413 " in spoken(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nhello")[0]
    _, [request] = spoken(head % b"5" + b"hello, and more")
    assert request.body == b"hello"
    assert request.here == "127.0.0.1"


def test_our_own_fault_is_told_without_a_word_of_what_was_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for error in (ConnectionResetError("x"), ValueError("the secret")):
        try:
            raise error
        except (OSError, ValueError):
            http_edge.tell_of_our_own_fault(None)  # type: ignore[arg-type]
    assert capsys.readouterr().err == "demitasse page: an answer failed: ValueError\n"


# --------------------------------------------------------------------------------- at home


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HomeServer]:
    """Return the page of a device whose button was just held for five seconds."""
    device = agent_settings(tmp_path)
    device.state_dir.mkdir()
    lasts = Opening(id="a", until_s=opening.boottime_s() + 999, numbers=(1, 2, 3, 4, 5))
    opening.write_opening(device.state_dir, lasts)
    with HomeServer(device, port=0) as made:
        serving = threading.Thread(target=made.serve_while_open, daemon=True)
        serving.start()
        yield made
        opening.remove_opening(device.state_dir)
        serving.join(WITHIN_S)
        assert not serving.is_alive(), "it ends with the opening"


def connected(server: HomeServer) -> socket.socket:
    port = server.server_address[1]
    return socket.create_connection(("127.0.0.1", port), timeout=WITHIN_S)


def trusting() -> ssl.SSLContext:
    """Return what goes on after the warning about the certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def over_tls(server: HomeServer, data: bytes, *, oldest: ssl.TLSVersion | None = None) -> bytes:
    context = trusting()
    if oldest is not None:
        context.maximum_version = oldest
    with context.wrap_socket(connected(server)) as browser:
        assert browser.version() == "TLSv1.3"
        browser.sendall(data)
        said = b""
        while more := browser.recv(65536):
            said += more
    return said


def get(server: HomeServer) -> bytes:
    port = server.server_address[1]
    return over_tls(server, b"GET / HTTP/1.1\r\nHost: demitasse.local:%d\r\n\r\n" % port)


def test_it_speaks_tls_1_3_and_nothing_older(server: HomeServer) -> None:
    assert b'name="numbers"' in get(server)
    with pytest.raises(ssl.SSLError):
        over_tls(server, b"", oldest=ssl.TLSVersion.TLSv1_2)
    assert b'name="numbers"' in get(server)


def test_plain_http_is_told_to_write_https_and_learns_nothing_else(server: HomeServer) -> None:
    with connected(server) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: demitasse.local\r\n\r\n")
        said = browser.recv(65536)
    assert said.startswith(b"HTTP/1.0 400 ")
    assert b"https://" in said
    assert b"numbers" not in said


def test_nobody_is_kept_waiting_by_those_who_say_nothing(server: HomeServer) -> None:
    """A handshake that never comes holds up its own connection, and no other."""
    with contextlib.ExitStack() as stack:
        for _ in range(home_server.CONNECTIONS_OF_ONE_MAX - 1):
            stack.enter_context(connected(server))
        assert b'name="numbers"' in get(server)


def test_one_address_gets_so_many_connections_and_no_more(server: HomeServer) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(home_server.CONNECTIONS_OF_ONE_MAX):
            stack.enter_context(connected(server))
        deadline = time.monotonic() + WITHIN_S
        while len(server._open) < home_server.CONNECTIONS_OF_ONE_MAX:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with connected(server) as one_more:
            # Much sooner than those who say nothing.
            one_more.settimeout(http_edge.SLOW_S / 2)
            assert one_more.recv(1) == b""
    assert b'name="numbers"' in again(server)


def again(server: HomeServer) -> bytes:
    """Ask until the connections of before are let go."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        with contextlib.suppress(OSError):
            return get(server)
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_drips_for_ever_is_cut(
    server: HomeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then would be in time for ever."""
    monkeypatch.setattr(home_server, "WHOLE_S", 0.5)
    with trusting().wrap_socket(connected(server)) as slow:
        deadline = time.monotonic() + WITHIN_S
        with contextlib.suppress(OSError):
            while time.monotonic() < deadline:
                slow.sendall(b"x")
                time.sleep(0.1)
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("address", "home"),
    [("127.0.0.1", True), ("10.1.2.3", True), ("172.16.0.1", True), ("192.168.178.20", True),
     ("169.254.9.9", True), ("172.32.0.1", False), ("100.64.0.1", False),
     ("8.8.8.8", False), ("0.0.0.0", False), ("224.0.0.251", False)],
)  # fmt: skip
def test_only_addresses_inside_a_house_are_answered(address: str, home: bool) -> None:
    assert is_at_home(address) is home


# -------------------------------------------------------------------------- the certificate


def test_the_certificate_is_made_once_and_for_nobody_elses_eyes(tmp_path: Path) -> None:
    file = own_certificate(tmp_path, own_names(), NOW)
    first = fingerprint(file)
    assert own_certificate(tmp_path, own_names(), NOW + VALID_FOR / 2) == file
    assert fingerprint(file) == first
    assert file.stat().st_mode & 0o077 == 0
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    assert first == certificate.fingerprint(hashes.SHA256()).hex(":").upper()


@pytest.mark.parametrize("days", [-3, 800, 9000])
def test_a_clock_that_was_wrong_when_it_was_made_does_not_keep_it_so(
    tmp_path: Path, days: int
) -> None:
    file = own_certificate(tmp_path, own_names(), NOW)
    first = fingerprint(file)
    own_certificate(tmp_path, own_names(), NOW + timedelta(days=days))
    assert fingerprint(file) != first


def test_what_is_no_certificate_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / at_home.CERTIFICATE_FILE).write_text("torn")
    assert fingerprint(tmp_path / at_home.CERTIFICATE_FILE) is None
    assert fingerprint(own_certificate(tmp_path, own_names(), NOW))
