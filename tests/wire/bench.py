"""A module on the bench: the emulator, the host's end of its serial line, and peers on its network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from string import Template

from tests.wire.emulator import Terminal, running
from tests.wire.peers import Peers
from wizfi_emu.testing.running import own_host_address

WORLDS = Path(__file__).parent / "worlds"


class Bench:
    """What a test works with. The address of the peers is that of the world's rules, 192.168.12.23 in the guide's."""

    def __init__(self, device: str, terminal: Terminal, peers: Peers) -> None:
        self.device = device
        self.terminal = terminal
        self.peers = peers

    def join(self) -> None:
        """Join the guide's network by DHCP: the association that the guide's sessions begin with."""
        for line in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,WPA2,12345678", b"AT+WNET=1", b"AT+WJOIN"):
            self.terminal.send(line + b"\r")
            self.terminal.read_until(b"[OK]\r\n")

    def open_socket(self, line: bytes, number: int = 0) -> bytes:
        """Send an AT+SCON with its line end, and give everything up to both its OK and its CONNECT."""
        self.terminal.send(line)
        return self.terminal.read_until_all(b"[OK]\r\n", b"\r\n[CONNECT %d]\r\n" % number)

    def open_client(self, mode: int = 0) -> None:
        """Open socket 0, a TCP client with local port 5001, to a peer that is called ``client`` from then on."""
        self.peers.listen("server", 5000)
        self.open_socket(b"AT+SCON=O,TCN,192.168.12.23,5000,5001,%d\r" % mode)
        self.peers.accept("client", "server")


@contextmanager
def bench(
    scratch: Path, *, firmware: str = "guide", world: str = "guide", timing: str = "fast", echo: bool = True
) -> Iterator[Bench]:
    """A module that has booted, each on a host address of its own.

    ``world`` is a template of this directory's worlds, written to ``scratch`` with the peers' host address in it.
    Without ``echo`` that is switched off.
    """
    module, host = own_host_address(), own_host_address()
    path = scratch / f"{world}.yaml"
    path.write_text(Template((WORLDS / path.name).read_text()).substitute(PEER=host))
    options = ("--firmware", firmware, "--world", path, "--timing", timing, "--host-address", module)
    with running(*options) as emulator, closing(Terminal(emulator.device)) as terminal, Peers(host, module) as peers:
        terminal.synchronize()
        if not echo:
            terminal.exchange(b"AT+MECHO=0\r", b"AT+MECHO=0\r\n[OK]\r\n")
        yield Bench(emulator.device, terminal, peers)
