"""Network commands (guide, Network Commands)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizfi_emu.at.parameters import BLANKS, Parameters, parse_address, parse_boolean, parse_hex, parse_integer
from wizfi_emu.at.responses import Response, Urc
from wizfi_emu.commands._reading import QUERY, answer, read_digits, set_field
from wizfi_emu.module import effects as fx
from wizfi_emu.module.slots import NO_ADDRESS
from wizfi_emu.module.tasks import Read, Sleep, Steps
from wizfi_emu.profile.fields import ReceiveForm, SocketRegistration
from wizfi_emu.profile.printed import print_receive_form, print_registration

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

PORT_LIMIT = 65535
OPEN_WAIT_US = 100_000  # firmware 1.0.5.2: between the start of a socket and the OK of AT+SCON
CHUNK_BYTES = 1400  # one transmission of AT+SSEND
BLOCK_BYTES = 1024  # what AT+SSEND takes from the receive buffer at once
DEFAULT_SEND_TIME_US = 10_000_000
LONGEST_SEND_BYTES = 100_000_000
ESCAPE_TIMER_OPTION = 10
HOST_NAME_BYTES = range(1, 50)
_OPEN_TYPES = (b"O", b"S", b"SO")
_SECURE_UDP_TYPES = (b"USS", b"UCS")
_SOCKET_TYPE_LETTERS = (b"TU", b"SC", b"NS")


def connect(module: Module, text: bytes) -> Steps[Response]:
    """AT+SCON=<open>,<type>,[<rip>],[<rport>],[<lport>][,<datamode>]."""
    if text == QUERY:
        return answer(module, print_registration(module.settings.volatile.last_scon or module.ram.registration))
    parameters = Parameters(text)
    open_type = (parameters.next() or b"").upper()
    socket_type = (parameters.next() or b"").upper()
    address, port, local_port = (_read_address_part(module, parameters) for _ in range(3))
    mode_text = parameters.next()
    data_mode = False if mode_text is None else parse_boolean(mode_text)
    if open_type not in _OPEN_TYPES or not _is_socket_type(module, socket_type) or data_mode is None:
        return Response.INVALID_INPUT
    if module.data_mode.session is not None:
        return Response.MODE_STATUS
    at_once = open_type != b"S"
    if at_once and not module.link.is_up:
        return Response.WIFI_STATUS
    remote = _read_remote(module, socket_type, address, port)
    local = _read_local_port(socket_type, local_port)
    if remote is None or local is None:
        return Response.INVALID_INPUT
    if at_once and _port_is_used(module, local):
        return Response.INVALID_INPUT
    registration = SocketRegistration(open_type.decode(), socket_type.decode(), *remote, local, data_mode)
    if module.firmware.scon_once_registers or open_type != b"O":
        module.ram.registration = registration
        module.settings.volatile.last_scon = None
    else:
        module.settings.volatile.last_scon = registration
    if not at_once:
        return Response.OK
    refusal = module.sockets.refusal(registration)
    if refusal is not None:
        return refusal
    held_back = not module.firmware.connect_before_ok
    module.sockets.open(registration, defer=held_back)
    yield Sleep(OPEN_WAIT_US)
    yield from module.output.respond(Response.OK)
    if held_back:
        module.sockets.end_deferral()
    return Response.NONE


def _read_address_part(module: Module, parameters: Parameters) -> bytes | None:
    text = parameters.next()
    blank = text is not None and not text.strip(BLANKS)
    return None if blank and module.firmware.blank_address_is_absent else text


def _is_socket_type(module: Module, text: bytes) -> bool:
    if text in _SECURE_UDP_TYPES and not module.firmware.udp_secure_types:
        return False
    return len(text) == 3 and all(letter in letters for letter, letters in zip(text, _SOCKET_TYPE_LETTERS, strict=True))


def _read_remote(
    module: Module, socket_type: bytes, address: bytes | None, port: bytes | None
) -> tuple[str, int] | None:
    """Remote address and port as the type needs them; None when they are wrong."""
    if socket_type.startswith(b"TS"):
        return NO_ADDRESS, 0
    remote, number = parse_address(address), parse_integer(port)
    if socket_type.startswith(b"US"):
        if remote is None and number is None:
            return NO_ADDRESS, 0
        if remote is None or number is None or not 1 <= number <= PORT_LIMIT:
            return None
        taken = any((slot.address, slot.port) == (remote, number) for slot in module.slots.open_slots)
        return None if taken else (remote, number)
    if remote is None or number is None or not 1 <= number <= PORT_LIMIT:
        return None
    return remote, number


def _read_local_port(socket_type: bytes, text: bytes | None) -> int | None:
    port = parse_integer(text)
    if socket_type[1:2] == b"S":
        return port if port is not None and 1 <= port <= PORT_LIMIT else None
    return (port or 0) if (port or 0) <= PORT_LIMIT else None


def _port_is_used(module: Module, port: int) -> bool:
    """Whether the personality forbids a local port that a socket or the air-command service has."""
    by_socket = not module.firmware.equal_local_ports and module.slots.use_port(port)
    return by_socket or (module.firmware.air_port_checked and port == module.air.port)


def manage(module: Module, text: bytes) -> Steps[Response]:
    """AT+SMGMT=<scid>, =ALL, =?."""
    if text == QUERY:
        return _list_sockets(module)
    parameter = Parameters(text).next()
    if parameter is None:
        return Response.INVALID_INPUT if module.firmware.required_parameters_checked else Response.OK
    if parameter.upper() == b"ALL":
        yield from module.sockets.close_all()
        return Response.OK
    scid = parse_integer(parameter)
    if scid is None:
        return Response.INVALID_SCID
    slot = module.slots.get(scid & 0xFF)
    if slot is None:
        return wrong_scid(module)
    module.sockets.close(slot)
    yield from module.output.respond(Response.OK)
    module.sockets.report_closed(slot)
    return Response.NONE


def wrong_scid(module: Module) -> Response:
    """The response to the number of a socket that is not open."""
    return Response[module.firmware.wrong_scid]


def _list_sockets(module: Module) -> Response:
    slots = module.slots.open_slots
    module.output.text(f"Number of Sockets : {len(slots)} ({module.firmware.smgmt_header})\r\n".encode())
    for slot in slots:
        unknown = slot.is_udp and slot.port == 0
        port = module.firmware.smgmt_unknown_udp_port if unknown else str(slot.port)
        row = f"{slot.scid}/{slot.type}/{slot.address}:{port}/{slot.local_port}/{int(slot.data_mode)}\r\n"
        module.output.text(row.encode())
    return Response.OK


def send(module: Module, text: bytes) -> Response | Steps[Response]:
    """AT+SSEND=<scid>,[<rip>],[<rport>],<len>[,<timeout>]: the prompt, then exactly ``len`` raw bytes."""
    parameters = Parameters(text)
    scid = parse_integer(parameters.next())
    if scid is None:
        return Response.INVALID_INPUT
    address, port = parse_address(parameters.next()), parse_integer(parameters.next())
    slot = module.slots.get(scid)
    if slot is None:
        return wrong_scid(module)
    given = address if address != NO_ADDRESS else None
    target = (slot.address, slot.port)
    if slot.is_udp:
        target = (given or slot.address, port or slot.port)
        if slot.is_server or module.firmware.ssend_moves_client_peer:
            slot.address, slot.port = target
    if not (target[1] if slot.is_udp else slot.has_peer):  # a port is a peer, whatever the address
        return Response.INVALID_INPUT
    length = parse_integer(parameters.next())
    if length is None or (module.firmware.ssend_length_checked and not 1 <= length <= LONGEST_SEND_BYTES):
        return Response.INVALID_INPUT
    shown = f"{given},{port or 0}" if slot.is_udp and given else ","
    module.output.text(f"[{scid},{shown},{length}".encode())
    timeout_text = parameters.next()
    timeout_ms = parse_integer(timeout_text)
    if timeout_text is not None and timeout_ms is None:
        return Response.INVALID_INPUT
    module.output.text(b"]\r\n" if timeout_ms is None else b",%d]\r\n" % timeout_ms)
    module.data_mode.current = scid
    if timeout_ms is None:
        limit_us = DEFAULT_SEND_TIME_US + length * module.firmware.ssend_timeout_us_per_byte
    else:
        limit_us = timeout_ms * 1000
    return _collect_and_send(module, scid, target, length, module.kernel.now_us + limit_us)


def _collect_and_send(
    module: Module, scid: int, target: tuple[str, int], length: int, deadline_us: int
) -> Steps[Response]:
    response: Response | None = Response.OK
    left = length
    while left:
        chunk = b""
        size = min(CHUNK_BYTES, left)
        while len(chunk) < size:
            count = min(BLOCK_BYTES, size - len(chunk))
            left -= count
            block = yield Read(count, max(0, deadline_us - module.kernel.now_us), behind=left)
            if not isinstance(block, bytes):
                return Response.ERROR
            chunk += block
        response = yield from _send_chunk(module, scid, target, chunk)
        if left and module.kernel.now_us >= deadline_us:
            return Response.ERROR
    if response is None:
        yield from module.output.print_result(module.output.urc_bytes(Urc.SEND_ERROR))
        return Response.NONE
    return response


def _send_chunk(module: Module, scid: int, target: tuple[str, int], data: bytes) -> Steps[Response | None]:
    """OK, or what the failure of the last chunk answers; None stands for the TCP send error."""
    failed: Response | None = None
    for _ in range(module.firmware.ssend_tries):
        slot = module.slots.get(scid)
        if slot is None:
            return Response.INVALID_SCID
        failed = Response.ERROR if slot.is_udp else None
        if not slot.is_udp and not slot.connected:
            continue
        slot.active_us = module.slots.active_us = module.kernel.now_us
        address, port = target if slot.is_udp else ("", 0)
        limit_us = 0 if slot.is_udp else module.data_mode.send_limit_us
        sent = yield from module.transmissions.send(fx.SendData(slot.sock, data, address, port, limit_us))
        if sent.failure is None:
            return Response.OK
    return Response.INVALID_SCID if module.slots.get(scid) is None else failed


def return_to_data_mode(module: Module, _text: bytes) -> Steps[Response]:
    """AT+SDATA: the mode changes before the OK is printed."""
    data_mode = module.data_mode
    if data_mode.session is None:
        return Response[module.firmware.sdata_without_session]
    is_open = data_mode.current is not None and module.slots.get(data_mode.current) is not None
    last = module.settings.volatile.last_scon or module.ram.registration
    if not is_open and not last.socket_type.startswith("TS"):
        return Response.ERROR
    data_mode.enter()
    yield from module.output.respond(Response.OK)
    return Response.NONE


def set_receive_form(module: Module, text: bytes) -> Response:
    """AT+SFORM=<flags>[,<start>[,<delim>[,<end>[,<cls1>[,<cls2>]]]]]: absent characters become the default."""
    if text == QUERY:
        end = b"\r\n" if module.firmware.query_line_end else b""
        form = print_receive_form(module.ram.receive_form, upper_case=module.firmware.sform_upper_case)
        module.output.text(form + end)
        return Response.OK
    parameters = Parameters(text)
    flags = read_digits(parameters, 9, b"01")
    if flags is None:
        return Response.INVALID_INPUT
    default = ReceiveForm()
    codes = []
    for standard in (default.start, default.delimiter, default.end, default.close1, default.close2):
        code_text = parameters.next()
        left_out = code_text is None and not module.firmware.required_parameters_checked
        code = standard if left_out else parse_hex(code_text)
        if code is None:
            return Response.INVALID_INPUT
        codes.append(code & 0xFF)
    module.ram.receive_form = ReceiveForm(flags, *codes)
    return Response.OK


def set_option_1(module: Module, text: bytes) -> Response:
    """AT+SOPT1=10,<ms>: the escape time. Other options of the firmware are debugging aids and do nothing here."""
    parameters = Parameters(text)
    option, value = parse_integer(parameters.next()), parse_integer(parameters.next())
    if option is None or value is None:
        return Response.INVALID_INPUT
    if option == ESCAPE_TIMER_OPTION:
        if not 1 <= value <= 10000:
            return Response.INVALID_INPUT
        module.ram.escape_time_ms = value
        if module.firmware.escape_time_at_once:
            module.data_mode.set_escape_time(value)
    return Response.OK


def set_option_2(_module: Module, _text: bytes) -> Response:
    """AT+SOPT2: accepted, without effect."""
    return Response.OK


def set_host_name(module: Module, text: bytes) -> Response:
    """AT+SDNAME=<name>: the peer's name for sockets with the remote address 0.0.0.0."""
    if text == QUERY:
        return answer(module, module.ram.socket_host_name)
    name = Parameters(text).next() or b""
    return set_field(module, "socket_host_name", name if len(name) in HOST_NAME_BYTES else None)
