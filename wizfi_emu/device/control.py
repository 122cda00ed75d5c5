"""Puts a running module under control: listens, says where, and serves."""

import importlib.util
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import trio

from wizfi_emu.control.listen import ControlSocket, parse_control_spec
from wizfi_emu.control.registry import Entry, Registration
from wizfi_emu.device.handle import DeviceHandle
from wizfi_emu.device.handrecording import NewHeader
from wizfi_emu.errors import UserError
from wizfi_emu.run.device import Device

_log = logging.getLogger("wizfi_emu.control")


@contextmanager
def controlled(
    device: Device,
    address: str,
    nursery: trio.Nursery,
    *,
    link: Path | None = None,
    header: NewHeader | None = None,
) -> Iterator[None]:
    """Serve the control interface of ``device`` at ``address`` (see `parse_control_spec`).

    ``header`` makes the header of a recording that begins now. Inside the context clients can connect and ``ctl`` finds
    the module; ``nursery`` serves them until it is cancelled.
    Raises ``UserError`` for an address that is wrong or cannot be had.
    """
    if not all(importlib.util.find_spec(name) for name in ("starlette", "hypercorn")):
        raise UserError("--control needs starlette and hypercorn: pip install '.[web]' in the checkout")
    absolute = os.path.abspath(link) if link is not None else ""
    with ExitStack() as stack:
        socket = ControlSocket(parse_control_spec(address))
        stack.callback(socket.close)
        _register(stack, Entry(os.getpid(), device.line.name, absolute, socket.address, socket.token))
        _log.info("control: %s", socket.url)
        device.panel = socket.url if socket.url.startswith("http") else ""
        if socket.reaches_beyond_this_machine:
            _log.warning("reachable from other machines: anyone with this address and its token controls the module")
        scope = trio.CancelScope()
        stack.callback(scope.cancel)
        nursery.start_soon(_serve, scope, socket, DeviceHandle(device, nursery, link=absolute or None, header=header))
        yield


async def _serve(scope: trio.CancelScope, socket: ControlSocket, handle: DeviceHandle) -> None:
    with scope:
        # Imported while the module already serves its host: it takes longer than everything else at the start.
        name = "wizfi_emu.control.server"
        server = await trio.to_thread.run_sync(importlib.import_module, name, abandon_on_cancel=True)
        await server.serve(socket, handle)


def _register(stack: ExitStack, entry: Entry) -> None:
    try:
        stack.callback(Registration(entry).close)
    except UserError as error:
        _log.warning("wizfi-emu ctl finds this module only by --control: %s", error)
