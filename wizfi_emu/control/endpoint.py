"""What an endpoint of the HTTP interface is: a row of the table that routes and the OpenAPI document are made from."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import UnionType

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from wizfi_emu.control.bodies import Body
from wizfi_emu.control.faultkinds import FaultKinds
from wizfi_emu.control.handle import ModuleHandle
from wizfi_emu.control.state import State
from wizfi_emu.faults.model import FaultList

Answer = State | FaultList | FaultKinds | ASGIApp


class Call:
    """One request as a handler sees it."""

    def __init__(self, request: Request, body: object) -> None:
        self.request = request
        self.body = body

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A query parameter that is 0 or 1, and what it is if it is missing."""
        value = self.request.query_params.get(name, "1" if default else "0")
        if value not in ("0", "1"):
            raise HTTPException(400, f"{name}: expected 0 or 1, got {value!r}")
        return value == "1"


Handler = Callable[[ModuleHandle, Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Endpoint:
    """A row of the table. ``query`` says what each query parameter means; parameters of the path are ``{name}``.

    ``path_values`` are those that a parameter of the path can have; others are not found. ``answer`` is the type of a
    JSON answer. Without ``strict`` numbers in the body may be texts.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    body: type[Body] | UnionType | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    path_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    media_type: str = "application/json"
    answer: type[State | FaultList | FaultKinds] = State
    strict: bool = True

    @property
    def name(self) -> str:
        """What generated clients call it."""
        return "_".join(re.findall(r"\w+", f"{self.method.lower()} {self.path}"))
