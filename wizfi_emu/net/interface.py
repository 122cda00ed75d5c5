"""What the edge to the network asks of its surroundings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from wizfi_emu.module.events import Event

Feed = Callable[[Event], None]
"""Takes one event. It may come back into the network with new effects before it returns."""

WaitRoom = Callable[[], Awaitable[None]]
"""Returns when the machine has room for data from the network, and is always a checkpoint.
ClosedResourceError: there will be none any more."""
