"""Access points, kinds of faults, and recordings by hand, over HTTP."""

from __future__ import annotations

import pytest
import trio

from tests.control.served import Served, served
from wizfi_emu.errors import UserError

POINT = "00:08:DC:AA:BB:01"


async def wait_for(module: Served, **wanted: object) -> None:
    events = await module.open_events("?kinds=state")
    try:
        with trio.fail_after(30):
            while not wanted.items() <= (await events.next("state"))[1]["wifi"].items():
                pass
    finally:
        events.close()


async def test_an_access_point_moves_and_goes_off() -> None:
    async with served() as module:
        for line in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,WPA2,12345678"):
            await module.table.ask(line)
        await module.table.ask(b"AT+WJOIN", b"192.168.12.1\r\n[OK]\r\n")
        state = await module.post(f"/api/access-points/{POINT}", {"rssi_dbm": -70})
        found = {point["bssid"]: point for point in state["access_points"]}
        assert found[POINT] == {
            "ssid": "WizFiDemoAP", "bssid": POINT, "channel": 6, "security": "WPA2", "on": True, "rssi_dbm": -70
        }  # fmt: skip
        await wait_for(module, rssi_dbm=-70)
        await module.post(f"/api/access-points/{POINT}", {"on": False})
        await wait_for(module, state="lost")
        await module.post(f"/api/access-points/{POINT}", {"on": True})
        await wait_for(module, state="station")


@pytest.mark.parametrize(
    ("point", "body", "error"),
    [
        ("nobody", {"on": True}, "the world has no access point 'nobody'"),
        (POINT, {"rssi_dbm": 5}, "Expected `int` <= 0"),
        (POINT, {"channel": 5}, "unknown field `channel`"),
    ],
)
async def test_what_an_access_point_cannot(point: str, body: dict[str, object], error: str) -> None:
    async with served() as module:
        with pytest.raises(UserError, match=error):
            await module.post(f"/api/access-points/{point}", body)


@pytest.mark.slow
async def test_the_kinds_of_faults() -> None:
    async with served() as module:
        kinds = (await module.get("/api/faults/kinds"))["kinds"]
        assert {"ap-off", "tcp-refuse", "serial-loss"} <= {kind["fault"] for kind in kinds}


async def test_there_is_no_recording_where_nothing_can_be_recorded() -> None:
    async with served() as module:
        for path in ("/api/recording", "/api/recording/report"):
            with pytest.raises(UserError, match="nothing has been recorded"):
                await module.get(path)
        with pytest.raises(UserError, match="this module is not recorded by hand"):
            await module.post("/api/recording", {"on": True})
