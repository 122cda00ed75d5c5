"""The driver against a virtual module: as documented, and as a measured firmware does it."""

from __future__ import annotations

import os

import pytest
from wizfi_host import WizFi, WizFiError

from wizfi_emu.testing.running import RunningModule


def talk(module: RunningModule, peer: tuple[str, int]) -> None:
    with WizFi(module.port) as host:
        assert host.join("WizFiDemoAP", "12345678").startswith("192.168.12.")
        connection = host.connect(*peer)
        data = os.urandom(3000)
        host.send(connection, data)
        assert host.receive(connection, len(data)) == data


def test_talks_tcp(wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    talk(wizfi, echo_peer)


@pytest.mark.wizfi(firmware="1.0.5.2")
def test_talks_tcp_with_connect_before_ok(wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    talk(wizfi, echo_peer)


def test_nobody_listens(wizfi: RunningModule) -> None:
    with WizFi(wizfi.port) as host:
        host.join("WizFiDemoAP", "12345678")
        with pytest.raises(WizFiError, match=r"no connection to 192\.168\.12\.1:5000"):
            host.connect("192.168.12.1", 5000, limit_s=1)


def test_notices_that_the_access_point_is_gone(wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    with WizFi(wizfi.port) as host:
        host.join("WizFiDemoAP", "12345678")
        connection = host.connect(*echo_peer)
        wizfi.air["WizFiDemoAP"].off()
        wizfi.expect(b"[Link-Down Event]\r\n", timeout=20)
        host.wait(0.2)
        assert not host.joined
        with pytest.raises(WizFiError, match=f"connection {connection}: 1 bytes did not come"):
            host.receive(connection, 1)
