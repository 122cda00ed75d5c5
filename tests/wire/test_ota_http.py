"""The update mode over real sockets: http.client, curl and clients that misbehave, on the running program."""

from __future__ import annotations

import http.client
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.bootbench import START_OTA, banner
from tests.programs import need
from tests.wire.emulator import PATIENCE_S, Emulator, Terminal, running
from wizfi_emu.boot.appimage import make_app_image
from wizfi_emu.testing.running import own_host_address

pytestmark = pytest.mark.slow

BOUNDARY = b"------------------------d74496d66958873e"
COMPLETE = b"OTA Upgrade complete, device rebooting ..."
APP = make_app_image("1.0.5.2", 810_132)


def form(content: bytes) -> bytes:
    return (
        b'--%s\r\nContent-Disposition: form-data; name="datafile"; filename="APP.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n%s\r\n--%s--\r\n" % (BOUNDARY, content, BOUNDARY)
    )


def upload(content: bytes) -> bytes:
    """The whole request of the Upgrade button."""
    body = form(content)
    return (
        b"POST /update.html HTTP/1.1\r\nHost: wizfi250.wiznet.com\r\nContent-Length: %d\r\n"
        b"Content-Type: multipart/form-data; boundary=%s\r\n\r\n%s" % (len(body), BOUNDARY, body)
    )


class UpdateMode:
    """A module in update mode."""

    def __init__(self, terminal: Terminal, url: str) -> None:
        self.terminal = terminal
        self.url = url
        self.host, self.port = urlsplit(url).hostname or "", urlsplit(url).port or 80

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and page, as Python's own client gets them."""
        with closing(http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)) as connection:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            assert answer.version == 10
            return answer.status, answer.read()

    def upload(self, content: bytes) -> bytes:
        """Upload a file with the form that a browser sends; the page that follows."""
        kind = f"multipart/form-data; boundary={BOUNDARY.decode()}"
        status, page = self.ask("POST", "/update.html", form(content), Content_Type=kind)
        assert status == 200
        return page

    def connect(self) -> socket.socket:
        connection = socket.create_connection((self.host, self.port), PATIENCE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def delete(self) -> None:
        assert self.ask("POST", "/delete_app.html")[0] == 200

    def expect_alive(self) -> None:
        """Fails when the server serves no more, or the serial line is not silent."""
        status, page = self.ask("GET", "/")
        assert (status, b"Step 1" in page) == (200, True)
        self.terminal.expect_silence()


def wait_for_url(emulator: Emulator) -> str:
    """The address in the log: the server starts when the access point runs, which the serial line does not tell."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not emulator.web_url:
        assert time.monotonic() < deadline_s, emulator.log
        time.sleep(0.01)  # nothing else tells
    return emulator.web_url


@contextmanager
def update_mode(firmware: str = "guide") -> Iterator[UpdateMode]:
    """A module in update mode, ten times as fast as in life for the two seconds before it reboots."""
    options = ("--firmware", firmware, "--timing", "fast", "--time-scale", 10, "--host-address", own_host_address())
    with running(*options) as emulator, closing(Terminal(emulator.device)) as terminal:
        terminal.synchronize()
        terminal.exchange(b"AT+FOTA\r", b"AT+FOTA\r\n[OK]\r\n" + START_OTA)
        yield UpdateMode(terminal, wait_for_url(emulator))


@pytest.fixture
def guide() -> Iterator[UpdateMode]:
    with update_mode() as found:
        yield found


@pytest.fixture
def measured() -> Iterator[UpdateMode]:
    with update_mode("1.0.5.2") as found:
        yield found


def test_the_guides_upgrade(guide: UpdateMode) -> None:
    status, page = guide.ask("GET", "/")
    assert status == 200
    assert b"Wiznet</span> WizFi250 Web Server : OTA Upgrade" in page
    assert guide.ask("GET", "/favicon.ico")[0] == 301
    guide.delete()
    guide.terminal.expect_silence()
    assert COMPLETE in guide.upload(APP)
    guide.terminal.expect(banner("1.0.5.2"))
    guide.terminal.exchange(b"AT+MINFO\r", b"AT+MINFO\r\nFW version/HW version\r\n1.0.5.2/WizFi250 Rev 1.0\r\n[OK]\r\n")


def test_the_upgrade_by_curl(guide: UpdateMode, tmp_path: Path) -> None:
    need("curl")
    path = tmp_path / "APP.bin"
    path.write_bytes(APP)
    curl = ("curl", "--silent", "--show-error", "--fail", "--max-time", "10")
    subprocess.run((*curl, "--request", "POST", guide.url + "/delete_app.html"), check=True)
    page = subprocess.run(
        (*curl, "--form", f"datafile=@{path}", guide.url + "/update.html"), check=True, capture_output=True
    )
    assert COMPLETE in page.stdout
    guide.terminal.expect(banner("1.0.5.2"))


@pytest.mark.parametrize("seed", range(5))
def test_any_segmentation(guide: UpdateMode, seed: int) -> None:
    """Also one that cuts the boundary."""
    choose = random.Random(seed)
    guide.delete()
    request = upload(make_app_image("1.0.4.9", 20_000))
    cuts = {choose.randrange(1, len(request)) for _ in range(20)} | {len(request) - 30, len(request) - 10, 5}
    with guide.connect() as client:
        for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(request)], strict=True):
            client.sendall(request[start:end])
            time.sleep(0.002)  # a segment of its own
        assert COMPLETE in receive_all(client)
    guide.terminal.expect(banner("1.0.4.9"))


def receive_all(client: socket.socket) -> bytes:
    got = b""
    while more := client.recv(65536):
        got += more
    return got


def test_refusals(guide: UpdateMode) -> None:
    """Each leaves the module in update mode."""
    assert b"delete the application first" in guide.upload(APP)
    assert b"no file came with the request" in guide.ask("GET", "/update.html")[1]
    guide.delete()
    for content, reason in (
        (b"", b"no file came with the request"),
        (b"no firmware" * 100, b"word 0 is 0x66206f6e, a firmware image has 0x00000200"),
        (APP[:-1], b"word 1 is 810132, but the file has only 810131 bytes"),
        (bytes(3_000_000), b"the file is larger than the 983040 bytes of the application area"),
    ):
        assert reason in guide.upload(content)
        guide.expect_alive()
    assert COMPLETE in guide.upload(APP)
    guide.terminal.expect(banner("1.0.5.2"))


def test_any_file_is_completed(measured: UpdateMode) -> None:
    measured.delete()
    assert COMPLETE in measured.upload(b"no firmware")
    measured.terminal.expect_silence(0.5)
    measured.terminal.send(b"AT\r")
    measured.terminal.expect_silence()


def test_get_of_the_update_page(measured: UpdateMode) -> None:
    assert COMPLETE in measured.ask("GET", "/update.html")[1]
    measured.terminal.expect(banner("1.0.5.2"))


def test_other_methods_and_paths(guide: UpdateMode) -> None:
    assert guide.ask("PUT", "/")[0] == 200
    assert guide.ask("DELETE", "/index.html")[0] == 200
    with guide.connect() as client:
        client.sendall(b"GET /nothing HTTP/1.1\r\n\r\n")
        assert receive_all(client) == b"HTTP/1.0 301\r\nLocation: /\r\n\r\n"


def test_hostile_clients(guide: UpdateMode) -> None:
    """None gets an answer, none stops the server."""
    guide.delete()
    for sent in (
        b"",
        b"\r\n\r\n",
        b"x" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"POST /update.html HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /update.html HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(400),
        upload(APP)[:400_000],
        upload(APP)[:-1],
    ):
        with guide.connect() as client:
            try:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
                assert receive_all(client) == b""
            except (ConnectionResetError, BrokenPipeError):
                pass  # closed with something unread
        guide.expect_alive()
    assert b"delete the application first" not in guide.upload(APP)
    guide.terminal.expect(banner("1.0.5.2"))


def test_clients_wait_for_each_other(guide: UpdateMode) -> None:
    with guide.connect() as first, guide.connect() as second:
        first.sendall(b"GET / HTTP/1.1\r\n")
        second.sendall(b"GET / HTTP/1.1\r\n\r\n")
        second.settimeout(0.1)
        with pytest.raises(TimeoutError):
            second.recv(1)
        first.sendall(b"\r\n")
        assert b"Step 1" in receive_all(first)
        second.settimeout(PATIENCE_S)
        assert b"Step 1" in receive_all(second)


def test_the_serial_line_is_silent_and_deaf(guide: UpdateMode) -> None:
    guide.terminal.send(b"AT\rAT+MINFO\r")
    guide.expect_alive()
