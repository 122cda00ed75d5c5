"""How a session is followed from its bytes alone."""

from __future__ import annotations

from tests.lint.talk import MS, Talk
from wizfi_emu.lint import moments as mo
from wizfi_emu.lint.conversation import LINE_AHEAD_US, TEXT_BYTES_MAX, Conversation
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile import factory_profile


def moments_of(talk: Talk, *, paced: bool = False, ahead_us: int = 0) -> list[mo.Moment]:
    return Conversation(paced=paced, ahead_us=ahead_us).read(talk.items)


def kinds(moments: list[mo.Moment]) -> list[str]:
    return [type(moment).__name__ for moment in moments]


def test_a_command_and_its_answer() -> None:
    moments = moments_of(Talk().command(b"AT+MINFO"))
    assert kinds(moments) == ["Restarted", "Input", "Command", "Answer"]
    answer = moments[-1]
    assert isinstance(answer, mo.Answer)
    assert answer.ok
    assert answer.command.line == b"AT+MINFO"


def test_data_of_a_command() -> None:
    talk = Talk().host(b"AT+SSEND=0,,,5\r").module(b"[0,,,5").module(b"]\r\n", us=0)
    moments = moments_of(talk.host(b"he").host(b"llo").module(b"[OK]\r\n").command(b"AT"))
    assert kinds(moments)[2:] == ["Command", "Prompted", "Payload", "Answer", "Input", "Command", "Answer"]
    payload = moments[4]
    assert isinstance(payload, mo.Payload)
    assert payload.data == b"hello"


def test_data_that_does_not_come_in_time() -> None:
    talk = Talk().host(b"AT+SSEND=0,,,5\r").module(b"[0,,,5]\r\n").host(b"he").module(b"[ERROR]\r\n")
    assert kinds(moments_of(talk))[3:] == ["Prompted", "Payload", "Answer"]


def test_received_data_is_no_text() -> None:
    talk = Talk().connect().module(b"{0,10.0.0.1,80,12}\r\n[CONNECT ").module(b"\r\n").command(b"AT")
    received = [moment for moment in moments_of(talk) if isinstance(moment, mo.Received)]
    assert [moment.header for moment in received] == [b"{0,10.0.0.1,80,12}"]
    assert sum(isinstance(moment, mo.Connected) for moment in moments_of(talk)) == 1


def test_a_header_in_two_pieces() -> None:
    talk = Talk().connect().module(b"{0,10.0.").module(b"0.1,80,3}abc\r\n")
    assert kinds(moments_of(talk))[-1] == "Received"


def test_data_mode_and_its_end() -> None:
    talk = Talk().connect(data_mode=True).host(b"a").host(b"b", us=MS).host(b"c").module(b"[OK")
    talk.host(b"+++").module(b"[OK]\r\n", us=1000 * MS).command(b"AT+SDATA").host(b"d")
    talk.module(b"\r\n[DISCONNECT 0]\r\n")
    moments = moments_of(talk.command(b"AT"))
    bursts = [moment.data for moment in moments if isinstance(moment, mo.Burst)]
    assert bursts == [b"ab", b"c", b"+++", b"d"]
    assert mo.Disconnected(moments[-4].time_us, 0, session=True) == moments[-4]
    assert kinds(moments)[-3:] == ["Input", "Command", "Answer"]


def test_another_socket_does_not_end_data_mode() -> None:
    talk = Talk().connect(3, data_mode=True).module(b"\r\n[DISCONNECT 1]\r\n").host(b"AT\r")
    assert kinds(moments_of(talk))[-2:] == ["Disconnected", "Burst"]


def test_the_link_ends_data_mode() -> None:
    talk = Talk().connect(data_mode=True).module(b"\r\n[Link-Down Event]\r\n").command(b"AT")
    assert kinds(moments_of(talk))[-4:] == ["LinkChanged", "Input", "Command", "Answer"]


def test_a_registered_socket_begins_data_mode() -> None:
    profile = factory_profile("1.0.5.2")
    profile.registration = type(profile.registration)(open_type="S", data_mode=True)
    talk = Talk(profile).module(b"\r\n[Link-Up Event]\r\n").module(b"\r\n[CONNECT 0]\r\n").host(b"data")
    assert kinds(moments_of(talk))[-2:] == ["Connected", "Burst"]


def test_the_answer_comes_behind_connect() -> None:
    talk = Talk().host(b"AT+SCON=O,TCN,10.0.0.1,80,,1\r").module(b"\r\n[CONNECT 0]\r\n")
    moments = moments_of(talk.module(b"[OK]\r\n").host(b"data"))
    assert kinds(moments)[-3:] == ["Connected", "Answer", "Burst"]


def test_a_reset_forgets_what_was() -> None:
    talk = Talk().connect(data_mode=True).add(ev.PoweredOff()).host(b"lost").add(ev.PoweredOn(b""))
    moments = moments_of(talk.module(b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n").command(b"AT"))
    assert kinds(moments)[-4:] == ["Restarted", "Input", "Command", "Answer"]


def test_a_banner_alone_is_a_reset() -> None:
    talk = Talk().host(b"AT+WJOIN\r").module(b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n").command(b"AT")
    assert kinds(moments_of(talk))[2:] == ["Command", "Restarted", "Input", "Command", "Answer"]


def test_without_answers_nothing_is_early() -> None:
    profile = factory_profile("1.0.5.2")
    profile.message_level = 1
    assert kinds(moments_of(Talk(profile).host(b"AT\rAT\rAT\r")))[-2:] == ["Input", "Command"]
    talk = Talk().host(b"AT+MMSG=1\r").host(b"AT\rAT\r").host(b"AT+MMSG=2\r").module(b"[OK]\r\n")
    assert "Early" not in kinds(moments_of(talk))


def test_the_boot_loader_is_another_matter() -> None:
    talk = Talk()
    talk.items[:] = [(0, ev.PinDriven("boot", level=False)), talk.items[0]]
    assert kinds(moments_of(talk.host(b"s\rs\rs\r"))) == ["Restarted"]


def test_an_update_is_another_matter() -> None:
    assert "Early" not in kinds(moments_of(Talk().command(b"AT+FOTA").host(b"x\ry\rz\r")))


def test_what_overtakes_the_end_of_a_long_answer_is_early() -> None:
    def early(us: int) -> bool:
        talk = Talk().host(b"AT+SSEND=0,,,10\r").module(b"[ERROR: INVALID SCID]\r\n", us=0).host(b"0123456789", us=us)
        return "Early" in kinds(moments_of(talk, paced=True, ahead_us=LINE_AHEAD_US))

    assert early(900)
    assert not early(1100)  # 23 bytes at 115200 bit/s, of which a millisecond may come before its time


def test_the_rate_of_the_line_counts() -> None:
    talk = Talk().add(fx.ConfigureUart(9600, "N", 8, "1", "N"), us=100 * MS)
    talk.host(b"AT+SSEND=0,,,5\r").module(b"[0,,,5]\r\n", us=0).host(b"hello", us=6 * MS)
    assert "Early" in kinds(moments_of(talk, paced=True, ahead_us=LINE_AHEAD_US))
    assert "Early" not in kinds(moments_of(talk, paced=False))


def test_a_line_without_an_end_is_forgotten() -> None:
    talk = Talk().module(b"x" * (TEXT_BYTES_MAX + 1)).command(b"AT")
    assert kinds(moments_of(talk))[-1] == "Answer"


def test_a_host_on_spi() -> None:
    talk = Talk().host_on_spi(b"AT+SSEND=0,,,3\r", b"\xf0AT+SSEND=0,,,3").module_on_spi(b"\r\n[0,,,3]\r\n")
    talk.host_on_spi(b"a\xf1").host_on_spi(b"\x00\xf0\xf1\xf0\x01").host_on_spi(b"\xf1\x04\xf1\x03")
    talk.module(b"[ERROR]\r\n").module_on_spi(b"[OK]\r\n")
    for paced in (False, True):
        moments = moments_of(talk, paced=paced)
        assert kinds(moments)[1:] == ["Input", "Command", "Prompted", "Payload", "Answer"]
        payload, answer = moments[-2:]
        assert isinstance(payload, mo.Payload)
        assert payload.data == b"a\xf0\xf1"
        assert isinstance(answer, mo.Answer)
        assert answer.ok, "the serial line, which nobody reads, has another one"


def test_a_host_that_begins_on_spi_in_the_middle_of_a_code() -> None:
    talk = Talk().host_on_spi(b"\xf1\xf1\x05\xf0\xf0AT\r")
    talk.module_on_spi(b"\xf1\x04[OK]\r\n\xf1\x03").command(b"AT+MINFO")
    assert kinds(moments_of(talk))[1:] == ["Input", "Command", "Answer", "Input", "Command", "Answer"]


def test_what_is_early_on_spi() -> None:
    talk = Talk().host_on_spi(b"AT+SSEND=0,,,3\r").host_on_spi(b"abc").module_on_spi(b"[0,,,3]\r\n")
    assert talk.found(paced=True) == ["early-data"]
