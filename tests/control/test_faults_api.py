"""Faults over the control interface, and on its command line."""

from __future__ import annotations

from typing import get_args

import pytest
import trio
from click.testing import CliRunner

from tests.control.served import Served, served
from tests.device.devices import BANNER
from wizfi_emu.cli.app import app
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import Fault

pytestmark = pytest.mark.slow  # real sockets, clients in threads

WORDS = [str(kind.__struct_config__.tag) for kind in get_args(Fault)]


async def ctl(module: Served, *args: str) -> str:
    """Call the command; what it prints."""
    target = f"http://{module.socket.address}/?token={module.socket.token}"
    arguments = ["--control", target, *args]
    result = await trio.to_thread.run_sync(lambda: CliRunner().invoke(app, ["ctl", *arguments]))
    if result.exception is not None:
        raise result.exception
    return result.output


async def test_a_fault_is_set_and_healed() -> None:
    async with served() as module:
        assert await module.get("/api/faults") == {"faults": []}
        answer = await module.post("/api/faults", {"fault": "flash-fail"})
        assert answer == {"faults": [{"name": "flash-fail", "fault": "flash-fail", "state": "active", "hits": 0}]}
        await module.table.ask(b"AT+MPROF=S", end=b"[ERROR]\r\n")
        assert (await module.get("/api/faults"))["faults"][0]["hits"] == 1
        assert await trio.to_thread.run_sync(module.client.delete, "/api/faults/flash-fail") == {"faults": []}
        await module.table.ask(b"AT+MPROF=S")


async def test_a_fault_for_a_moment() -> None:
    async with served() as module:
        when = {"pattern": "AT+MM", "from": "host"}
        await module.post("/api/faults", {"fault": "brown-out", "off_ms": 10, "when": when})
        module.table.serial.host_write(b"AT+MMAC=?\r")
        assert await module.table.read_until(BANNER) == b"AT+MM" + BANNER


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b'{"fault": "tcp-rest"}', 400, "invalid body: Invalid value 'tcp-rest' - at `$.fault`"),
        (b'{"fault": "tcp-reset", "for": 1}', 400, "invalid body: for: this fault is over at once and has no duration"),
        (b"{}", 400, "invalid body: Object missing required field `fault`"),
        (b'{"fault": "ap-off", "access_point": "X"}', 409, "the world has no access point 'X'"),
    ],
)
async def test_what_is_refused(body: bytes, status: int, message: str) -> None:
    async with served() as module:
        token = f"Bearer {module.socket.token}"
        answer = await module.ask("POST", "/api/faults", body, Authorization=token)
        assert (answer.status, answer.json) == (status, {"error": message})
        answer = await module.ask("DELETE", "/api/faults/x", Authorization=token)
        assert (answer.status, answer.json) == (409, {"error": "there is no fault 'x'; there is: none"})


async def test_the_command_line() -> None:
    async with served() as module:
        assert await ctl(module, "fault", "start", "udp-loss", "probability=0.5", "name=lossy.net") == ""
        await ctl(module, "fault", "start", "brown-out", "off_ms=10", "when.pattern=AT+MM", "when.from=host")
        assert (await ctl(module, "fault", "list")).split() == [
            *("NAME", "FAULT", "STATE", "HITS"),
            *("lossy.net", "udp-loss", "active", "0"),
            *("brown-out", "brown-out", "waiting", "0"),
        ]
        await ctl(module, "fault", "heal", "brown-out")
        await ctl(module, "fault", "heal", "lossy.net")
        assert await ctl(module, "fault", "list") == ""


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["tcp-rest"],
            f"fault tcp-rest: fault: expected {', '.join(WORDS[:-1])} or {WORDS[-1]}, got 'tcp-rest'; "
            "did you mean tcp-reset?",
        ),
        (["udp-loss", "probability=x"], "fault udp-loss: probability: expected a number, got 'x'"),
    ],
)
async def test_mistakes_on_the_command_line(args: list[str], message: str) -> None:
    async with served() as module:
        with pytest.raises(UserError) as caught:
            await ctl(module, "fault", "start", *args)
        assert str(caught.value) == message


@pytest.mark.parametrize("setting", ["port", "=5", "when=1 when.at=2"])
async def test_settings_that_are_none(setting: str) -> None:
    async with served() as module:
        with pytest.raises(SystemExit):
            await ctl(module, "fault", "start", "udp-loss", *setting.split())
