"""A module in virtual time, and what a test does with it again and again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from wizfi_emu.air.air import Air
from wizfi_emu.air.load import load_world
from wizfi_emu.air.world import World
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.events import PinDriven
from wizfi_emu.stages.observer import Observe
from wizfi_emu.testing.virtual import VirtualModule

MS = 1000
S = 1_000_000

MEASURED = "1.0.5.2"
GUIDE = "guide"
BOTH = (GUIDE, MEASURED)

OK = b"[OK]\r\n"
ERROR = b"[ERROR]\r\n"
INVALID_INPUT = b"[ERROR: INVALID INPUT]\r\n"
INVALID_SCID = b"[ERROR: INVALID SCID]\r\n"
WIFI_STATUS = b"[ERROR: WiFi Status]\r\n"
MODE_STATUS = b"[ERROR: Mode Status]\r\n"

SSID = "WizFiDemoAP"
LINK_UP = b"\r\n[Link-Up Event]\r\n  IP Addr    : 192.168.12.10\r\n  Gateway    : 192.168.12.1\r\n"
LINK_DOWN = b"\r\n[Link-Down Event]\r\n"
JOINING = b"Joining : WizFiDemoAP\r\nSuccessfully joined : WizFiDemoAP\r\n"
PEER_ADDRESS = "192.168.12.50"


@cache
def firmware_named(name: str) -> Firmware:
    return load_firmware(name)


@cache
def world_named(name: str) -> World:
    return load_world(name)


def event(name: str, scid: int) -> bytes:
    """CONNECT, DISCONNECT or LISTEN as the module prints it."""
    return f"\r\n[{name} {scid}]\r\n".encode()


class Desk(VirtualModule):
    """A module with echo off whose banner is read, and shorthands. Times are microseconds."""

    def __init__(
        self,
        firmware: str = MEASURED,
        *switches: str,
        world: World | Air | None = None,
        image: bytes = b"",
        echo: bool = False,
        joined: bool = False,
        observers: Iterable[Observe] = (),
    ) -> None:
        """``switches`` change the personality (NAME=VALUE); ``joined`` associates with the demo network."""
        personality = with_switches(firmware_named(firmware), switches)
        super().__init__(personality, world or world_named("demo"), image=image, observers=observers)
        self._echo = echo
        self.banner = self._started()
        if joined:
            assert self.join().endswith(OK)

    def at(self, command: str | bytes, duration_us: int = 150 * MS) -> bytes:
        """Send a command; what the module prints within the time, without the echo."""
        line = command.encode("latin-1") if isinstance(command, str) else command
        echo = line + b"\r\n" if self.module.ram.echo else b""
        answer = self.exchange(line + b"\r", duration_us)
        assert answer.startswith(echo)
        return answer[len(echo) :]

    def ok(self, *commands: str) -> None:
        """Send commands that are answered OK and nothing else."""
        for command in commands:
            assert self.at(command) == OK, command

    def join(self) -> bytes:
        """Associate with the demo network."""
        self.ok(f"AT+WSET=0,{SSID}", "AT+WSEC=0,WPA2,12345678")
        return self.at("AT+WJOIN")

    def quiet(self, duration_us: int) -> bytes:
        """Let time pass; what the module prints by itself."""
        return self.exchange(b"", duration_us)

    # --- peers ------------------------------------------------------------------------------------------------------

    def tcp_client(self, *, data_mode: bool = False, peer: str = "peer") -> int:
        """Open a TCP client to a listening peer; the port of the peer."""
        port = self.network.tcp_listen(f"{peer} listens")
        answer = self.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},{port},,{int(data_mode)}")
        assert OK in answer, answer
        self.network.tcp_accept(peer, f"{peer} listens")
        return port

    def tcp_server(self, port: int = 5000, *, data_mode: bool = False) -> None:
        """Open a TCP server that waits."""
        assert self.at(f"AT+SCON=O,TSN,,,{port},{int(data_mode)}").endswith(OK)

    def udp_client(self, *, data_mode: bool = False, peer: str = "peer") -> int:
        """Open a UDP client to a peer; the port of the peer."""
        port = self.network.udp_open(peer)
        assert OK in self.at(f"AT+SCON=O,UCN,{PEER_ADDRESS},{port},,{int(data_mode)}")
        return port

    def visit(self, port: int = 5000, peer: str = "peer") -> bytes:
        """A peer connects to the module; what the module prints at once."""
        self.feed(*self.network.tcp_connect(peer, port))
        return self.read()

    def hear(self, data: bytes, peer: str = "peer") -> bytes:
        """A peer sends on its connection; what the module prints at once."""
        self.feed(*self.network.send(peer, data))
        return self.read()

    def part(self, peer: str = "peer") -> bytes:
        """A peer closes; what the module prints at once."""
        self.feed(*self.network.close(peer))
        return self.read()

    def datagram(self, port: int, data: bytes, peer: str = "peer") -> bytes:
        """A UDP peer sends to a port of the module; what the module prints at once."""
        self.feed(*self.network.udp_sendto(peer, port, data))
        return self.read()

    def got(self, peer: str = "peer") -> bytes:
        """What a peer has received since the last time."""
        return self.network.received(peer)

    # --- air and hands ----------------------------------------------------------------------------------------------

    def switch_network(self, *, on: bool, name: str = SSID) -> None:
        """Switch an access point on or off."""
        self.world.schedule(self.radio.set_access_point(name, on, self.now_us))
        self.run(0)

    def press(self, times: int, low_us: int = 150 * MS, high_us: int = 150 * MS) -> None:
        """Press FUNCTION and let go."""
        for _ in range(times):
            self.feed(PinDriven("function", level=False))
            self.run(low_us)
            self.feed(PinDriven("function", level=True))
            self.run(high_us)

    def restart(self, cause: ev.ResetCause = ev.ResetCause.POWER) -> bytes:
        """Switch the power off and on; what the module prints."""
        self.has_power = True
        self.resets.append(cause)
        self._reset(cause)
        return self._started()

    def _started(self) -> bytes:
        printed = self.quiet(200 * MS)
        if not self._echo:
            self.exchange(b"AT+MECHO=0\r", 0)
        return printed

    def ordered(self, kind: type[fx.Effect]) -> list[fx.Effect]:
        """The effects of a kind since the last time."""
        found = [effect for effect in self.effects if isinstance(effect, kind)]
        self.effects.clear()
        return found

    @property
    def in_data_mode(self) -> bool:
        """What LED2 shows."""
        return self.pins["led2"] is False
