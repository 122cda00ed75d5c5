"""The table of commands: complete, in the order of recognition, and every word answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import BOTH, GUIDE, INVALID_INPUT, MEASURED, OK, Desk, S, firmware_named
from wizfi_emu.commands import command_words
from wizfi_emu.commands.help import HELP, LEFT_OUT
from wizfi_emu.commands.table import BARE_TABLE, TABLE, Row, Status
from wizfi_emu.firmware.load import with_switches

# Firmware 1.0.5.2, in the order in which it compares.
WORDS = [
    "+WJOIN",
    "+WLEAVE",
    "+WSCAN",
    "+WSET2=",
    "+WSET=",
    "+WSEC=",
    "+WNET=",
    "+WSTAT",
    "+WWPS=",
    "+WREG=",
    "+WADNS=",
    "+WANT=",
    "+WBGN=",
    "+WCHECK=",
    "+SCON=",
    "+SMGMT=",
    "+SSEND=",
    "+SDATA",
    "+SFORM=",
    "+SOPT1=",
    "+SOPT2=",
    "+SDNAME=",
    "+MPROF=",
    "+MFDEF=",
    "+MRESET",
    "+MMSG=",
    "+MMAC=",
    "+MINFO",
    "+MECHO=",
    "+MHELP",
    "+MMCUPS=",
    "+MWIFIPS=",
    "+MTXP=",
    "+MCERT=",
    "+MEXT1=",
    "+MCWUI=",
    "+USET=",
    "+MSPI=",
    "+FPING=",
    "+FDNS=",
    "+FWEBS=",
    "+FWEBM=",
    "+FOTA",
    "+FGPIO=",
    "+FGETADC",
    "+FSOCK=",
    "+FS2WEB=",
    "+SMODE=",
    "+FWEBSOPT=",
    "+WP2P_START",
    "+WP2P_STOP",
    "+WP2P_PEERLIST",
    "+WP2P_INVITE=",
    "+MCUSTOM=",
    "+MCSTGPIO=",
    "+MAIRCMD=",
    "+WRFMODE=",
    "+MEVTMSG=",
    "+MEVTFORM=",
    "+MEVTDELAY=",
    "+COWAYA=",
    "+GMMPSET=",
    "+GMMPDATA=",
    "+GMMPOPT=",
    "+MQTTSET=",
    "+MQTTCON=",
    "+MQTTSUB=",
    "+MQTTPUB=",
]

NOT_IN_HELP = [
    "SOPT1",
    "SOPT2",
    "MEXT1",
    "MCWUI",
    "FOTA",
    "FGPIO",
    "FS2WEB",
    "SMODE",
    "FWEBSOPT",
    "MMCUPS",
    "MCUSTOM",
    "MCSTGPIO",
]


def names(words: list[str]) -> list[str]:
    return [word.strip("+=") for word in words]


# --- rows -------------------------------------------------------------------------------------------------------------


def test_every_word_in_the_order_of_recognition() -> None:
    assert len(WORDS) == 68
    assert [row.word for row in TABLE] == WORDS


@pytest.mark.parametrize("row", [*TABLE, *BARE_TABLE], ids=lambda row: row.word)
def test_row_says_what_works_and_where_it_is_known_from(row: Row) -> None:
    assert isinstance(row.status, Status)
    assert (row.note != "") is (row.status is not Status.IMPLEMENTED)
    assert row.meaning
    assert row.source
    assert row.word == row.word.upper()
    assert callable(row.handler)


def test_no_word_hides_a_later_one() -> None:
    for position, word in enumerate(WORDS):
        assert not any(later.startswith(word) for later in WORDS[position + 1 :])


def test_words_of_the_personalities() -> None:
    measured = [word for word, _ in command_words(firmware_named(MEASURED))]
    assert measured == [word.encode() for word in WORDS]
    guide = [word for word, _ in command_words(firmware_named(GUIDE))]
    assert guide == [*measured, b"+MCSTGPIO", b"+FWEBSOPT"]


@pytest.mark.parametrize(
    ("version", "missing"),
    [
        ("1.0.5.2", []),
        ("1.0.5.1", ["+MQTTSET=", "+MQTTCON=", "+MQTTSUB=", "+MQTTPUB="]),
        (
            "1.0.4.7",
            ["+WSET2=", "+GMMPSET=", "+GMMPDATA=", "+GMMPOPT=", "+MQTTSET=", "+MQTTCON=", "+MQTTSUB=", "+MQTTPUB="],
        ),
    ],
)
def test_words_that_came_later_are_unknown(version: str, missing: list[str]) -> None:
    firmware = with_switches(firmware_named(MEASURED), [f"command_level={version}"])
    known = [word.decode() for word, _ in command_words(firmware)]
    assert known == [word for word in WORDS if word not in missing]


# --- recognition ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_words_without_an_equals_sign_take_every_continuation(firmware: str) -> None:
    desk = Desk(firmware)
    status = desk.at("AT+WSTAT")
    for line in ("AT+WSTATUS", "AT+WSTAT=?", "AT+WSTAT=1,2", "at+wstat"):
        assert desk.at(line) == status
    assert desk.at("AT+MINFOxyz") == desk.at("AT+MINFO")
    assert desk.at("AT+SDATA?") == desk.at("AT+SDATA")
    assert desk.at("AT+WLEAVE=1") == OK
    assert desk.at("AT+MRESET=?", S) == OK + desk.banner


@pytest.mark.parametrize("word", [word for word in WORDS if word.endswith("=")])
def test_words_with_an_equals_sign_need_it(word: str) -> None:
    desk = Desk()
    assert desk.at(f"AT{word[:-1]}") == INVALID_INPUT
    assert desk.at(f"AT{word[:-1]} =?") == INVALID_INPUT
    assert desk.at(f"AT{word[:-1]}?") == INVALID_INPUT


@pytest.mark.parametrize("bare", ["AT+MCSTGPIO", "AT+FWEBSOPT"])
def test_bare_words_of_the_guide(bare: str) -> None:
    assert Desk(GUIDE).at(bare) == OK
    assert Desk(GUIDE).at(bare + "x") == INVALID_INPUT
    assert Desk(MEASURED).at(bare) == INVALID_INPUT


# --- every command answers --------------------------------------------------------------------------------------------

GARBAGE = [
    "",
    "?",
    "=",
    "=?",
    "=,",
    "=,,,,,,,,,,",
    "=x",
    "=-1",
    '="',
    '=""',
    '="a"b"c",',
    "=99999999999999999999",
    "=0,,,,",
]
GARBAGE += [
    "= ",
    "=1,1,1,1,1,1,1",
    "=0,0.0.0.0,0,0,0,0",
    "=1.2.3.4,1.2.3.4",
    "=\xff\x01\x7f",
    "=" + "y" * 240,
    "=1" + ",z" * 120,
]


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("word", WORDS)
def test_answers_to_anything(word: str, joined: bool, firmware: str) -> None:
    desk = Desk(firmware, joined=joined)
    for parameters in GARBAGE:
        answer = desk.at("AT" + word.rstrip("=") + parameters, 150 * S)
        silent = desk.module.ram.message_level == 1  # AT+MMSG=1 silences its own answer
        desk.module.ram.message_level = 2
        assert b"[OK]\r\n" in answer or b"[ERROR" in answer or silent, parameters
        desk.exchange(b"x" * 1500)  # for commands that take data
        desk.exchange(b"\r\r", 3 * S)
        if b"AT\r\n" not in desk.exchange(b"AT\r", S) and word == "+FOTA":
            desk.restart()
        desk.exchange(b"AT+MECHO=0\r")
        assert desk.at("AT").endswith(OK), parameters


# --- AT+MHELP ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_help(firmware: str) -> None:
    lines = Desk(firmware).at("AT+MHELP").decode().split("\r\n")
    assert lines[-2:] == ["[OK]", ""]
    expected = (Path(__file__).parent / "mhelp.txt").read_text().splitlines()
    if firmware == GUIDE:
        for name, description, usage in LEFT_OUT:
            expected += [f"AT+{name:<11} {description}", *([f"{'':<15}{usage}"] if usage else [])]
    assert [line.rstrip() for line in lines[:-2]] == expected
    assert [line for line in lines if line != line.rstrip()] == ["AT+MEVTMSG     "]


def test_help_lists_what_it_should() -> None:
    listed = [name for name, _, _ in HELP]
    hidden = {*NOT_IN_HELP, "WP2P_START", "WP2P_STOP", "WP2P_PEERLIST", "WP2P_INVITE"} - {"MMCUPS"}
    assert set(listed) == set(names(WORDS)) - hidden
    assert {name for name, _, _ in LEFT_OUT} == hidden - {"SOPT2", "MEXT1", "FS2WEB", "SMODE"}
    assert len(listed) == len(set(listed))


def test_help_of_older_firmware_knows_fewer_commands() -> None:
    text = Desk(MEASURED, "command_level=1.0.5.1").at("AT+MHELP")
    assert b"AT+GMMPOPT" in text
    assert b"MQTT" not in text
