"""What ``--serial`` takes, and what the context gives and takes away."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from wizfi_emu.errors import UserError
from wizfi_emu.serial import open_serial, parse_serial_spec
from wizfi_emu.serial.factory import SerialSpec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("pty", ("pty", "", 0, "")),
        ("tcp://127.0.0.5:7000", ("tcp", "127.0.0.5", 7000, "")),
        ("tcp://:0", ("tcp", "127.0.0.1", 0, "")),
        ("tcp://localhost:65535", ("tcp", "localhost", 65535, "")),
        ("rfc2217://[::1]:2217", ("rfc2217", "::1", 2217, "")),
        ("tcp://:7000?token=a=b?c", ("tcp", "127.0.0.1", 7000, "a=b?c")),
        ("tcp-client://10.0.0.7:23", ("tcp-client", "10.0.0.7", 23, "")),
    ],
)
def test_good_specs(text: str, spec: tuple[str, str, int, str]) -> None:
    assert parse_serial_spec(text)[:4] == spec


@pytest.mark.parametrize("scheme", ["tty", "unix"])
def test_good_paths(scheme: str) -> None:
    assert parse_serial_spec(f"{scheme}:/dev/a:b?c") == SerialSpec(scheme, path=Path("/dev/a:b?c"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tty",
        "tty:",
        "unix:",
        "tcp-client://127.0.0.1",
        "pty://",
        "tcp",
        "tcp://",
        "tcp:127.0.0.1:7000",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:",
        "tcp://127.0.0.1:x",
        "tcp://127.0.0.1:-1",
        "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1:\u0663",
        "tcp://127.0.0.1:7000/path",
        "tcp://::1:7000",
        "tcp://[localhost]:7000",
        "udp://127.0.0.1:7000",
    ],
)
async def test_bad_specs(nursery: trio.Nursery, text: str) -> None:
    with pytest.raises(
        UserError,
        match=r": expected pty, tty:DEVICE, unix:PATH, tcp://HOST:PORT, rfc2217://HOST:PORT or tcp-client://HOST:PORT$",
    ) as error:
        async with open_serial(text, nursery=nursery):
            raise AssertionError
    assert str(error.value).startswith(f"--serial {text}:")


@pytest.mark.parametrize(
    "text",
    [
        "tcp://:1?secret",
        "tcp://:1?",
        "tcp://:1?token=",
        "tcp://:1?pin=secret",
        "rfc2217://:1?token=secret",
        "tcp://:1?dtr=reset",
    ],
)
def test_tokens_that_cannot_be(text: str) -> None:
    with pytest.raises(UserError, match=r"\?\.\.\.: expected \?token=TOKEN behind tcp:.*2217://HOST:PORT$") as error:
        parse_serial_spec(text)
    assert "secret" not in str(error.value)
    assert "secret" not in repr(parse_serial_spec("tcp://:1?token=secret"))


def test_a_host_that_listens_has_a_port() -> None:
    with pytest.raises(UserError, match=r"^--serial tcp-client://h:0: expected the port that the host listens on$"):
        parse_serial_spec("tcp-client://h:0")


async def test_only_a_pseudo_terminal_has_a_link(nursery: trio.Nursery, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="only a pseudo-terminal can have a link"):
        async with open_serial("tcp://:0", nursery=nursery, link=tmp_path / "link"):
            raise AssertionError


async def test_an_address_that_is_not_here(nursery: trio.Nursery) -> None:
    with pytest.raises(UserError, match=r"^cannot listen on 127\.0\.0\.1\.1:0: "):
        async with open_serial("tcp://127.0.0.1.1:0", nursery=nursery):
            raise AssertionError


@pytest.mark.parametrize("spec", ["pty", "tcp://:0"])
async def test_errors_of_the_body_come_out_as_they_are(nursery: trio.Nursery, spec: str) -> None:
    with pytest.raises(KeyError):
        async with open_serial(spec, nursery=nursery):
            raise KeyError


@pytest.mark.parametrize("spec", ["pty", "tcp://:0"])
async def test_it_closes_when_the_caller_is_cancelled(spec: str) -> None:
    async with trio.open_nursery() as nursery, open_serial(spec, nursery=nursery) as port:
        nursery.cancel_scope.cancel()
        await trio.sleep_forever()
    with pytest.raises(trio.ClosedResourceError):
        port.send_nowait(b"x")


@pytest.mark.parametrize("spec", ["pty", "tcp://:0"])
async def test_it_closes_before_its_tasks_have_started(nursery: trio.Nursery, spec: str) -> None:
    async with open_serial(spec, nursery=nursery) as port:
        pass
    await trio.testing.wait_all_tasks_blocked()
    with pytest.raises(trio.ClosedResourceError):
        await port.receive_some(1)
