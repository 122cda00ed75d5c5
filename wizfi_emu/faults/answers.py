"""Faults of what the machine asks for: an address, a name, a write to the flash."""

from msgspec.structs import replace

from wizfi_emu.faults.live import FaultContext, of_kind
from wizfi_emu.faults.model import DhcpLate, DhcpRefuse, DnsFail, FlashFail
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

UNLIMITED_RESOLVE_US = 5_000_000
"""How long a lookup without a limit waits: the limit of AT+SDNAME."""

Question = fx.RequestAddress | fx.Resolve | fx.WriteFlash


def answer(context: FaultContext, effect: Question) -> None:
    match effect:
        case fx.RequestAddress():
            _request_address(context, effect)
        case fx.Resolve():
            _resolve(context, effect)
        case fx.WriteFlash():
            if any(live.applies() for live, _ in of_kind(context.active, FlashFail)):
                context.tell(ev.FlashWritten(effect.request, ok=False))
            else:
                context.carry_out(effect)


def _request_address(context: FaultContext, effect: fx.RequestAddress) -> None:
    nothing = ev.AddressOffered(effect.request)
    delay_us = sum(fault.delay_ms * 1000 for live, fault in of_kind(context.active, DhcpLate) if live.applies())
    refused = any(live.applies() for live, _ in of_kind(context.active, DhcpRefuse))
    if refused or (effect.limit_us and delay_us >= effect.limit_us):
        context.later(context.now_us + effect.limit_us, lambda: context.tell(nothing))
    elif delay_us:
        # The question is late and not the answer: the network may be gone by then, and the radio knows.
        late = replace(effect, limit_us=effect.limit_us - delay_us if effect.limit_us else 0)
        context.later(context.now_us + delay_us, lambda: context.carry_out(late))
    else:
        context.carry_out(effect)


def _resolve(context: FaultContext, effect: fx.Resolve) -> None:
    how = _failure(context, effect.name.decode("latin-1").lower().removesuffix("."))
    unknown = ev.NameResolved(effect.request)
    if how is None:
        context.carry_out(effect)
    elif how == "unknown":
        context.tell(unknown)
    else:
        context.later(context.now_us + (effect.limit_us or UNLIMITED_RESOLVE_US), lambda: context.tell(unknown))


def _failure(context: FaultContext, name: str) -> str | None:
    if name.replace(".", "").isdigit():
        return None  # an address, which nobody is asked for
    hits = of_kind(context.active, DnsFail)
    return next((fault.how for live, fault in hits if fault.host.lower() in ("", name) and live.applies()), None)
