"""What goes in and out of the edge to the network: the effects that it carries out, and how it reports events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from wizfi_emu.module.effects import (
    AnswerAirCommand,
    AnswerWebClient,
    CloseAirPort,
    CloseSocket,
    ConnectTcp,
    ListenTcp,
    MakeIdentity,
    OpenAirPort,
    OpenUdp,
    SendData,
    StartWebServer,
    StopWebServer,
)
from wizfi_emu.module.events import Event

NetworkEffect = (
    SendData
    | ConnectTcp
    | ListenTcp
    | OpenUdp
    | CloseSocket
    | MakeIdentity
    | OpenAirPort
    | AnswerAirCommand
    | CloseAirPort
    | StartWebServer
    | AnswerWebClient
    | StopWebServer
)

Feed = Callable[[Event], None]
"""Takes one event. It may come back into the network with new effects before it returns."""

WaitRoom = Callable[[], Awaitable[None]]
"""Returns when the machine has room for data from the network, and is always a checkpoint.
ClosedResourceError: there will be none any more."""
