"""The HTTP interface: one table of endpoints, from which the routes and the OpenAPI document are made.

A handler gets the module and the request and gives what is sent back: a structure for JSON, or an ASGI response. What
changes the module answers with the state that it led to.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from types import UnionType

import msgspec
import trio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from wizfi_emu.control import panel
from wizfi_emu.control.bodies import Adc, Body, DrivePin, Power, Press, Problem, Reset, Serial
from wizfi_emu.control.eventstream import KINDS, EventStream
from wizfi_emu.control.handle import ModuleHandle, RefusedError
from wizfi_emu.control.pins import BOOT_PINS, PINS
from wizfi_emu.control.state import State
from wizfi_emu.faults.model import Fault, FaultList

BODY_BYTES_MAX = 512 * 1024
"""The largest body is serial data as text, of which each character can take six bytes."""


class Call:
    """One request as a handler sees it."""

    def __init__(self, request: Request, body: object) -> None:
        self.request = request
        self.body = body

    def flag(self, name: str) -> bool:
        """A query parameter that is 0 or 1; 0 if it is missing."""
        value = self.request.query_params.get(name, "0")
        if value not in ("0", "1"):
            raise HTTPException(400, f"{name}: expected 0 or 1, got {value!r}")
        return value == "1"


Answer = State | FaultList | ASGIApp
Handler = Callable[[ModuleHandle, Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Endpoint:
    """A row of the table. ``query`` says what each query parameter means; parameters of the path are ``{name}``.

    ``answer`` is the type of a JSON answer. Without ``strict`` numbers in the body may be texts.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    body: type[Body] | UnionType | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    path_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    media_type: str = "application/json"
    answer: type[State | FaultList] = State
    strict: bool = True

    @property
    def name(self) -> str:
        """What generated clients call it."""
        return "_".join(re.findall(r"\w+", f"{self.method.lower()} {self.path}"))


async def _get_state(module: ModuleHandle, call: Call) -> State:
    return module.state(secrets=call.flag("secrets"))


async def _drive_pin(module: ModuleHandle, call: Call) -> State:
    assert isinstance(call.body, DrivePin)
    pin = call.request.path_params["pin"]
    if pin not in PINS:
        raise HTTPException(404, f"there is no pin {pin!r}; expected {', '.join(PINS)}")
    module.drive(pin, None if call.body.level is None else bool(call.body.level))
    return module.state()


async def _press(module: ModuleHandle, call: Call) -> State:
    assert isinstance(call.body, Press)
    await module.press(call.body.count)
    return module.state()


async def _reset(module: ModuleHandle, call: Call) -> State:
    assert isinstance(call.body, Reset)
    module.reset(watchdog=call.body.cause == "watchdog")
    return module.state()


async def _power(module: ModuleHandle, call: Call) -> State:
    body = call.body
    assert isinstance(body, Power)
    if body.on:
        low = tuple(pin for pin in BOOT_PINS if getattr(body, pin) == "low")
        module.power_on(low, body.hold_ms)
    else:
        module.power_off()
    return module.state()


async def _set_adc(module: ModuleHandle, call: Call) -> State:
    assert isinstance(call.body, Adc)
    module.set_adc(call.body.value)
    return module.state()


async def _receive_serial(module: ModuleHandle, call: Call) -> State:
    assert isinstance(call.body, Serial)
    await module.receive(call.body.data)
    return module.state()


async def _get_faults(module: ModuleHandle, _call: Call) -> FaultList:
    return module.faults()


async def _start_fault(module: ModuleHandle, call: Call) -> FaultList:
    assert isinstance(call.body, Fault)
    module.start_fault(call.body)
    return module.faults()


async def _heal_fault(module: ModuleHandle, call: Call) -> FaultList:
    module.heal_fault(call.request.path_params["name"])
    return module.faults()


async def _get_events(module: ModuleHandle, call: Call) -> ASGIApp:
    kinds = call.request.query_params.get("kinds")
    wanted = frozenset(KINDS if kinds is None else kinds.split(","))
    if not wanted <= set(KINDS):
        raise HTTPException(400, f"kinds: expected some of {', '.join(KINDS)} with commas between them, got {kinds!r}")
    return EventStream(module, wanted)


async def _get_openapi(_module: ModuleHandle, _call: Call) -> ASGIApp:
    from wizfi_emu.control.openapi import document

    return Response(msgspec.json.encode(document(ENDPOINTS)), media_type="application/json")


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/state",
        "The state of the module as one document.",
        _get_state,
        query={"secrets": "1: with keys, passwords and the private key."},
    ),
    Endpoint(
        "GET",
        "/api/events",
        "Live: serial bytes of both directions, events, effects, changes of the state (server-sent events).",
        _get_events,
        query={"kinds": f"Some of {', '.join(KINDS)}, with commas between them; all if not given."},
        media_type="text/event-stream",
    ),
    Endpoint(
        "POST",
        "/api/pins/{pin}",
        "Put a level on a pin, or let go of it.",
        _drive_pin,
        body=DrivePin,
        path_values={"pin": PINS},
    ),
    Endpoint("POST", "/api/press", "Press FUNCTION; answers after the last release.", _press, body=Press),
    Endpoint("POST", "/api/reset", "Reset the module.", _reset, body=Reset),
    Endpoint("POST", "/api/power", "Switch the power on or off.", _power, body=Power),
    Endpoint("POST", "/api/adc", "Put a voltage on the analogue input.", _set_adc, body=Adc),
    Endpoint(
        "POST",
        "/api/serial",
        "Put bytes on the serial line next to the host; answers when the module has taken them.",
        _receive_serial,
        body=Serial,
    ),
    Endpoint("GET", "/api/faults", "The faults that are set.", _get_faults, answer=FaultList),
    Endpoint("POST", "/api/faults", "Set a fault.", _start_fault, body=Fault, answer=FaultList, strict=False),
    Endpoint("DELETE", "/api/faults/{name}", "End a fault.", _heal_fault, answer=FaultList),
    Endpoint("GET", "/api/openapi.json", "This interface as an OpenAPI document.", _get_openapi),
)


def make_app(module: ModuleHandle) -> Starlette:
    """The application: the table, and the panel at the root."""
    routes = [Route(row.path, _endpoint(module, row), methods=[row.method]) for row in ENDPOINTS]
    for path, file in panel.FILES.items():
        routes.append(Route(path, _panel_file(file), methods=["GET"]))
    handlers: dict[object, Callable[[Request, Exception], Awaitable[Response]]] = {
        HTTPException: _explain_http_error,
        RefusedError: _explain_refusal,
        trio.ClosedResourceError: _explain_end,
    }
    return Starlette(routes=routes, exception_handlers=handlers)


def _endpoint(module: ModuleHandle, row: Endpoint) -> Callable[[Request], Awaitable[ASGIApp]]:
    async def endpoint(request: Request) -> ASGIApp:
        unknown = set(request.query_params) - set(row.query) - {"token"}
        if unknown:
            raise HTTPException(400, f"unknown query parameter {min(unknown)!r}")
        body = await _read_body(request, row.body, row.strict) if row.body else None
        answer = await row.handler(module, Call(request, body))
        if isinstance(answer, State | FaultList):
            return Response(msgspec.json.encode(answer), media_type="application/json")
        return answer

    return endpoint


async def _read_body(request: Request, kind: type[Body] | UnionType, strict: bool) -> object:
    data = bytearray()
    async with aclosing(request.stream()) as pieces:
        async for piece in pieces:
            data += piece
            if len(data) > BODY_BYTES_MAX:
                raise HTTPException(413, f"the body is longer than {BODY_BYTES_MAX} bytes")
    try:
        # No body at all is an object without fields.
        found: object = msgspec.json.decode(bytes(data) or b"{}", type=kind, strict=strict)
        return found
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise HTTPException(400, f"the body is wrong: {error}") from None


def _panel_file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_request: Request) -> Response:
        content, media_type = panel.read(name)
        return Response(content, media_type=media_type)

    return endpoint


def _problem(status: int, error: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(Problem(error)), status_code=status, headers=headers, media_type="application/json"
    )


async def _explain_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = error.detail
    if error.status_code == 404 and detail == "Not Found":
        detail = f"there is no {request.url.path}; /api/openapi.json lists what there is"
    return _problem(error.status_code, detail, error.headers)


async def _explain_refusal(_request: Request, error: Exception) -> Response:
    return _problem(409, str(error))


async def _explain_end(_request: Request, _error: Exception) -> Response:
    return _problem(503, "the module is being closed")
