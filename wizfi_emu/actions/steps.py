"""The actions of scenario files, in the order in which people are told about them."""

from wizfi_emu.actions.base import Step
from wizfi_emu.actions.expect import Expect, ExpectExit, ExpectMatch, ExpectNot, ExpectPin, ExpectState
from wizfi_emu.actions.hands import DrivePins, HealFault, Power, Press, Reset, SetAdc, StartFault
from wizfi_emu.actions.host import Send, SendLine, SetHostBaud, Wait
from wizfi_emu.actions.peers import Abort, Accept, Close, Connect, ExpectClosed, HalfClose, Listen, Stop

VERBS = Step.register(
    Send,
    SendLine,
    Expect,
    ExpectMatch,
    ExpectNot,
    ExpectPin,
    ExpectState,
    Wait,
    Press,
    DrivePins,
    SetAdc,
    Power,
    Reset,
    SetHostBaud,
    StartFault,
    HealFault,
    Accept,
    Connect,
    Listen,
    Stop,
    Close,
    Abort,
    HalfClose,
    ExpectClosed,
    ExpectExit,
)

__all__ = ["VERBS", "Step"]
