"""The interface over real sockets: every endpoint, what is refused, the live stream, and the end."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import msgspec
import pytest
import trio

from tests.control.served import served
from tests.device.devices import BANNER
from wizfi_emu.control import server, traffic
from wizfi_emu.control.api import BODY_BYTES_MAX
from wizfi_emu.control.bodies import SERIAL_BYTES_MAX
from wizfi_emu.control.client import _connect
from wizfi_emu.control.panel import FILES
from wizfi_emu.control.state import State
from wizfi_emu.errors import UserError
from wizfi_emu.module.events import AdcDriven, UartReceived

# Real sockets, clients in threads, and presses that take their time.
pytestmark = pytest.mark.slow


@pytest.fixture(params=["127.0.0.1:0", "unix"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Both kinds of address."""
    return f"unix:{tmp_path / 'wizfi.sock'}" if request.param == "unix" else request.param


async def test_the_state(address: str) -> None:
    async with served(address) as module:
        state = msgspec.convert(await module.get("/api/state"), State)
        assert (state.power, state.mode, state.firmware.version) == (True, "command", "1.0.3.6")
        assert state.profile["web_password"] == "***"
        state = msgspec.convert(await module.get("/api/state?secrets=1"), State)
        assert state.profile["web_password"] == "admin"


async def test_pins(address: str) -> None:
    async with served(address) as module:
        assert (await module.post("/api/pins/gpio5", {"level": 1}))["pins"]["gpio5"]["driven"] == 1
        assert (await module.post("/api/pins/gpio5", {"level": None}))["pins"]["gpio5"]["driven"] is None
        await module.table.ask(b"AT+FGPIO=2,5,0")
        await module.post("/api/pins/gpio5", {"level": 0})
        assert await module.table.ask(b"AT+FGPIO=0,5") == b"AT+FGPIO=0,5\r\n0\r\n[OK]\r\n"


async def test_press(address: str) -> None:
    async with served(address) as module:
        await module.post("/api/press", {"count": 3})
        assert await module.table.read_until(b"\r\n") == b"Set Factory Default\r\n"


async def test_press_without_a_body_is_once() -> None:
    async with served() as module:
        answer = await module.ask("POST", "/api/press", Authorization=f"Bearer {module.socket.token}")
        assert answer.status == 200
        assert await module.table.read_until(b"\r\n") == b"Set AP Mode & Web Server Launch\r\n"


async def test_power_and_reset() -> None:
    async with served() as module:
        assert (await module.post("/api/power", {"on": False}))["mode"] == "off"
        assert (await module.post("/api/power", {"on": True, "boot": "low", "hold_ms": None}))["mode"] == "boot"
        assert (await module.post("/api/pins/boot", {"level": None}))["pins"]["boot"]["level"] == 1
        await module.table.read_until(BANNER)
        assert (await module.post("/api/reset", {}))["counters"]["boots"] == 3
        await module.table.read_until(BANNER)
        await module.post("/api/reset", {"cause": "watchdog"})
        assert await module.table.read_until(BANNER) == b"\r\n[Reset Event]\r\n" + BANNER


async def test_adc_and_serial() -> None:
    async with served() as module:
        assert (await module.post("/api/adc", {"value": 99}))["adc"] == 99
        await module.post("/api/serial", {"text": "AT+FGETADC\r"})
        assert await module.table.read_until(b"[OK]\r\n") == b"AT+FGETADC\r\n99\r\n[OK]\r\n"
        await module.post("/api/serial", {"hex": "41 54 0d"})
        assert await module.table.read_until(b"[OK]\r\n") == b"AT\r\n[OK]\r\n"


async def test_without_power_it_says_so() -> None:
    async with served() as module:
        await module.post("/api/power", {"on": False})
        orders: list[tuple[str, dict[str, object]]] = [
            ("/api/press", {}),
            ("/api/reset", {}),
            ("/api/serial", {"text": "AT\r"}),
            ("/api/power", {"on": False}),
        ]
        for path, body in orders:
            with pytest.raises(UserError, match=r"^the module has no power$"):
                await module.post(path, body)
        await module.post("/api/power", {"on": True})
        with pytest.raises(UserError, match="has power already"):
            await module.post("/api/power", {"on": True})


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("POST", "/api/press", b"{", 400, "invalid body: Input data was truncated"),
        ("POST", "/api/press", b"\xff", 400, "invalid body"),
        ("POST", "/api/press", b"[]", 400, "Expected `object`, got `array`"),
        ("POST", "/api/press", b'{"count":0}', 400, "Expected `int` >= 1 - at `$.count`"),
        ("POST", "/api/press", b'{"count":21}', 400, "Expected `int` <= 20 - at `$.count`"),
        ("POST", "/api/press", b'{"count":"3"}', 400, "Expected `int`, got `str` - at `$.count`"),
        ("POST", "/api/press", b'{"times":3}', 400, "unknown field `times`"),
        ("POST", "/api/pins/gpio5", b"{}", 400, "missing required field `level`"),
        ("POST", "/api/pins/gpio5", b'{"level":2}', 400, "Invalid enum value 2 - at `$.level`"),
        ("POST", "/api/pins/gpio2", b'{"level":1}', 404, "there is no pin 'gpio2'; expected boot, function, gpio1"),
        ("POST", "/api/power", b'{"on":1}', 400, "Expected `bool`, got `int`"),
        ("POST", "/api/power", b'{"on":true,"boot":"high"}', 400, "Invalid enum value 'high'"),
        ("POST", "/api/power", b'{"on":true,"hold_ms":-1}', 400, ">= 0"),
        ("POST", "/api/adc", b'{"value":4096}', 400, "<= 4095"),
        ("POST", "/api/serial", b"{}", 400, "expected either `text` or `hex`"),
        ("POST", "/api/serial", b'{"text":"a","hex":"41"}', 400, "expected either `text` or `hex`"),
        ("POST", "/api/serial", b'{"hex":"4"}', 400, "hexadecimal"),
        ("POST", "/api/serial", b'{"text":"' + b"x" * BODY_BYTES_MAX + b'"}', 413, f"longer than {BODY_BYTES_MAX}"),
        ("POST", "/api/serial", b'{"text":"' + b"x" * (SERIAL_BYTES_MAX + 1) + b'"}', 400, "length <= 65536"),
        ("GET", "/api/state?secrets=yes", None, 400, "secrets: expected 0 or 1, got 'yes'"),
        ("GET", "/api/state?secret=1", None, 400, "unknown query parameter 'secret'"),
        (
            "GET",
            "/api/events?kinds=serial,all",
            None,
            400,
            "kinds: expected some of serial, event, effect, note, state",
        ),
        ("GET", "/api/nothing", None, 404, "there is no /api/nothing; /api/openapi.json lists what there is"),
        ("GET", "/panel/../../etc/passwd", None, 404, "there is no"),
        ("GET", "/api/press", None, 405, "Method Not Allowed"),
    ],
)
async def test_what_is_wrong_is_explained(method: str, path: str, body: bytes | None, status: int, error: str) -> None:
    async with served() as module:
        before = await module.get("/api/state")
        answer = await module.ask(method, path, body, Authorization=f"Bearer {module.socket.token}")
        assert answer.status == status
        assert answer.headers["content-type"] == "application/json"
        assert error in answer.json["error"]
        assert list(answer.json) == ["error"]
        after = await module.get("/api/state")
        for name in ("power", "mode", "pins", "adc", "counters", "profile"):
            assert after[name] == before[name]


async def test_nobody_comes_in_without_the_token() -> None:
    async with served() as module:
        for path in ("/api/state", "/api/openapi.json", "/api/events", "/docs"):
            answer = await module.ask("GET", path)
            assert answer.status == 401, path
            assert module.socket.token.encode() not in answer.body
        for path in FILES:
            answer = await module.ask("GET", path)
            assert (answer.status, module.socket.token.encode() in answer.body) == (200, False), path
        assert (await module.ask("POST", "/api/power", b'{"on":false}')).status == 401
        assert module.table.device.has_power
        with pytest.raises(UserError, match="the token is missing or wrong"):
            await trio.to_thread.run_sync(
                type(module.client)(module.client._target._replace(token="x")).get, "/api/state"
            )


async def test_a_page_of_another_name_or_origin_gets_nothing() -> None:
    async with served() as module:
        token = f"Bearer {module.socket.token}"
        rebound = await module.ask("GET", "/api/state", Authorization=token, Host=f"evil.example:{module.socket.port}")
        assert rebound.status == 403
        crossed = await module.ask("POST", "/api/reset", b"{}", Authorization=token, Origin="http://evil.example")
        assert crossed.status == 403
        assert module.table.handle.state().counters.boots == 1


async def test_the_panel_with_the_token_of_its_address() -> None:
    async with served() as module:
        page = await module.ask("GET", f"/?token={module.socket.token}")
        assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "set-cookie" not in page.headers
        for path in FILES:
            answer = await module.ask("GET", path)
            assert answer.status == 200
            assert answer.body
            assert "unsafe-inline" not in answer.headers["content-security-policy"]
        assert (await module.ask("GET", "/panel.js")).headers["content-type"].startswith("text/javascript")


# --- the live stream ------------------------------------------------------------------------------------------------


async def test_it_begins_with_the_recent_past_and_the_state(address: str) -> None:
    async with served(address) as module:
        events = await module.open_events("?kinds=serial,state")  # the power's note may come in between
        kind, data = await events.next()
        assert (kind, data["direction"], data["data"]) == ("serial", "to_host", BANNER.decode())
        kind, data = await events.next()
        assert (kind, data["mode"]) == ("state", "command")
        events.close()


async def test_both_directions_are_told_apart() -> None:
    async with served() as module:
        events = await module.open_events("?kinds=serial")
        _, banner = await events.next()
        assert (banner["direction"], banner["data"]) == ("to_host", BANNER.decode())
        module.table.serial.host_write(b"AT\r")
        _, asked = await events.next()
        assert (asked["direction"], asked["data"]) == ("to_module", "AT\r")
        _, answered = await events.next()
        assert (answered["direction"], answered["data"]) == ("to_host", "AT\r\n[OK]\r\n")
        await module.post("/api/serial", {"hex": "00ff41"})
        _, odd = await events.next()
        assert odd["data"].encode("latin-1") == b"\x00\xffA"
        events.close()


async def test_both_sides_of_a_fault() -> None:
    async with served() as module:
        events = await module.open_events("?kinds=serial,note")
        await events.next()
        await module.post("/api/faults", {"fault": "serial-loss", "name": "noise", "direction": "to-host"})
        kind, data = await events.next()
        assert (kind, data["name"], data["about"], data["text"]) == ("note", "FaultBegan", "fault", "noise begins")
        module.table.serial.host_write(b"A")
        assert [
            (kind, data.get("text", data.get("data"))) for kind, data in [await events.next() for _ in range(3)]
        ] == [
            ("serial", "A"),
            ("note", 'to-host: "A" is lost'),
            ("note", "noise applies: the module says, 1 bytes"),
        ]
        await module.post("/api/power", {"on": False})
        assert (await events.next())[1]["text"] == "off"
        events.close()


async def test_events_effects_and_states_as_they_come() -> None:
    async with served() as module:
        events = await module.open_events("?kinds=event,effect,state")
        await events.until_state(mode="command")
        await module.post("/api/pins/gpio1", {"level": 1})
        kind, data = await events.next("event")
        assert (kind, data["name"], data["fields"]) == ("event", "PinDriven", {"pin": "gpio1", "level": True})
        state = await events.until_state()
        assert state["pins"]["gpio1"]["driven"] == 1
        await module.table.ask(b"AT+WSET=0,WizFiDemoAP")
        await module.table.ask(b"AT+WSEC=0,,12345678")
        await module.table.ask(b"AT+WJOIN")
        names = []
        while "JoinEnded" not in names:
            names.append((await events.next("event", "effect"))[1]["name"])
        assert "Join" in names
        assert "UartReceived" not in names
        assert (await events.until_state(leds={"led1": True, "led2": False}))["wifi"]["state"] == "station"
        events.close()


async def test_the_state_comes_only_when_it_has_changed() -> None:
    async with served() as module:
        await trio.sleep(0.3)  # the LEDs have flashed
        events = await module.open_events("?kinds=state")
        await events.next("state")
        module.table.device.feed(AdcDriven(1234))
        await trio.sleep(0.3)  # longer than the pause between two states, in which a second one would come
        await module.post("/api/adc", {"value": 77})
        assert (await events.next("state"))[1]["adc"] == 77
        events.close()


async def test_a_client_that_leaves_is_forgotten() -> None:
    async with served() as module:
        events = await module.open_events()
        await events.next("state")
        assert len(module.table.handle.traffic._subscribers) == 1
        events.close()
        for _ in range(500):
            if not module.table.handle.traffic._subscribers:
                return
            await trio.sleep(0.01)  # the operating system tells the server in its own time
        pytest.fail("it is still told everything")


async def test_the_live_stream_has_so_many_clients_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "SUBSCRIBERS_MAX", 2)
    async with served() as module:
        following = [await module.open_events() for _ in range(2)]
        for events in following:
            await events.next("state")
        answer = await module.ask("GET", "/api/events", Authorization=f"Bearer {module.socket.token}")
        assert (answer.status, answer.json) == (503, {"error": "2 clients follow this module already"})
        assert await module.get("/api/state")
        following.pop().close()
        for _ in range(6000):
            if len(module.table.handle.traffic._subscribers) == 1:
                break
            await trio.sleep(0.01)
        following.append(await module.open_events())
        await following[-1].next("state")
        for events in following:
            events.close()


async def test_it_has_so_many_connections_and_no_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(server, "CLIENTS_MAX", 3)
    path = tmp_path / "wizfi.sock"
    async with served(f"unix:{path}") as module:
        stuck = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        for one in stuck:
            one.connect(str(path))
        with socket.socket(socket.AF_UNIX) as late:
            late.connect(str(path))
            with trio.fail_after(60):
                assert await trio.to_thread.run_sync(late.recv, 1) == b""
        assert "a client is turned away: there are 3 already" in caplog.text
        for one in stuck:
            one.close()
        with trio.fail_after(60):
            while True:
                try:
                    assert await module.get("/api/state")
                    return
                except UserError:
                    await trio.sleep(0.01)


async def test_a_client_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    """Neither the module nor, as the server shields what it sends, the end of the program."""
    path = tmp_path / "wizfi.sock"
    with socket.socket(socket.AF_UNIX) as stuck:
        async with served(f"unix:{path}") as module:
            stuck.connect(str(path))
            stuck.sendall(b"GET /api/events?kinds=serial HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await trio.to_thread.run_sync(stuck.recv, 1)
            for _ in range(40):
                module.table.device.feed(UartReceived(b"+" * 60000))
                await trio.testing.wait_all_tasks_blocked()
            assert await module.get("/api/state")
            began_s = time.monotonic()
        assert time.monotonic() - began_s < 5


async def test_the_document_describes_what_there_is(address: str) -> None:
    async with served(address) as module:
        document = await module.get("/api/openapi.json")
        assert document["openapi"].startswith("3.1")
        state = await module.get("/api/state")
        schema = document["components"]["schemas"]["State"]
        assert set(schema["required"]) == set(state)


async def test_many_requests_on_one_connection() -> None:
    async with served() as module:

        def ask_often() -> list[int]:
            connection = _connect(module.socket.address)
            statuses = []
            for _ in range(20):
                connection.request("GET", "/api/state", headers={"Authorization": f"Bearer {module.socket.token}"})
                response = connection.getresponse()
                response.read()
                statuses.append(response.status)
            connection.close()
            return statuses

        assert await trio.to_thread.run_sync(ask_often) == [200] * 20


async def test_a_client_that_leaves_in_the_middle_of_its_request(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as module:
        client = await trio.open_tcp_stream(module.socket.host, module.socket.port)
        await client.send_all(
            b"POST /api/serial HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
            b"Content-Length: 100\r\n\r\n{" % module.socket.token.encode()
        )
        await trio.testing.wait_all_tasks_blocked(0.05)
        await client.aclose()
        await trio.testing.wait_all_tasks_blocked(0.05)
        await module.get("/api/state")
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_a_defect_of_ours_is_an_answer_and_a_log(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as module:

        def broken(*, secrets: bool = False) -> State:
            raise ZeroDivisionError

        module.table.handle.state = broken  # type: ignore[method-assign]  # of this handle alone
        answer = await module.ask("GET", "/api/state", Authorization=f"Bearer {module.socket.token}")
        assert answer.status == 500
        await trio.testing.wait_all_tasks_blocked()
    assert "ZeroDivisionError" in caplog.text


async def test_health_needs_no_token_and_tells_nothing(address: str) -> None:
    async with served(address) as module:
        answer = await module.ask("GET", "/healthz")
        assert (answer.status, answer.body) == (200, b'{"ready": true}')
