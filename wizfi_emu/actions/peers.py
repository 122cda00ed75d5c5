"""What peers do, and what is expected at them."""

from msgspec import field

from wizfi_emu.actions.base import Action
from wizfi_emu.actions.expect import Expectation
from wizfi_emu.bounds import Port


class PeerAction(Action, frozen=True):
    """What a peer does; its name is the value of the verb."""

    @property
    def peers(self) -> tuple[str, ...]:
        return (str(self.value),)


class Accept(PeerAction, Expectation, frozen=True):
    """Expect a connection of the module."""

    peer: str = field(name="accept")
    """A peer that the module connects to."""


class Connect(PeerAction, Expectation, frozen=True):
    """Connect to the module."""

    peer: str = field(name="connect")
    """A peer that connects to the module, at the port ``to``."""
    to: Port
    """The port of the module."""


class Listen(PeerAction, frozen=True):
    """Wait for the module."""

    peer: str = field(name="listen")
    """A peer that listens from now on."""


class Stop(PeerAction, frozen=True):
    """Wait for the module no longer."""

    peer: str = field(name="stop")
    """A peer that no longer listens; its connections stay."""


class Close(PeerAction, frozen=True):
    """Close the connection."""

    peer: str = field(name="close")
    """A peer that closes its connection."""


class Abort(PeerAction, frozen=True):
    """Reset the connection."""

    peer: str = field(name="abort")
    """A peer that resets its connection."""


class HalfClose(PeerAction, frozen=True):
    """End one side of the connection."""

    peer: str = field(name="half_close")
    """A peer that ends its side of the connection."""


class ExpectClosed(PeerAction, Expectation, frozen=True):
    """Expect that the module ends the connection."""

    peer: str = field(name="expect_closed")
    """A peer whose connection the module ends."""
