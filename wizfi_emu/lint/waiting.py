"""Mistakes of hosts that do not wait for what they have to wait for."""

import re
from collections.abc import Iterator, Sequence

from wizfi_emu.lint import commandlines as lines
from wizfi_emu.lint import moments as mo
from wizfi_emu.lint.findings import Hit

_COMMAND_BEGINS = re.compile(rb"AT|A/|\+\+\+|[\x00\x08\x1b]", re.IGNORECASE)
_ESCAPE_AND_COMMAND = re.compile(rb"(?<!\+)\+\+\+[\r\n]*AT[+\r&?=]", re.IGNORECASE)
_ESCAPE_AND_LINE_END = re.compile(rb"\+\+\+[\r\n]+$")
_ESCAPE_LAST = re.compile(rb"(?<!\+)\+\+\+$")
_NO_TEXT = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f-\xff]")


def begins_command(data: bytes) -> bool:
    """Whether bytes in command mode look as if a command was meant."""
    return bool(_COMMAND_BEGINS.match(data)) or data.upper() == b"A"


def find_early_data(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """Data before the prompt."""
    for early in _early(moments, "prompt"):
        if not early.echoed:
            yield Hit(early.time_us, f"data before the prompt of {_shown(early.command)}", early.data)


def find_early_commands(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """A command before the answer to the last one."""
    for early in _early(moments, "answer"):
        if not early.echoed and not early.connected:
            yield Hit(early.time_us, f"sent before the answer to {_shown(early.command)}", early.data)


def find_parsed_echo(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """The echo taken for an answer."""
    for early in (*_early(moments, "prompt"), *_early(moments, "answer")):
        if early.echoed and not early.connected:
            text = f"sent behind the echo of {_shown(early.command)}, before its {early.awaited}"
            yield Hit(early.time_us, text, early.data)


def find_line_feeds(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """A line feed that becomes the first byte of the data."""
    feeds: dict[int, mo.LineFeed] = {}
    for moment in moments:
        if isinstance(moment, mo.LineFeed):
            feeds[id(moment.command)] = moment
        elif isinstance(moment, mo.Prompted) and (feed := feeds.pop(id(moment.command), None)):
            yield Hit(feed.time_us, "this line feed is the first byte of the data", feed.command.line + b"\r\n")


def find_connect_for_ok(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """One of [OK] and [CONNECT x] taken for both."""
    waiting = False
    for moment in moments:
        match moment:
            case mo.Early(awaited="answer", connected=True):
                yield Hit(
                    moment.time_us, f"[CONNECT x] has come, the answer to {_shown(moment.command)} has not", moment.data
                )
            case mo.Answer(ok=True) if opening := lines.opening_of(moment.command.line):
                waiting = opening.data_mode
            case mo.Connected() | mo.Disconnected() | mo.Restarted() | mo.LinkChanged() | mo.Burst():
                waiting = False
            case mo.Input() if waiting and not begins_command(moment.data):
                waiting = False
                yield Hit(moment.time_us, "[OK] has come, [CONNECT x] has not: data is read as a command", moment.data)
            case _:
                pass


def find_broken_escapes(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """+++ without the silence behind it."""
    before: mo.Burst | None = None
    for moment in moments:
        if not isinstance(moment, mo.Burst):
            before = None if isinstance(moment, mo.Restarted) else before
            continue
        data = moment.data
        if _ESCAPE_AND_COMMAND.search(data):
            yield Hit(moment.time_us, "a command glued to +++: both are data", data)
        elif _ESCAPE_AND_LINE_END.fullmatch(data):
            yield Hit(moment.time_us, "a line end glued to +++: both are data", data)
        elif before is not None and _ESCAPE_LAST.search(before.data) and begins_command(data):
            silence_us = moment.time_us - before.end_us
            if silence_us < before.escape_us:
                text = f"{silence_us // 1000} ms behind +++, which needs {before.escape_us // 1000} ms of silence"
                yield Hit(moment.time_us, text, data)
        before = moment


def find_unawaited_baud(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """Sent between AT+USET's [OK] and the banner, or at another rate than the one that was asked for."""
    rate_is_new = False
    for moment in moments:
        match moment:
            case mo.Early(awaited="banner") if lines.is_uart_setup(moment.command.line):
                yield Hit(
                    moment.time_us, f"sent between the [OK] of {_shown(moment.command)} and the banner", moment.data
                )
            case mo.Answer(ok=True):
                rate_is_new = lines.is_uart_setup(moment.command.line)
            case mo.Input() if rate_is_new:
                rate_is_new = False
                if _NO_TEXT.search(moment.data):
                    yield Hit(moment.time_us, "no text behind AT+USET: the host is at another rate", moment.data)
            case _:
                pass


def find_unawaited_restarts(moments: Sequence[mo.Moment]) -> Iterator[Hit]:
    """Sent while the module starts anew."""
    for early in _early(moments, "banner"):
        if not lines.is_uart_setup(early.command.line):
            yield Hit(early.time_us, f"sent between the [OK] of {_shown(early.command)} and the banner", early.data)


def _early(moments: Sequence[mo.Moment], awaited: mo.Awaited) -> Iterator[mo.Early]:
    return (moment for moment in moments if isinstance(moment, mo.Early) and moment.awaited == awaited)


def _shown(command: mo.Command) -> str:
    return lines.word_of(command.line)
