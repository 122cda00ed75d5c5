"""The state of the module in a scenario: which part of it a path leads to, and what that is as text."""

import msgspec

from wizfi_emu.control.state import State
from wizfi_emu.readable import did_you_mean, readable

UNSEEN = ("time_us", "serial", "spi", "counters", "timers")
"""What a running module alone has, or what changes with every look."""

PARTS = tuple(name for name in State.__struct_fields__ if name not in UNSEEN)


def check_path(path: str) -> None:
    """Raises ValueError for a path that leads nowhere in any state, as far as that can be said before there is one."""
    kind: object = State
    known = PARTS
    for number, name in enumerate(path.split(".")):
        if name not in known:
            raise ValueError(f"expected {', '.join(known)}, got {name!r}{did_you_mean(name, known)}")
        kind = {field.name: field.type for field in msgspec.structs.fields(kind)}[name]  # type: ignore[arg-type]  # a struct
        if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
            return
        known = kind.__struct_fields__
        if number == path.count("."):
            raise ValueError(f"expected one of its parts: {', '.join(f'{path}.{part}' for part in known)}")


def state_text(state: State, path: str) -> str:
    """What a path leads to, as it is written in a file: ``true``, ``3``, ``none`` for what is not there."""
    value = readable(state)
    for name in path.split("."):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return "none"
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case dict() | list():
            return str(len(value))
        case _:
            return str(value)


def pin_text(state: State, pin: str) -> str:
    """The level of a pin: ``0``, ``1`` or ``free``."""
    if pin in state.leds:
        return "0" if state.leds[pin] else "1"
    level = state.spi.data_ready if pin == "data_ready" else state.pins[pin].level
    return "free" if level is None else str(level)
