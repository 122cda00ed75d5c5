"""Puts a module's SPI line on a socket."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager

import trio

from wizfi_emu.module.spi import Wiring
from wizfi_emu.run.device import Device
from wizfi_emu.spi.port import SpiPort
from wizfi_emu.spi.spec import parse_spi_spec

_log = logging.getLogger("wizfi_emu.spi")


@contextmanager
def wired(device: Device, spec: str, nursery: trio.Nursery) -> Iterator[None]:
    """Serve the SPI line of ``device`` at ``spec`` (see `parse_spi_spec`) until the context ends.

    Raises ``UserError`` for an address that is wrong or cannot be had.
    """
    scope = trio.CancelScope()
    with closing(SpiPort(parse_spi_spec(spec))) as port:
        device.spi = port
        device.on_data_ready = port.set_ready
        nursery.start_soon(_serve, scope, device, port)
        _log.info("SPI: %s (DATA_READY: %s)", port.address, port.ready_address)
        try:
            yield
        finally:
            scope.cancel()


async def _serve(scope: trio.CancelScope, device: Device, port: SpiPort) -> None:
    with scope:
        await port.serve(device.transfer, lambda: Wiring.of_option(device.module.ports.option))
