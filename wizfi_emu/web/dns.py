"""The name server that runs beside the web server: one name, one address, and silence for everything else."""

import struct

NAME = "wizfi250.wiznet.com"

_HEADER = struct.Struct("!6H")
_QUESTION_NAME = b"".join(bytes((len(label),)) + label.encode("ascii") for label in NAME.split(".")) + b"\0"
_RESPONSE_OR_OPCODE = 0xF800
_ANSWER_FLAGS = 0x8420  # response, authoritative, authenticated
_ANSWER = struct.Struct("!3HIH")  # pointer to the name, type, class, TTL, length of the address
_NAME_POINTER = 0xC00C
_TYPE_A = _CLASS_IN = 1


def answer_query(packet: bytes, address: str) -> bytes | None:
    """The answer to a DNS query: ``address`` (dotted) for the module's name, whatever type was asked for.

    None for every other name and for what is no plain query: the module is silent then (firmware 1.0.5.2).
    """
    end = _HEADER.size + len(_QUESTION_NAME) + 4
    if len(packet) < end:
        return None
    number, flags, questions, *_ = _HEADER.unpack_from(packet)
    if flags & _RESPONSE_OR_OPCODE or not questions or packet[_HEADER.size : end - 4] != _QUESTION_NAME:
        return None
    header = _HEADER.pack(number, _ANSWER_FLAGS, 1, 1, 0, 0)
    record = _ANSWER.pack(_NAME_POINTER, _TYPE_A, _CLASS_IN, 0, 4) + bytes(map(int, address.split(".")))
    return header + packet[_HEADER.size : end] + record
