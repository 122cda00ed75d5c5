"""Vendor extensions that the guide does not describe (firmware 1.0.5.2): COWAYA, GMMP, MQTT.

GMMP is a client for the M2M protocol of a Korean network operator. Its commands answer; nothing ever connects, so a
start with good parameters fails as it does on a module that finds no server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wizfi_emu.at.parameters import Parameters, parse_address, parse_hex, parse_integer
from wizfi_emu.at.responses import Response
from wizfi_emu.commands._reading import QUERY, answer, read_choice
from wizfi_emu.commands.network import BLOCK_BYTES, CHUNK_BYTES
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.tasks import Read, Steps
from wizfi_emu.profile.fields import MqttSetting

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

COWAYA_TEXT_BYTES = 9
MQTT_TEXT_BYTES = range(1, 50)
MQTT_KEEPALIVE_S = range(30, 301)
MQTT_TOPIC_BYTES = 128
MQTT_MESSAGE_BYTES = range(1, 1501)
MQTT_COLLECT_US = 3_000_000
SUBSCRIBE_LIMIT_US = 5_000_000
UNSUBSCRIBE_LIMIT_US = 10_000_000
GMMP_TEXTS = 4


def set_cowaya(module: Module, text: bytes) -> Response:
    """AT+COWAYA=<s>[,<text>]: CONNECT is repeated every s seconds until the host has answered."""
    ram = module.ram
    if text == QUERY:
        return answer(module, b"%d,%s" % (ram.cowaya_time_s, ram.cowaya_text))
    parameters = Parameters(text)
    time_s = parse_integer(parameters.next())
    check = parameters.next() or b""
    if time_s is None or len(check) > COWAYA_TEXT_BYTES:
        return Response.INVALID_INPUT
    ram.cowaya_time_s, ram.cowaya_text = time_s, check
    module.data_mode.arm_cowaya()
    return Response.OK


def set_gmmp(_module: Module, text: bytes) -> Response:
    """AT+GMMPSET=0, or =1,<ip>,<port>,<domain>,<auth id>,<mf id>,<device id>."""
    parameters = Parameters(text)
    mode = parse_integer(parameters.next())
    if mode == 0:
        return Response.OK
    server, port = parameters.next(), parse_integer(parameters.next())
    texts = [parameters.next() for _ in range(GMMP_TEXTS)]
    if mode is None or server is None or port is None or None in texts:
        return Response.INVALID_INPUT
    return Response.ERROR if mode == 1 else Response.OK


def set_gmmp_data(module: Module, text: bytes) -> Response:
    """AT+GMMPDATA=<0|1>,<text>: the text is the rest of the line; with 0 it may be missing and is emptied."""
    if text == QUERY:
        return answer(module, module.settings.volatile.gmmp_data)
    parameters = Parameters(text)
    option = read_choice(parameters, (0, 1))
    data = parameters.rest()
    if option is None or (option and data is None):
        return Response.INVALID_INPUT
    module.settings.volatile.gmmp_data = data or b""
    return Response.OK


def set_gmmp_option(module: Module, text: bytes) -> Response:
    """AT+GMMPOPT=10|11|12,<1 set, else read>,...: 10 takes two hex numbers of 8 bits; 11 or 12 stores the number 1."""
    parameters = Parameters(text)
    option, action = read_choice(parameters, (10, 11, 12)), parse_integer(parameters.next())
    if option is None or action is None:
        return Response.INVALID_INPUT
    options = module.settings.volatile.gmmp_options
    if action != 1:
        return answer(module, b",".join(b"%d" % value for value in options[option]))
    if option == 10:
        options[option] = tuple((parse_hex(parameters.next()) or 0) & 0xFF for _ in range(2))
    else:
        options[option] = (1,)
    return Response.OK


def set_mqtt(module: Module, text: bytes) -> Response:
    """AT+MQTTSET=[<user>],[<password>],[<client id>],[<alive>]: absent values stay."""
    setting = module.ram.mqtt
    if text == QUERY:
        shown = (setting.user, setting.password, setting.client_id, b"%d" % setting.keepalive_s)
        return answer(module, b",".join(shown))
    parameters = Parameters(text)
    texts = [parameters.next() for _ in range(3)]
    keepalive_text = parameters.next()
    keepalive_s = setting.keepalive_s if keepalive_text is None else parse_integer(keepalive_text)
    if any(value is not None and len(value) not in MQTT_TEXT_BYTES for value in texts):
        return Response.INVALID_INPUT
    if keepalive_s is None or (keepalive_text is not None and keepalive_s not in MQTT_KEEPALIVE_S):
        return Response.INVALID_INPUT
    if module.broker.address:
        return Response.ERROR
    user, password, client_id = texts
    module.ram.mqtt = MqttSetting(
        setting.user if user is None else user,
        setting.password if password is None else password,
        setting.client_id if client_id is None else client_id,
        keepalive_s,
    )
    return Response.OK


def connect_mqtt(module: Module, text: bytes) -> Steps[Response]:
    """AT+MQTTCON=<1|0>[,<ip>,<port>,<ssl>]; =?. An access point is a link too, but no broker is reached from it."""
    if text == QUERY:
        state = f"Connected({module.broker.address})" if module.broker.address else "Disconnected"
        return answer(module, state.encode())
    if not module.link.is_up:
        return Response.WIFI_STATUS
    parameters = Parameters(text)
    action = read_choice(parameters, (0, 1))
    if action is None:
        return Response.INVALID_INPUT
    if action == 0:
        if module.broker.leave():
            return Response.OK
        module.output.debug("[MQTT ALREADY DISCONNECTED]")
        return Response.ERROR
    address, port = parse_address(parameters.next()), parse_integer(parameters.next())
    if address is None or port is None or not 1 <= port <= 65535 or read_choice(parameters, (0,)) is None:
        return Response.INVALID_INPUT
    secure = any(slot.is_secure for slot in module.slots.open_slots)
    if module.broker.address or secure or not module.link.is_station:
        return Response.ERROR
    setting = module.ram.mqtt
    ended = yield from module.kernel.ask(
        fx.ConnectMqtt, address, port, setting.user, setting.password, setting.client_id, setting.keepalive_s
    )
    if not ended.ok:
        return Response.ERROR
    if not module.link.is_station:
        module.kernel.emit(fx.DisconnectMqtt())  # the link was lost meanwhile
        return Response.ERROR
    module.broker.address = address
    module.output.text(b"[MQTT CONNECT]\r\n")
    return Response.OK


def subscribe_mqtt(module: Module, text: bytes) -> Response | Steps[Response]:
    """AT+MQTTSUB=<1|0>,<topic>[,<qos>]: what is missing is noticed before the link, what is wrong behind it."""
    parameters = Parameters(text)
    action_text, topic = parameters.next(), parameters.next()
    if action_text is None or topic is None:
        return Response.INVALID_INPUT
    if not module.link.is_up:
        return Response.WIFI_STATUS
    action = parse_integer(action_text)
    qos_text = parameters.next()
    qos = 0 if qos_text is None else parse_integer(qos_text)
    if action not in (0, 1) or qos is None:
        return Response.INVALID_INPUT
    if not module.broker.address:
        return Response.ERROR
    limit_us = SUBSCRIBE_LIMIT_US if action else UNSUBSCRIBE_LIMIT_US
    # The QoS is not checked (firmware 1.0.5.2). A broker has to refuse one above 2.
    return _answered(module, module.kernel.ask(fx.SubscribeMqtt, topic, qos if action else None, limit_us))


def _answered(module: Module, request: Steps[ev.MqttEnded]) -> Steps[Response]:
    ended = yield from request
    if ended.ok:
        return Response.OK
    module.broker.drop()
    return Response.ERROR


def publish_mqtt(module: Module, text: bytes) -> Steps[Response]:
    """AT+MQTTPUB=<topic>,<len>: the prompt, then ``len`` raw bytes within 3 s."""
    if not module.broker.address:
        return Response.ERROR
    parameters = Parameters(text)
    topic = parameters.next()
    length = read_choice(parameters, MQTT_MESSAGE_BYTES)
    if topic is None or len(topic) > MQTT_TOPIC_BYTES or length is None:
        return Response.INVALID_INPUT
    module.output.text(b"[%d]\r\n" % length)
    deadline_us = module.kernel.now_us + MQTT_COLLECT_US
    message = bytearray()
    for size in _block_sizes(length):
        block = yield Read(size, max(0, deadline_us - module.kernel.now_us))
        if not isinstance(block, bytes):
            return Response.ERROR
        message += block
    # The firmware takes the message as text: it ends at the first NUL.
    payload = bytes(message).partition(b"\0")[0]
    return (yield from _answered(module, module.kernel.ask(fx.PublishMqtt, topic, payload)))


def _block_sizes(length: int) -> Iterator[int]:
    """How the bytes are read, as those of AT+SSEND: a block that is not complete in time stays for the command line."""
    for start in range(0, length, CHUNK_BYTES):
        chunk = min(CHUNK_BYTES, length - start)
        yield from (min(BLOCK_BYTES, chunk - done) for done in range(0, chunk, BLOCK_BYTES))
