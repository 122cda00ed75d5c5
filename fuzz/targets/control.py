"""Requests to the control interface, token and all, to a module in virtual time."""

from collections.abc import Coroutine, MutableMapping
from typing import Any

from fuzz.targets.machine import END_US, new_module
from fuzz.targets.scripts import INPUT_BYTES_MAX, pieces
from wizfi_emu.actions.hands import ChangeAccessPoint, HandAction, Record, SendSerial
from wizfi_emu.actions.perform import Performer, RefusedError
from wizfi_emu.control.api import make_app
from wizfi_emu.control.handle import ModuleHandle
from wizfi_emu.control.state import Counters, SerialState, State
from wizfi_emu.control.token_auth import TokenAuth
from wizfi_emu.control.traffic import Traffic
from wizfi_emu.device.snapshot import snapshot
from wizfi_emu.faults.model import FaultList
from wizfi_emu.testing.virtual import VirtualModule

TOKEN = "token"  # noqa: S105  # it opens nothing
REQUESTS_MAX = 16
Message = MutableMapping[str, Any]


def play_control(data: bytes) -> None:
    """Requests as in HTTP, a piece each: request line, headers, an empty line, the body; ``\\n`` ends lines."""
    module = new_module("guide")
    app = TokenAuth(make_app(_Handle(module)), token=TOKEN, host="127.0.0.1")
    for request in list(pieces(data[:INPUT_BYTES_MAX]))[:REQUESTS_MAX]:
        head, _, body = request.partition(b"\n\n")
        line, *headers = head.split(b"\n")
        method, _, target = line.partition(b" ")
        path, _, query = target.partition(b"?")
        if path in (b"/api/events", b"/api/faults/kinds"):
            continue  # has no end; reads in a thread
        answers: list[Message] = []
        scope = {
            "type": "http",
            "method": method.decode("latin-1"),
            "path": path.decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "headers": [(b"host", b"127.0.0.1"), *(_header(one) for one in headers)],
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
        }
        _finish(app(scope, _Body(body).receive, _Answer(answers).send))
        status = answers[0]["status"]
        assert status < 500, f"{status} for {line!r}"
        module.run(END_US)


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()


def _finish(coroutine: Coroutine[object, None, object]) -> None:
    """Run what never waits to its end."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise AssertionError("it waits for something")


class _Body:
    def __init__(self, body: bytes) -> None:
        self._left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive(self) -> Message:
        return self._left.pop() if self._left else {"type": "http.disconnect"}


class _Answer:
    def __init__(self, messages: list[Message]) -> None:
        self._messages = messages

    async def send(self, message: Message) -> None:
        self._messages.append(message)


class _Handle(ModuleHandle):
    """The module in the hands of the interface."""

    def __init__(self, module: VirtualModule) -> None:
        self._module = module
        self._faults = module.faults()
        self._performer = Performer(module, self._faults)
        self._traffic = Traffic()

    @property
    def traffic(self) -> Traffic:
        return self._traffic

    def state(self, *, secrets: bool = False) -> State:
        module = self._module
        return snapshot(
            module.module,
            power=module.has_power,
            now_us=module.now_us,
            serial=SerialState("memory", None, 115200, "N", 8, "1", "N"),
            spi=None,
            counters=Counters(0, 0, 0, 0, 1),
            pins=module.pins,
            rssi_dbm=None,
            ends=lambda slot: (None, None),
            air_address=None,
            faults=self._faults.show(),
            secrets=secrets,
        )

    def faults(self) -> FaultList:
        return FaultList(self._faults.show())

    def recording(self) -> bytes:
        raise RefusedError("nothing has been recorded")

    async def perform(self, action: HandAction | SendSerial) -> None:
        if isinstance(action, SendSerial):
            self._module.send_soon(action.data)
            return
        if isinstance(action, ChangeAccessPoint | Record):
            raise RefusedError("not in memory")
        script = self._performer.perform(action)
        until = next(script, None)
        while until is not None:
            if until.time_us is not None:
                self._module.run_to(until.time_us)
            try:
                until = script.send(until.ready())
            except StopIteration:
                return
