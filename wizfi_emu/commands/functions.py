"""Function commands (guide, Function Commands)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizfi_emu.at.parameters import Parameters, parse_address, parse_integer, parse_keyword
from wizfi_emu.at.responses import Response
from wizfi_emu.commands._reading import QUERY, answer, read_choice, read_digits, set_field
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.tasks import Steps
from wizfi_emu.profile.fields import GPIO_NUMBERS, Gpio, with_option
from wizfi_emu.profile.printed import print_gpios

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

PING_LIMIT_US = 900_000
PING_COUNT_LIMIT = 50
RESOLVE_MS = range(1_000, 1_000_001)
GPIO_CONFIGS = range(6)
SMALLEST_FLUSH_MS = 10


def ping(module: Module, text: bytes) -> Steps[Response]:
    """AT+FPING=<n>,<ip>: a count that cannot be read is 0. Pings leave by the interface of the Wi-Fi mode in RAM."""
    parameters = Parameters(text)
    count_text = parameters.next()
    count = parse_integer(count_text) or 0
    address = parse_address(parameters.next())
    in_range = module.firmware.fping_minimum <= count <= PING_COUNT_LIMIT
    if count_text is None or not in_range or address is None:
        return Response.INVALID_INPUT
    for _ in range(count):
        result, millis = ev.PingResult.ERROR, 0
        if module.link.is_up_in_mode:
            ended = yield from module.kernel.ask(fx.Ping, address, PING_LIMIT_US)
            result, millis = ended.result, ended.millis
        replied = result is ev.PingResult.REPLY
        line = module.firmware.fping_reply.format(millis) if replied else f"Ping {result.value}"
        module.output.text(line.encode() + b"\r\n")
    return Response.OK


def resolve(module: Module, text: bytes) -> Steps[Response]:
    """AT+FDNS=<host>,<timeout>."""
    parameters = Parameters(text)
    name, timeout_ms = parameters.next(), parse_integer(parameters.next())
    if name is None or timeout_ms is None:
        return Response.INVALID_INPUT
    if module.firmware.fdns_timeout_checked and timeout_ms not in RESOLVE_MS:
        return Response.INVALID_INPUT
    address = yield from module.link.look_up(name, timeout_ms * 1000)
    return answer(module, address.encode()) if address else Response.ERROR


def control_web_server(module: Module, text: bytes) -> Steps[Response]:
    """AT+FWEBS=<0|1>[,<type>]; type F is the FUNCTION pin's single press."""
    web = module.web
    if text == QUERY:
        return answer(module, b"%d,%s" % (web.running, module.ram.web_type.encode()))
    parameters = Parameters(text)
    action = read_choice(parameters, (0, 1))
    type_text = parameters.next()
    web_type = module.ram.web_type if type_text is None else parse_keyword(type_text, "A", "M", "F")
    if action is None or web_type is None:
        return Response.INVALID_INPUT
    if web_type == "F":
        yield from module.output.respond(Response.OK)
        yield from module.button.set_up_access_point()
        return Response.NONE
    module.ram.web_type = web_type
    if not action:
        if not web.running:
            module.output.debug("WXCmd_FWEBS : Configuration web server is not running")
        web.stop()
    elif module.link.is_up_in_mode:
        web.start()
    return Response.OK


def set_web_menu(module: Module, text: bytes) -> Response:
    """AT+FWEBM=<seven digits>: which icons the web menu shows."""
    if text == QUERY:
        return answer(module, module.ram.web_menu.encode())
    return set_field(module, "web_menu", read_digits(Parameters(text), 7, b"0123456789"))


def enter_ota(module: Module, _text: bytes) -> Steps[Response]:
    """AT+FOTA: no return without a reset."""
    yield from module.output.respond(Response.OK)
    yield from module.sequences.enter_ota()
    return Response.NONE


def control_gpio(module: Module, text: bytes) -> Response:
    """AT+FGPIO=0,<n>; =1,<n>,<v>; =2,<n>,<c>; =?."""
    board = module.board
    if text == QUERY:
        return answer(module, print_gpios(board.refreshed_gpios()))
    parameters = Parameters(text)
    action = read_choice(parameters, range(3))
    number = read_choice(parameters, GPIO_NUMBERS)
    if action is None or number is None:
        return Response.INVALID_INPUT
    gpio = module.ram.gpios[GPIO_NUMBERS.index(number)]
    match action:
        case 0:
            if gpio.mode:
                module.output.debug("GPIO initialize is wrong. it must be set <input mode")
                return Response.INVALID_INPUT
            return answer(module, b"%d" % board.read_gpio(number))
        case 1:
            value = read_choice(parameters, (0, 1))
            if not gpio.mode or value is None:
                return Response.INVALID_INPUT
            board.set_gpio(number, Gpio(gpio.mode, gpio.config, value))
        case _:
            config_text = parameters.next()
            config = parse_integer(config_text) or 0
            if config_text is None or (module.firmware.gpio_config_checked and config not in GPIO_CONFIGS):
                return Response.INVALID_INPUT
            mode = int(config > 2) if config in GPIO_CONFIGS else gpio.mode
            board.set_gpio(number, Gpio(mode, config, gpio.value))
    return Response.OK


def read_adc(module: Module, _text: bytes) -> Response:
    """AT+FGETADC: 0 to 4095. GPIO 5 is an analogue input from now on, until it is configured again."""
    module.kernel.emit(fx.SetPin("gpio5", None))
    return answer(module, b"%d" % module.board.adc_value)


def set_socket_option(module: Module, text: bytes) -> Response:
    """AT+FSOCK=<option>,<value>."""
    ram, firmware = module.ram, module.firmware
    if text == QUERY:
        return answer(module, ",".join(map(str, ram.socket_options[: firmware.fsock_shown])).encode())
    parameters = Parameters(text)
    option, value = parse_integer(parameters.next()), parse_integer(parameters.next())
    if option is None or value is None or option not in firmware.fsock_options:
        return Response.INVALID_INPUT
    if not _socket_option_accepts(option, value):
        return Response.INVALID_INPUT
    ram.socket_options = with_option(ram.socket_options, option, value)
    module.supervision.apply_socket_option(option)
    return Response.OK


def _socket_option_accepts(option: int, value: int) -> bool:
    match option:
        case 1 | 2:
            return value == 0 or 2000 <= value <= 20000
        case 4:
            return value >= SMALLEST_FLUSH_MS
        case 5:
            return value == 0 or 5 <= value <= 3600
        case 6:
            return value == 0 or 10 <= value <= 1000
        case 7 | 8:
            return value == 0 or 5 <= value <= 1000
        case _:
            return True


def set_web_text(module: Module, text: bytes) -> Response:
    """AT+FS2WEB=<text>: shown by a customer's web page."""
    shown = Parameters(text).next()
    if shown is None:
        return Response.INVALID_INPUT
    module.settings.volatile.web_text = shown[:255]
    return Response.OK


def set_s_mode(module: Module, text: bytes) -> Response:
    """AT+SMODE=<n>: stored in 16 bits, without visible effect; text that cannot be read is 0."""
    value_text = Parameters(text).next()
    if value_text is None:
        return Response.INVALID_INPUT
    module.ram.s_mode = (parse_integer(value_text) or 0) & 0xFFFF
    return Response.OK


def set_web_option(module: Module, text: bytes) -> Response:
    """AT+FWEBSOPT=1,<hidden>,<english>,<rssi>; =?,1."""
    if text == b"?,1":
        return answer(module, b"%d,%d,%d" % module.ram.web_scan_options)
    parameters = Parameters(text)
    option = parse_integer(parameters.next())
    if option is None:
        return Response.INVALID_INPUT
    if option == 1:
        hidden, english = read_choice(parameters, (0, 1)), read_choice(parameters, (0, 1))
        rssi = parse_integer(parameters.next())
        if hidden is None or english is None or rssi is None:
            return Response.INVALID_INPUT
        module.ram.web_scan_options = (hidden, english, rssi & 0xFF)
    return Response.OK


def accept_bare(_module: Module, text: bytes) -> Response:
    """AT+MCSTGPIO and AT+FWEBSOPT without parameters: the guide's "TBD" commands."""
    return Response.INVALID_INPUT if text else Response.OK
