"""The HTTP interface: one table of endpoints, from which the routes and the OpenAPI document are made.

A handler gets the module and the request and gives what is sent back: a structure for JSON, or an ASGI response. What
changes the module answers with the state that it led to.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from types import UnionType

import msgspec
import trio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from wizfi_emu.actions.hands import HealFault, StartFault
from wizfi_emu.actions.limits import PINS
from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.control import panel
from wizfi_emu.control.bodies import (
    Adc,
    Body,
    ChangeAccessPoint,
    DrivePin,
    Power,
    Press,
    Problem,
    Record,
    Reset,
    Serial,
)
from wizfi_emu.control.endpoint import Call, Endpoint
from wizfi_emu.control.eventstream import KINDS, EventStream
from wizfi_emu.control.faultkinds import FaultKinds, fault_kinds
from wizfi_emu.control.handle import ModuleHandle
from wizfi_emu.control.openapi import document
from wizfi_emu.control.state import State
from wizfi_emu.control.token_auth import HEALTH
from wizfi_emu.control.traffic import FullError
from wizfi_emu.faults.model import BaseFault, Fault, FaultList

BODY_BYTES_MAX = 512 * 1024
"""The largest body is serial data as text, of which each character can take six bytes."""


async def _get_state(module: ModuleHandle, call: Call) -> State:
    return module.state(secrets=call.flag("secrets"))


async def _perform(module: ModuleHandle, call: Call) -> State:
    assert isinstance(call.body, Body)
    await module.perform(call.body.action(call.request.path_params))
    return module.state()


async def _get_faults(module: ModuleHandle, _call: Call) -> FaultList:
    return module.faults()


async def _start_fault(module: ModuleHandle, call: Call) -> FaultList:
    assert isinstance(call.body, BaseFault)
    await module.perform(StartFault(call.body))  # type: ignore[arg-type]  # read as a Fault
    return module.faults()


async def _heal_fault(module: ModuleHandle, call: Call) -> FaultList:
    await module.perform(HealFault(call.request.path_params["name"]))
    return module.faults()


async def _get_events(module: ModuleHandle, call: Call) -> ASGIApp:
    kinds = call.request.query_params.get("kinds")
    wanted = frozenset(KINDS if kinds is None else kinds.split(","))
    if not wanted <= set(KINDS):
        raise HTTPException(400, f"kinds: expected some of {', '.join(KINDS)} with commas between them, got {kinds!r}")
    return EventStream(module, wanted, past=call.flag("past", default=True))


async def _get_metrics(module: ModuleHandle, _call: Call) -> ASGIApp:
    from wizfi_emu.control.metrics import MEDIA_TYPE, metrics_of  # most modules are never asked for them

    return Response(metrics_of(module.state(), module.traffic.followers), media_type=MEDIA_TYPE)


async def _get_fault_kinds(_module: ModuleHandle, _call: Call) -> FaultKinds:
    # It reads the source, which takes longer than a module may be kept waiting.
    return await trio.to_thread.run_sync(fault_kinds)


async def _get_recording(module: ModuleHandle, _call: Call) -> ASGIApp:
    headers = {"Content-Disposition": 'attachment; filename="session.jsonl"'}
    return Response(module.recording(), media_type="application/jsonl", headers=headers)


async def _get_report(module: ModuleHandle, _call: Call) -> ASGIApp:
    recording = module.recording()
    page = await trio.to_thread.run_sync(_draw, recording)
    return Response(page, media_type="text/html", headers={"Content-Disposition": 'attachment; filename="report.html"'})


def _draw(recording: bytes) -> str:
    from wizfi_emu.recording.format import decode_recording
    from wizfi_emu.recording.report.page import make_report

    return make_report(decode_recording(recording, "session.jsonl"), "session.jsonl")


async def _get_openapi(_module: ModuleHandle, _call: Call) -> ASGIApp:
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
        "Live: serial bytes of both directions, events, effects, notes, changes of the state (server-sent events).",
        _get_events,
        query={
            "kinds": f"Some of {', '.join(KINDS)}, with commas between them; all if not given.",
            "past": "0: without the serial bytes that have passed before.",
        },
        media_type="text/event-stream",
    ),
    Endpoint(
        "POST",
        "/api/pins/{pin}",
        "Drive a pin, or release it.",
        _perform,
        body=DrivePin,
        path_values={"pin": PINS},
    ),
    Endpoint("POST", "/api/press", "Press FUNCTION; answers after the last release.", _perform, body=Press),
    Endpoint("POST", "/api/reset", "Reset the module, or hold it in reset and let it go.", _perform, body=Reset),
    Endpoint("POST", "/api/power", "Switch the power on or off.", _perform, body=Power),
    Endpoint("POST", "/api/adc", "Put a voltage on the analogue input.", _perform, body=Adc),
    Endpoint(
        "POST",
        "/api/serial",
        "Put bytes on the serial line next to the host; answers when the module has taken them.",
        _perform,
        body=Serial,
    ),
    Endpoint("GET", "/api/faults", "The faults that are set.", _get_faults, answer=FaultList),
    Endpoint(
        "GET", "/api/faults/kinds", "Which faults there are, with their fields.", _get_fault_kinds, answer=FaultKinds
    ),
    Endpoint("POST", "/api/faults", "Set a fault.", _start_fault, body=Fault, answer=FaultList, strict=False),
    Endpoint("DELETE", "/api/faults/{name}", "End a fault.", _heal_fault, answer=FaultList),
    Endpoint("GET", "/metrics", "The state as metrics for Prometheus.", _get_metrics, media_type="text/plain"),
    Endpoint(
        "POST",
        "/api/access-points/{bssid}",
        "Switch an access point of the world on or off, or move it.",
        _perform,
        body=ChangeAccessPoint,
    ),
    Endpoint(
        "POST",
        "/api/recording",
        "Record from the next time on that the power comes, or end that.",
        _perform,
        body=Record,
    ),
    Endpoint("GET", "/api/recording", "The last recording.", _get_recording, media_type="application/jsonl"),
    Endpoint("GET", "/api/recording/report", "The last recording as a page.", _get_report, media_type="text/html"),
    Endpoint("GET", "/api/openapi.json", "This interface as an OpenAPI document.", _get_openapi),
)


def make_app(module: ModuleHandle) -> Starlette:
    """The application: the table, and the panel at the root."""
    routes = [Route(row.path, _endpoint(module, row), methods=[row.method]) for row in ENDPOINTS]
    for path, file in panel.FILES.items():
        routes.append(Route(path, _panel_file(file), methods=["GET"]))
    routes.append(Route(HEALTH, _tell_health, methods=["GET"]))
    handlers: dict[object, Callable[[Request, Exception], Awaitable[Response]]] = {
        HTTPException: _explain_http_error,
        RefusedError: _explain_refusal,
        FullError: _explain_full,
        ClientDisconnect: _explain_nothing,
        trio.ClosedResourceError: _explain_end,
    }
    return Starlette(routes=routes, exception_handlers=handlers)


def _endpoint(module: ModuleHandle, row: Endpoint) -> Callable[[Request], Awaitable[ASGIApp]]:
    async def endpoint(request: Request) -> ASGIApp:
        unknown = set(request.query_params) - set(row.query) - {"token"}
        if unknown:
            raise HTTPException(400, f"unknown query parameter {min(unknown)!r}")
        for name, values in row.path_values.items():
            if (value := request.path_params[name]) not in values:
                raise HTTPException(404, f"there is no {name} {value!r}; expected {', '.join(values)}")
        body = await _read_body(request, row.body, row.strict) if row.body else None
        answer = await row.handler(module, Call(request, body))
        if isinstance(answer, State | FaultList | FaultKinds):
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
        raise HTTPException(400, f"invalid body: {error}") from None


async def _tell_health(_request: Request) -> Response:
    # Module and server share one loop: where this is answered, the module is not stuck.
    return Response(b'{"ready": true}', media_type="application/json")


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
        detail = f"there is no {request.scope['path']}; /api/openapi.json lists what there is"
    return _problem(error.status_code, detail, error.headers)


async def _explain_refusal(_request: Request, error: Exception) -> Response:
    return _problem(409, str(error))


async def _explain_full(_request: Request, error: Exception) -> Response:
    return _problem(503, str(error))


async def _explain_nothing(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # for nobody: the client has left in the middle of its request


async def _explain_end(_request: Request, _error: Exception) -> Response:
    return _problem(503, "the module is being closed")
