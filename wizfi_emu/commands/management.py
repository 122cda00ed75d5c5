"""Management commands (guide, Management Commands)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizfi_emu.at.parameters import Parameters, parse_hex, parse_integer, parse_keyword, parse_mac
from wizfi_emu.at.responses import Response
from wizfi_emu.commands._reading import QUERY, answer, read_choice, read_digits, set_field
from wizfi_emu.module.tasks import Read, Sleep, Steps
from wizfi_emu.module.uart import parse_uart
from wizfi_emu.profile.fields import CUSTOM_CODES, AirCommand
from wizfi_emu.profile.image import SecuritySection
from wizfi_emu.profile.printed import print_profile, print_uart

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

CERTIFICATE_BYTES = range(4096)
CERTIFICATE_BLOCK_BYTES = 1024
WEB_NAME_BYTES = 20
EVENT_DELAY_MS = range(1, 1001)
LONGEST_SLEEP_MS = 3_600_000
MAC_RESET_PAUSE_US = 100_000
SERVER_PORTS = range(1, 65536)
_SPI_OPTIONS = (0, 1, 2, 3, 8, 9, 10, 11)


def manage_profile(module: Module, text: bytes) -> Response | Steps[Response]:
    """AT+MPROF=VD|VG|L|S, all upper or all lower case; the rest of the line has to be just that."""
    match text:
        case b"VD" | b"vd":
            return _show_profile(module, from_flash=True)
        case b"VG" | b"vg":
            return _show_profile(module, from_flash=False)
        case b"L" | b"l":
            module.settings.ram = module.storage.profile.copied()
            module.settings.volatile.last_scon = None
            return Response.OK
        case b"S" | b"s":
            return _saved(module)
        case _:
            return Response.INVALID_INPUT


def _show_profile(module: Module, *, from_flash: bool) -> Response:
    lines = print_profile(
        module.storage.profile if from_flash else module.ram,
        live_mac=module.link.mac,
        web_running=module.web.running,
        gpios=module.ram.gpios if module.firmware.mprof_gpio_line else None,
        groups=module.firmware.wsec_hex_groups,
        upper_case=module.firmware.sform_upper_case,
    )
    for line in lines:
        module.output.text(line + b"\r\n")
    return Response.OK


def _saved(module: Module) -> Steps[Response]:
    return Response.OK if (yield from module.storage.save_profile()) else Response.ERROR


def _ok_and_reset(module: Module, pause_us: int = 0) -> Steps[Response]:
    yield from module.output.respond(Response.OK)
    if pause_us:
        yield Sleep(pause_us)
    yield from module.sequences.reset()
    return Response.NONE


def _save_and_reset(module: Module, pause_us: int = 0) -> Steps[Response]:
    yield from module.storage.save_profile()
    return (yield from _ok_and_reset(module, pause_us))


def restore_defaults(module: Module, text: bytes) -> Steps[Response]:
    """AT+MFDEF=FR: defaults to RAM and flash, then a reset."""
    if text not in (b"FR", b"fr"):
        return Response.INVALID_INPUT
    yield from module.storage.restore_defaults()
    return (yield from _ok_and_reset(module))


def reset(module: Module, _text: bytes) -> Steps[Response]:
    """AT+MRESET."""
    return _ok_and_reset(module)


def set_message_level(module: Module, text: bytes) -> Response:
    """AT+MMSG=<1|2|3>; the level acts on its own response already."""
    if text == QUERY:
        return answer(module, b"%d" % module.ram.message_level)
    return set_field(module, "message_level", read_choice(Parameters(text), (1, 2, 3)))


def set_mac(module: Module, text: bytes) -> Response | Steps[Response]:
    """AT+MMAC=[<mac>]: save and reset, in firmware 1.0.5.2 also without an address."""
    if text == QUERY:
        return answer(module, module.link.mac.encode())
    mac_text = Parameters(text).next()
    left_out = mac_text is None and not module.firmware.required_parameters_checked
    mac = module.ram.mac if left_out else parse_mac(mac_text)
    if mac is None:
        return Response.INVALID_INPUT
    module.ram.mac = mac
    return _save_and_reset(module, MAC_RESET_PAUSE_US)


def show_versions(module: Module, _text: bytes) -> Response:
    """AT+MINFO."""
    module.output.text(b"FW version/HW version\r\n")
    return answer(module, f"{module.firmware.version}/{module.firmware.hardware}".encode())


def set_echo(module: Module, text: bytes) -> Response:
    """AT+MECHO=<0|1>."""
    if text == QUERY:
        return answer(module, b"%d" % module.ram.echo)
    return set_field(module, "echo", read_choice(Parameters(text), (0, 1)))


def sleep(module: Module, text: bytes) -> Steps[Response]:
    """AT+MMCUPS=<action>[,<ms>]: the serial line is dead for that time."""
    parameters = Parameters(text)
    action = read_choice(parameters, (0, 1))
    time_ms = parse_integer(parameters.next())
    in_range = time_ms is not None and module.firmware.mmcups_minimum_ms <= time_ms <= LONGEST_SLEEP_MS
    needs_time = action == 1 or module.firmware.mmcups_timeout_required
    if action is None or (needs_time and not in_range):
        return Response.INVALID_INPUT
    if not action:
        return Response.OK
    yield from module.output.respond(Response.OK)
    yield from module.kernel.fall_asleep((time_ms or 0) * 1000)
    return Response.NONE


def set_power_save(module: Module, text: bytes) -> Response:
    """AT+MWIFIPS=<action>[,<delay>]; the stack refuses to save power while TCP sockets exist, never to end it."""
    link = module.link
    if text == QUERY:
        return answer(module, b"%d,%d" % (link.power_save, link.power_save_delay_ms))
    if not link.is_station:
        return Response.ERROR
    parameters = Parameters(text)
    action = read_choice(parameters, range(3))
    if action is None:
        return Response.INVALID_INPUT
    if action == 2:
        delay_ms = parse_integer(parameters.next())
        if delay_ms is None or delay_ms % 10 or delay_ms > module.firmware.mwifips_maximum_ms:
            return Response.INVALID_INPUT
        link.power_save_delay_ms = delay_ms
    if action == link.power_save:
        module.output.debug(f"WizFi250 already {'enable' if action else 'disable'} Wi-Fi Power Save Mode")
        return Response.OK
    refused = action != 0 and any(not slot.is_udp for slot in module.slots.open_slots)
    if action == 1 and not refused:
        module.output.debug("Enable Wi-Fi Power Save Mode")
    if not refused or module.firmware.mwifips_keeps_refused_state:
        link.power_save = action
    return Response.ERROR if refused else Response.OK


def set_tx_power(module: Module, text: bytes) -> Response:
    """AT+MTXP=<0..31>: not stored."""
    if text == QUERY:
        end = "\r\n" if module.firmware.query_line_end else ""
        module.output.text(f"{module.link.tx_power_dbm} dBm{end}".encode())
        return Response.OK
    power = read_choice(Parameters(text), range(32))
    if power is None:
        return Response.INVALID_INPUT
    module.link.tx_power_dbm = power
    return Response.OK


def manage_certificates(module: Module, text: bytes) -> Steps[Response]:
    """AT+MCERT=<R|W|D>,<C|K|R>[,<len>]: certificate, private key, root CA."""
    parameters = Parameters(text)
    operation = parse_keyword(parameters.next(), "R", "W", "D")
    targets = ("C", "K", "R") if module.firmware.mcert_root_ca else ("C", "K")
    target = parse_keyword(parameters.next(), *targets)
    if operation is None or target is None:
        return Response.INVALID_INPUT
    if operation == "R":
        return _read_certificate(module, target)
    if operation == "D":
        return (yield from _store_certificate(module, target, b""))
    length = read_choice(parameters, CERTIFICATE_BYTES)
    if length is None:
        return Response.INVALID_INPUT
    data = b""
    wanted = max(1, length)  # firmware 1.0.5.2 takes a byte before it looks at the length
    while len(data) < wanted:  # in blocks, because the receive buffer is shorter than a certificate may be
        block = yield Read(min(CERTIFICATE_BLOCK_BYTES, wanted - len(data)), None)
        assert isinstance(block, bytes)
        data += block
    # The firmware takes it as text: it ends at the first NUL.
    return (yield from _store_certificate(module, target, data[:length].partition(b"\0")[0]))


def _read_certificate(module: Module, target: str) -> Response:
    stored = module.storage.security
    shows_key = target == "K" or (target == "R" and module.firmware.mcert_reads_key)
    data = (
        stored.private_key if shows_key else stored.certificate if target == "C" else module.settings.volatile.root_ca
    )
    # Neither the message level nor an air command's answer has a say here.
    module.output.block(data + b"\r\n")
    return Response.OK


def _store_certificate(module: Module, target: str, data: bytes) -> Steps[Response]:
    stored = module.storage.security
    if target == "R":
        module.settings.volatile.root_ca = data
        return Response.OK
    changed = SecuritySection(data, stored.private_key) if target == "C" else SecuritySection(stored.certificate, data)
    return Response.OK if (yield from module.storage.store_certificates(changed)) else Response.ERROR


def set_extension(module: Module, text: bytes) -> Response:
    """AT+MEXT1=<a>,<b>, 16 bit each."""
    if text == QUERY:
        return answer(module, b"%d,%d" % module.ram.extension)
    parameters = Parameters(text)
    first, second = parse_integer(parameters.next()), parse_integer(parameters.next())
    if first is None or second is None:
        return Response.INVALID_INPUT
    module.ram.extension = (first & 0xFFFF, second & 0xFFFF)
    return Response.OK


def set_web_user(module: Module, text: bytes) -> Response:
    """AT+MCWUI=<id>,<pw>,<newid>,<newpw>."""
    ram = module.ram
    if text == QUERY:
        return answer(module, b"%s,%s" % (ram.web_user, ram.web_password))
    parameters = Parameters(text)
    values = [parameters.next() for _ in range(4)]
    user, password, new_user, new_password = values
    if any(value is None or len(value) > WEB_NAME_BYTES for value in values):
        return Response.INVALID_INPUT
    if (user, password) != (ram.web_user, ram.web_password):
        return Response.INVALID_INPUT
    ram.web_user, ram.web_password = new_user or b"", new_password or b""
    return Response.OK


def set_uart(module: Module, text: bytes) -> Response | Steps[Response]:
    """AT+USET=<baud>,<par>,<bits>,<stop>,<flow>[,W]: save, OK at the old setting, reset (not with W)."""
    if text == QUERY:
        return answer(module, print_uart(module.ram.uart))
    parameters = Parameters(text)
    uart = parse_uart([parameters.next() for _ in range(5)], module.ram.custom_code)
    if uart is None:
        return Response.INVALID_INPUT
    module.ram.uart = uart
    return _saved(module) if parameters.next() == b"W" else _save_and_reset(module)


def set_interface(module: Module, text: bytes) -> Response | Steps[Response]:
    """AT+MSPI=<if>[,<opt>]: save, OK, reset."""
    ram = module.ram
    if text == QUERY:
        return answer(module, b"%d,%d" % (ram.interface, ram.spi_option))
    parameters = Parameters(text)
    interface, option_text = read_choice(parameters, range(3)), parameters.next()
    option: int | None
    if interface == 1:
        option = 0
    elif option_text is None and not module.firmware.mspi_option_required:
        option = ram.spi_option
    else:
        option = parse_integer(option_text)
    if interface is None or option not in _SPI_OPTIONS:
        return Response.INVALID_INPUT
    ram.interface, ram.spi_option = interface, option
    return _save_and_reset(module)


def set_custom_code(module: Module, text: bytes) -> Response:
    """AT+MCUSTOM=<code>."""
    if text == QUERY:
        code = module.ram.custom_code
        return answer(module, (code if module.firmware.mcustom_padded else code.rstrip()).encode())
    code = (Parameters(text).next() or b"").decode("latin-1")
    return set_field(module, "custom_code", code if code in CUSTOM_CODES else None)


def set_custom_gpio(module: Module, text: bytes) -> Response:
    """AT+MCSTGPIO=<0|1>: TX and SPI outputs as open drain after the next reset; nothing on a virtual wire."""
    if text == QUERY:
        return answer(module, b"%d" % module.ram.custom_gpio)
    return set_field(module, "custom_gpio", read_choice(Parameters(text), (0, 1)))


def set_air_command(module: Module, text: bytes) -> Response:
    """AT+MAIRCMD=<open>,<proto>,[<port>],[<opt>]."""
    if text == QUERY:
        setting = module.ram.air_command
        protocol = setting.protocol or "\0"
        return answer(module, f"{setting.open_type},{protocol},{setting.port},{setting.option}".encode())
    parameters = Parameters(text)
    open_type = parse_keyword(parameters.next(), "O", "S")
    if open_type is None:
        return Response.INVALID_INPUT
    if open_type == "O" and not module.link.is_up:
        return Response.WIFI_STATUS
    if open_type == "O" and module.air.running:
        return Response.INVALID_INPUT
    protocol_or_none = parse_keyword(parameters.next(), "T", "U")
    port_text, option_text = parameters.next(), parameters.next()
    port = 0 if port_text is None else parse_integer(port_text)
    option = 0 if option_text is None else parse_hex(option_text)
    if protocol_or_none is None or port is None or option is None:
        return Response.INVALID_INPUT
    firmware = module.firmware
    if firmware.required_parameters_checked and (option_text is None or port not in SERVER_PORTS):
        return Response.INVALID_INPUT
    if open_type == "O" and firmware.air_port_checked and module.slots.use_port(port):
        return Response.INVALID_INPUT
    module.ram.air_command = AirCommand(open_type, protocol_or_none, port & 0xFFFF, option & 0xFF)
    if open_type == "O":
        module.air.start()
    return Response.OK


def set_listen_message(module: Module, text: bytes) -> Response:
    """AT+MEVTMSG=<0|1>; there is no query."""
    return set_field(module, "listen_message", read_choice(Parameters(text), (0, 1)))


def set_event_form(module: Module, text: bytes) -> Response:
    """AT+MEVTFORM=<ten digits 0, 1, 2>."""
    if text == QUERY:
        return answer(module, module.ram.event_form.encode())
    return set_field(module, "event_form", read_digits(Parameters(text), 10, b"012"))


def set_event_delay(module: Module, text: bytes) -> Response:
    """AT+MEVTDELAY=<1..1000>, kept in 8 bits."""
    if text == QUERY:
        return answer(module, b"%d" % module.ram.event_delay_ms)
    delay_ms = read_choice(Parameters(text), EVENT_DELAY_MS)
    if delay_ms is None:
        return Response.INVALID_INPUT
    module.ram.event_delay_ms = delay_ms & 0xFF
    return Response.OK
