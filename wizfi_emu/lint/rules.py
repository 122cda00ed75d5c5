"""The rules, as a table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from wizfi_emu.lint import reading, waiting
from wizfi_emu.lint.findings import Hit
from wizfi_emu.lint.moments import Moment


@dataclass(frozen=True, slots=True)
class Rule:
    """``sentence``: what is wrong, and what comes of it. ``source``: who says so. ``find`` looks at a whole session."""

    name: str
    sentence: str
    source: str
    find: Callable[[Sequence[Moment]], Iterator[Hit]]


RULES = (
    Rule(
        "early-data",
        "Data is sent before the prompt's line end has come: what the module refuses is read as a command.",
        "guide, AT+SSEND; firmware 1.0.5.2",
        waiting.find_early_data,
    ),
    Rule(
        "line-feed-is-data",
        "AT+SSEND ends with CR and LF: the line feed is the first byte of the data, and the last byte is left over.",
        "firmware 1.0.5.2: LF is ignored where a command is read, and nowhere else",
        waiting.find_line_feeds,
    ),
    Rule(
        "early-command",
        "A command is sent before the answer to the last one: both answers may be taken for one.",
        "guide, Responses: each command is answered",
        waiting.find_early_commands,
    ),
    Rule(
        "echo-is-answer",
        "The echo, which is on after power-up, is taken for the answer or the prompt.",
        "guide, AT+MECHO",
        waiting.find_parsed_echo,
    ),
    Rule(
        "connect-is-ok",
        "The host goes on when only one of [OK] and [CONNECT x] has come; either may be the first.",
        "guide, AT+SCON: [OK] first; firmware 1.0.5.2: a near peer's [CONNECT x] first",
        waiting.find_connect_for_ok,
    ),
    Rule(
        "broken-escape",
        "Something follows +++ before its [OK] or within the escape time: it is data, and so is the escape.",
        "guide, Entering Data mode, and AT+SOPT1=10",
        waiting.find_broken_escapes,
    ),
    Rule(
        "disconnect-ignored",
        "[DISCONNECT x] has come, and the host goes on using the socket, or data mode.",
        "guide, Entering Data mode: a closed socket ends data mode",
        reading.find_ignored_disconnects,
    ),
    Rule(
        "header-is-data",
        "The header of received data, or the end of it, is treated as data: it came in two reads.",
        "guide, AT+SFORM",
        reading.find_headers_as_data,
    ),
    Rule(
        "answer-unread",
        "The host goes on as if a command had worked that was refused.",
        "guide, Responses",
        reading.find_unread_answers,
    ),
    Rule(
        "baud-not-awaited",
        "The host sends between AT+USET's [OK] and the banner, or goes on at the old rate.",
        "guide, AT+USET: the module reboots",
        waiting.find_unawaited_baud,
    ),
    Rule(
        "restart-not-awaited",
        "The host sends while the module restarts: what it sends is lost.",
        "guide, AT+MRESET, AT+MFDEF, AT+MMAC",
        waiting.find_unawaited_restarts,
    ),
    Rule(
        "sockets-leaked",
        "Connections are opened beside others to the same peer that nobody closes; the module has eight sockets.",
        "guide, AT+SMGMT",
        reading.find_leaked_sockets,
    ),
    Rule(
        "flash-worn",
        "AT+MPROF=S again and again: each one erases and writes the flash, which bears it so many times.",
        "guide, AT+MPROF",
        reading.find_flash_wear,
    ),
)
"""In the order in which they are listed."""

NAMES = tuple(rule.name for rule in RULES)
