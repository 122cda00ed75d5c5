"""The handle of a running module: the button as the firmware samples it, held pins, power, serial line, state."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from tests.device.devices import BANNER, on_table
from wizfi_emu.actions.hands import DrivePins, Power, PowerOn, Press, Reset, SendSerial, SetAdc
from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.timing import Timing

ANSWERS = {
    1: b"Set AP Mode & Web Server Launch\r\n",
    2: b"Set OTA Mode\r\n",
    3: b"Set Factory Default\r\n",
    4: b"Error\r\n",
    7: b"Error\r\n",
}


@pytest.mark.parametrize("count", list(ANSWERS))
async def test_every_press_counts(autojump_clock: MockClock, count: int) -> None:
    async with on_table() as table:
        await trio.sleep(0.033)  # in the middle between two samples
        await table.handle.perform(Press(count))
        assert await table.read_until(b"\r\n") == ANSWERS[count]


async def test_the_action_comes_after_the_last_press(autojump_clock: MockClock) -> None:
    async with on_table() as table:
        began_s = trio.current_time()
        await table.handle.perform(Press(3))
        assert table.sent() == b""
        await table.read_until(b"Set Factory Default\r\n")
        # 720 ms of presses, of which the last release is 120 ms; 500 to 600 ms from the last press; silence.
        assert 0.480 + 0.5 <= trio.current_time() - began_s <= 0.480 + 0.7


async def test_presses_of_two_hands_do_not_overlap(autojump_clock: MockClock) -> None:
    async with on_table() as table:
        table.nursery.start_soon(table.handle.perform, Press(1))
        table.nursery.start_soon(table.handle.perform, Press(2))
        assert await table.read_until(b"\r\n") == ANSWERS[3]


async def test_presses_in_faster_time(autojump_clock: MockClock) -> None:
    async with on_table(time_scale=10) as table:
        began_s = trio.current_time()
        await table.handle.perform(Press(3))
        assert await table.read_until(b"\r\n") == ANSWERS[3]
        assert trio.current_time() - began_s < 0.15


async def test_boot_held_at_power_on(autojump_clock: MockClock) -> None:
    async with on_table(power=False) as table:
        await table.handle.perform(PowerOn(("boot",)))
        assert table.handle.state().mode == "boot"
        assert table.handle.state().pins["boot"].driven == 0
        assert b"WizFi Bootloader" in await table.read_until(b"*) Exit\r\n\r\n")
        await trio.sleep(0.6)
        assert table.handle.state().pins["boot"].driven is None
        await trio.sleep(0.1)
        table.sent()
        table.serial.host_write(b"x")
        assert (await table.read_until(BANNER)).endswith(b">>> Start APP >>>>>>>>>>>>>>>>\r\n\r\n" + BANNER)


async def test_boot_and_function_held_recover(autojump_clock: MockClock) -> None:
    async with on_table(power=False) as table:
        await table.handle.perform(PowerOn(("boot", "function")))
        assert b"[Factory Reset Handler]" in await table.read_until(b"### Load DCT\r\n")


@pytest.mark.parametrize("boot_ms", [0, 2000])
async def test_pins_are_held_from_the_first_instruction_on(autojump_clock: MockClock, boot_ms: int) -> None:
    async with on_table(power=False, timing=Timing(paced=False, boot_ms=boot_ms)) as table:
        await table.handle.perform(PowerOn(("boot",), 1000))
        await trio.sleep(boot_ms / 1000 + 0.99)
        assert table.handle.state().pins["boot"].driven == 0
        await trio.sleep(0.02)
        assert table.handle.state().pins["boot"].driven is None


async def test_pins_can_stay_held_and_be_let_go_by_hand(autojump_clock: MockClock) -> None:
    async with on_table(power=False) as table:
        await table.handle.perform(PowerOn(("boot",), None))
        await trio.sleep(100)
        assert table.handle.state().pins["boot"].driven == 0
        await table.handle.perform(DrivePins({"boot": "free"}))
        assert table.handle.state().pins["boot"].driven is None


async def test_who_drives_a_held_pin_takes_it_over(autojump_clock: MockClock) -> None:
    async with on_table(power=False) as table:
        await table.handle.perform(PowerOn(("boot",), 1000))
        await table.handle.perform(DrivePins({"boot": 0}))
        await trio.sleep(100)
        assert table.handle.state().pins["boot"].driven == 0


async def test_what_needs_power_is_refused_without(autojump_clock: MockClock) -> None:
    async with on_table() as table:
        handle = table.handle
        with pytest.raises(RefusedError, match="has power already"):
            await handle.perform(PowerOn())
        await handle.perform(Power("off"))
        for action in (Power("off"), Reset("pin"), Press(1), SendSerial(b"AT\r")):
            with pytest.raises(RefusedError, match="no power"):
                await handle.perform(action)
        await handle.perform(DrivePins({"gpio1": 1}))
        assert handle.state().pins["gpio1"].driven == 1


async def test_reset_and_watchdog(autojump_clock: MockClock) -> None:
    async with on_table() as table:
        await table.handle.perform(Reset("pin"))
        assert await table.read_until(BANNER) == BANNER
        await table.handle.perform(Reset("watchdog"))
        assert await table.read_until(BANNER) == b"\r\n[Reset Event]\r\n" + BANNER


async def test_type_next_to_the_host(autojump_clock: MockClock) -> None:
    async with on_table() as table:
        table.serial.host_write(b"A")
        await trio.testing.wait_all_tasks_blocked()
        await table.handle.perform(SendSerial(b"T\r"))
        assert await table.read_until(b"[OK]\r\n") == b"AT\r\n[OK]\r\n"
        assert table.handle.state().counters.received_bytes == 1, "the host's bytes only"


async def test_a_long_text_waits_for_the_module(autojump_clock: MockClock) -> None:
    async with on_table() as table:
        await table.handle.perform(SendSerial(b"AT\r" * 3000))
        await trio.sleep(1)
        assert table.sent().count(b"[OK]") == 3000


async def test_the_adc(autojump_clock: MockClock) -> None:
    async with on_table() as table:
        await table.handle.perform(SetAdc(2345))
        assert b"2345\r\n" in await table.ask(b"AT+FGETADC")
        assert table.handle.state().adc == 2345


async def test_the_state_of_the_body(autojump_clock: MockClock) -> None:
    async with on_table() as table:
        state = table.handle.state()
        assert state.power
        assert state.mode == "command"
        assert (state.serial.device, state.serial.link, state.serial.baud) == ("fake", "/tmp/wizfi", 115200)
        assert (state.counters.sent_bytes, state.counters.boots) == (len(BANNER), 1)
        await table.ask(b"AT+USET=9600,N,8,1,HW", b"[OK]\r\n")
        await table.handle.perform(Reset("pin"))
        await trio.sleep(0.1)
        assert table.handle.state().counters.boots == 2
        await table.handle.perform(Power("off"))
        state = table.handle.state()
        assert (state.power, state.mode, state.leds) == (False, "off", {"led1": False, "led2": False})


async def test_sockets_with_both_addresses() -> None:
    async with on_table() as table:
        host = table.device.world.host_address
        await table.ask(b"AT+WSET=0,WizFiDemoAP")
        await table.ask(b"AT+WSEC=0,,12345678")
        await table.ask(b"AT+WJOIN")
        await table.ask(b"AT+SCON=O,TSN,,,5001,0")
        await table.ask(b"AT+SCON=O,UCN,192.168.12.7,5002,5003,0", b"[CONNECT 1]\r\n")
        async with await trio.open_tcp_stream(host, 5001) as peer:
            await table.read_until(b"[CONNECT 0]\r\n")
            tcp, udp = table.handle.state().sockets
            peer_port = peer.socket.getsockname()[1]
        wifi = table.handle.state().wifi
    assert (tcp.type, tcp.state, udp.type, udp.state) == ("TSN", "connected", "UCN", "open")
    assert (tcp.local.virtual, tcp.local.host) == ("192.168.12.10:5001", f"{host}:5001")
    assert tcp.remote.host is not None
    assert tcp.remote.host.endswith(f":{peer_port}")
    assert (udp.local.virtual, udp.local.host) == ("192.168.12.10:5003", f"{host}:5003")
    assert (udp.remote.virtual, udp.remote.host) == ("192.168.12.7:5002", f"{host}:5002")
    assert (wifi.state, wifi.ssid, wifi.address, wifi.rssi_dbm) == ("station", "WizFiDemoAP", "192.168.12.10", -45)
