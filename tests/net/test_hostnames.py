"""Names in the rules become addresses, as the resolver of this machine has them."""

from __future__ import annotations

import socket

import pytest

from wizfi_emu.air.hostnetwork import HostNetwork, HostRule
from wizfi_emu.errors import UserError
from wizfi_emu.net import hostnames


@pytest.fixture
def _resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that knows one name."""

    def find(host: str, port: object, *_: object) -> list[tuple[object, ...]]:
        if host != "broker":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.9.8.7", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", find)


@pytest.mark.usefixtures("_resolver")
def test_names_become_addresses() -> None:
    rules = (HostRule("10.0.0.5", host="broker"), HostRule("10.0.0.6"), HostRule("10.0.0.7", "refuse"))
    found = hostnames.with_addresses(HostNetwork(rules, allow=("broker", "192.0.2.0/24")))
    assert [rule.host for rule in found.rules] == ["127.9.8.7", "", ""]
    assert found.allow == ("127.9.8.7", "192.0.2.0/24")


def test_an_address_is_its_own() -> None:
    assert hostnames.find_host("192.0.2.1", "--host-address") == "192.0.2.1"
    assert hostnames.find_host("localhost", "--host-address") == "127.0.0.1"


@pytest.mark.usefixtures("_resolver")
def test_an_unknown_host_is_one_line() -> None:
    with pytest.raises(UserError, match=r"^allow: no address for the host brocker: Name or service not known$"):
        hostnames.with_addresses(HostNetwork(allow=("brocker",)))


def test_an_address_of_another_machine_is_no_place_to_listen() -> None:
    hostnames.check_own("127.0.0.9", "--listen-address")
    with pytest.raises(UserError, match=r"^--listen-address 192\.0\.2\.1: Cannot assign requested address$"):
        hostnames.check_own("192.0.2.1", "--listen-address 192.0.2.1")
