"""Mistakes of hosts that do not read what the module says, or do not give back what they have taken."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wizfi_emu.lint import commandlines as lines
from wizfi_emu.lint import moments as mo
from wizfi_emu.lint.findings import Hit
from wizfi_emu.lint.waiting import begins_command

REACTION_US = 50_000
"""What comes sooner behind an event was under way."""
DATA_REACTION_US = 1_000_000
"""The same for data, which many hosts send from a loop."""
USES_OF_A_CLOSED_SOCKET = 2
"""The first one may be how a host learns of it."""
LEAKS = 2
"""One connection beside another to the same peer may be meant."""
SAVES = 4
SAVES_WITHIN_US = 600_000_000
HEADERS_KEPT = 16
HEADER_TAIL_BYTES = 8


def find_ignored_disconnects(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """A socket is used although it is closed, and data goes on although data mode is over."""
    closed: dict[int, tuple[int, int]] = {}  # SCID: since when, and how many commands were refused since
    data_over_us: int | None = None
    for moment in moments:
        match moment:
            case mo.Disconnected():
                closed[moment.scid] = moment.time_us, 0
                if moment.session:
                    data_over_us = moment.time_us
            case mo.Connected():
                closed.pop(moment.scid, None)
                data_over_us = None
            case mo.Restarted() | mo.LinkChanged():
                closed.clear()
                data_over_us = None
            case mo.Input():
                if data_over_us is not None and moment.time_us >= data_over_us + DATA_REACTION_US:
                    if not begins_command(moment.data):
                        yield Hit(
                            moment.time_us, "[DISCONNECT x] has ended data mode: this is read as a command", moment.data
                        )
                    data_over_us = None
            case mo.Answer(ok=False) if (scid := lines.scid_of(moment.command.line)) in closed and scid is not None:
                since_us, uses = closed[scid]
                if moment.command.time_us >= since_us + REACTION_US:
                    closed[scid] = since_us, uses + 1
                    if uses + 1 == USES_OF_A_CLOSED_SOCKET:
                        text = f"[DISCONNECT {scid:x}] came {(moment.command.time_us - since_us) / 1e6:.1f} s before"
                        yield Hit(moment.command.time_us, text, moment.command.line)
            case _:
                pass


def find_headers_as_data(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """A header, or the end of one, is sent as data: it was read as data."""
    headers: deque[bytes] = deque(maxlen=HEADERS_KEPT)
    for moment in moments:
        if isinstance(moment, mo.Received):
            headers.append(moment.header)
        elif isinstance(moment, mo.Payload | mo.Burst):
            for header in headers:
                tails = (header[at:] for at in range(1, len(header) - HEADER_TAIL_BYTES + 1))
                if header in moment.data or any(moment.data.startswith(tail) for tail in tails):
                    yield Hit(moment.time_us, f"the header {header.decode()}, or its end, is sent as data", moment.data)
                    break


def find_unread_answers(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """The host goes on as if what was refused had worked."""
    refused: dict[str, mo.Answer] = {}
    link_is_up = False
    for moment in moments:
        match moment:
            case mo.LinkChanged():
                link_is_up = moment.up
            case mo.Restarted():
                refused.clear()
                link_is_up = False
            case mo.Input() if answer := refused.pop("AT+SSEND", None):
                if moment.time_us >= answer.time_us and not begins_command(moment.data):
                    text = (
                        f"the data of {answer.command.line.decode('latin-1')}, which was refused, is read as a command"
                    )
                    yield Hit(moment.time_us, text, moment.data)
            case mo.Connected():
                refused.pop("AT+SCON", None)
            case mo.Answer():
                word = lines.word_of(moment.command.line)
                before = {"AT+SSEND": "AT+SCON", "AT+SCON": "AT+WJOIN"}.get(word)
                if not moment.ok and before in refused and not (before == "AT+WJOIN" and link_is_up):
                    yield Hit(moment.command.time_us, f"{before} was refused", moment.command.line)
                    del refused[before]
                refused.pop(word, None)
                if not moment.ok and not moment.prompted:
                    refused[word] = moment
            case _:
                pass


@dataclass(slots=True)
class _Open:
    remote: bytes
    used_us: int
    superseded_us: int | None = None


def find_leaked_sockets(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """Connections to one peer that are opened beside others which nobody uses any more."""
    asked: deque[tuple[mo.Command, bytes]] = deque(maxlen=16)
    sockets: dict[int, _Open] = {}
    openings: dict[int, mo.Command] = {}
    for moment in moments:
        match moment:
            case mo.Command() if opening := lines.opening_of(moment.line):
                if opening.kind[:2] == b"TC":
                    asked.append((moment, opening.kind + b" " + opening.remote))
            case mo.Answer(ok=False) if asked and asked[-1][0] is moment.command:
                asked.pop()
            case mo.Connected() if asked:
                command, remote = asked.popleft()
                for socket in sockets.values():
                    if socket.remote == remote and socket.superseded_us is None:
                        socket.superseded_us = moment.time_us
                sockets[moment.scid] = _Open(remote, moment.time_us)
                openings[moment.scid] = command
            case mo.Received() if moment.scid in sockets:
                sockets[moment.scid].used_us = moment.time_us
            case mo.Payload() if (scid := lines.scid_of(moment.command.line)) in sockets and scid is not None:
                sockets[scid].used_us = moment.time_us
            case mo.Disconnected():
                sockets.pop(moment.scid, None)
            case mo.Restarted() | mo.LinkChanged(up=False):
                sockets.clear()
                asked.clear()
            case _:
                pass
    leaked: dict[bytes, list[int]] = {}
    for scid, socket in sockets.items():
        if socket.superseded_us is not None and socket.used_us < socket.superseded_us:
            leaked.setdefault(socket.remote, []).append(scid)
    for scids in leaked.values():
        if len(scids) >= LEAKS:
            names = ", ".join(f"{scid:x}" for scid in sorted(scids))
            last = max(scids, key=lambda scid: openings[scid].time_us)
            yield Hit(
                openings[last].time_us, f"sockets {names} stay open and are not used any more", openings[last].line
            )


def find_flash_wear(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """AT+MPROF=S in a loop."""
    saved_us: deque[int] = deque(maxlen=SAVES)
    for moment in moments:
        if isinstance(moment, mo.Answer) and moment.ok and moment.command.line.upper() == b"AT+MPROF=S":
            saved_us.append(moment.time_us)
            if len(saved_us) == SAVES and moment.time_us - saved_us[0] < SAVES_WITHIN_US:
                seconds = (moment.time_us - saved_us[0]) / 1e6
                yield Hit(moment.command.time_us, f"saved {SAVES} times within {seconds:.0f} s", moment.command.line)
                return
