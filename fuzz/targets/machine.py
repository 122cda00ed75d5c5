"""The module's own ports: the serial line in every version, the boot loader, SPI."""

from functools import cache

from fuzz.targets.scripts import choose, pieces
from wizfi_emu.air.load import load_world
from wizfi_emu.firmware.load import known_versions, load_firmware
from wizfi_emu.module import events as ev
from wizfi_emu.module.spi import QUEUE_BYTES
from wizfi_emu.profile import FlashImage, Profile, encode_image
from wizfi_emu.profile.image import WifiSection
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.worlds.memory.streams import PeerError

MS = 1000
S = 1000 * MS
PIECE_US = 200 * MS
END_US = 60 * S
OUTPUT_BYTES_MAX = 4 * 1024 * 1024
"""Of one input of 8 kB: a command that repeats much prints a few hundred times as much as it is long."""

load_firmware_once, load_world_once = cache(load_firmware), cache(load_world)

VERSIONS = ("guide", *reversed([known.version for known in known_versions()]))
MODULE_PORT = 5000
PEER_PORT = 6000
"""At 192.168.12.50 of the demo world, as at every other address of it."""


@cache
def image_of(interface: int, spi_option: int) -> bytes:
    """A flash with AT+MSPI's settings."""
    profile = Profile(firmware_version="1.0.5.2", interface=interface, spi_option=spi_option)
    return encode_image(FlashImage(profile, WifiSection.of(profile)))


def new_module(version: str, *, image: bytes = b"", power: bool = True) -> VirtualModule:
    return VirtualModule(load_firmware_once(version), load_world_once("demo"), image=image, power=power)


def play_serial(data: bytes) -> None:
    """Bytes of the host; a piece that begins with 0x1F is what a peer does, or a time that passes."""
    version, rest = choose(data, VERSIONS)
    module = new_module(version)
    network = module.network
    network.tcp_listen("server", PEER_PORT)
    network.udp_open("datagrams", PEER_PORT)
    for piece in pieces(rest):
        try:
            match piece[:2]:
                case b"\x1fw":
                    module.run(END_US)
                case b"\x1fa":
                    network.tcp_accept("client", "server")
                case b"\x1fc":
                    module.feed(*network.tcp_connect("client", MODULE_PORT))
                case b"\x1fs":
                    module.feed(*network.send("client", piece[2:]))
                case b"\x1fe":
                    module.feed(*network.close("client"))
                case b"\x1fu":
                    module.feed(*network.udp_sendto("datagrams", MODULE_PORT, piece[2:]))
                case b"\x1fl":
                    module.feed(ev.LinkLost())
                case _:
                    say(module, piece)
        except (PeerError, KeyError):
            continue  # there is no such peer now
    module.run(END_US)
    check_output(module.read())


def play_boot(data: bytes) -> None:
    """Bytes of the host to the boot loader."""
    module = new_module("guide", power=False)
    module.feed(ev.PinDriven("boot", False))
    module.power_on()
    module.run(4 * S)
    module.feed(ev.PinDriven("boot", None))
    for piece in pieces(data):
        say(module, piece)
    module.run(END_US)
    check_output(module.read())


def play_spi(data: bytes) -> None:
    """Bytes that the host clocks, with the serial line beside it."""
    (interface, option), rest = choose(data, [(interface, option) for interface in (0, 1, 2) for option in (0, 5, 9)])
    module = new_module("1.0.5.2", image=image_of(interface, option))
    for piece in pieces(rest):
        if piece[:1] == b"\x1f":
            say(module, piece[1:])
        else:
            assert len(module.transfer(piece)) == len(piece), "as many bytes come back as were clocked"
            module.run(PIECE_US)
    module.run(END_US)
    module.transfer(bytes(QUEUE_BYTES + 1))
    check_output(module.read())


def say(module: VirtualModule, data: bytes) -> None:
    """Send as a host does that does not wait for ever."""
    module.send(data, module.now_us + END_US)
    module.run(PIECE_US)
    module.forget_unsent()


def check_output(data: bytes) -> None:
    assert len(data) <= OUTPUT_BYTES_MAX, f"{len(data)} bytes of output"
