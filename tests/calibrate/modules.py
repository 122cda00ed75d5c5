"""Random modules: any version, any switches, any timing; what a calibration must find in them."""

from __future__ import annotations

import random
from typing import NamedTuple

import msgspec

from wizfi_emu.calibrate.bench import MemoryPeer, VirtualLine, virtual_device
from wizfi_emu.calibrate.learn import Learned, learn
from wizfi_emu.calibrate.load import known_personalities, load_plan
from wizfi_emu.calibrate.network import NO_NETWORK
from wizfi_emu.calibrate.session import Session
from wizfi_emu.calibrate.values import LEVEL, same_level, usual_values
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import list_firmware, load_firmware, switch_names
from wizfi_emu.profile.image import decode_image
from wizfi_emu.timing import Timing

CLOSE = 0.1
TIMED = (
    "reset_ms",
    "join_ms",
    "dhcp_ms",
    "scan_ms_per_channel",
    "flash_write_ms",
    "uart_byte_cost",
    "send_ms_per_chunk",
)
TEXTS = ("smgmt_header", "wscan_header", "already_associated", "already_started", "hardware")
"""Switches that may be any text."""
NUMBERS = {"mmcups_minimum_ms": (0, 1000), "mwifips_maximum_ms": (0, 1000), "fping_minimum": (0, 50)}
"""Switches whose limits are searched."""


class Case(NamedTuple):
    """A module, what was learned of it, and what is wrong with that, a line each."""

    truth: Firmware
    timing: Timing
    learned: Learned
    wrong: list[str]


def random_switches(chance: random.Random, base: Firmware) -> Firmware:
    """A personality with other values for half of the switches, some of them such as no personality has."""
    changes: dict[str, object] = {}
    for switch in switch_names():
        if switch == "version" or chance.random() < 0.5:
            continue
        changes[switch] = chance.choice(usual_values(switch, known_personalities()))
        if switch in TEXTS and chance.random() < 0.5:
            changes[switch] = f"{chance.choice(('My', 'Other', 'New'))} text {chance.randrange(1000)}"
        if switch in NUMBERS and chance.random() < 0.5:
            low, high = NUMBERS[switch]
            changes[switch] = chance.randrange(low, high + 1, 10 if switch == "mwifips_maximum_ms" else 1)
    options = tuple(sorted(chance.sample(range(1, 10), chance.randrange(10))))
    return msgspec.structs.replace(base, **{"fsock_options": options, **changes})


def random_timing(chance: random.Random) -> Timing:
    """A timing of a module: each cost from that of a quick one to that of a slow one."""
    return Timing(
        boot_ms=chance.randint(100, 2000),
        reset_ms=chance.randint(50, 2000),
        join_ms=chance.randint(50, 3000),
        dhcp_ms=chance.randint(50, 3000),
        scan_ms_per_channel=chance.randint(75, 200),
        flash_write_ms=chance.randint(20, 300),
        uart_byte_cost=chance.uniform(1, 1.3),
        send_ms_per_chunk=chance.uniform(3, 60),
    )


def calibrate(seed: int) -> Case:
    """Learn one random module in virtual time; its profile has to be the same afterwards."""
    chance = random.Random(seed)
    truth = random_switches(chance, load_firmware(chance.choice(list_firmware())))
    timing = random_timing(chance)
    device = virtual_device(truth, timing=timing, world=NO_NETWORK.world)
    before = decode_image(device.world.image)
    session = Session(VirtualLine(device), load_plan(), peer=MemoryPeer(device))
    learned = learn(session, "flash", "peer", times=3)
    wrong = [*wrong_switches(truth, learned), *wrong_times(timing, learned)]
    after = decode_image(device.world.image)
    if before is None or after is None or before.profile != after.profile:
        wrong.append("the profile is another one")
    return Case(truth, timing, learned, wrong)


def wrong_switches(truth: Firmware, learned: Learned) -> list[str]:
    wrong = []
    for switch, value in learned.inference.decided.items():
        true = same_level(truth.command_level) if switch == LEVEL else getattr(truth, switch)
        if value != true:
            wrong.append(f"{switch} is {true!r} and was found to be {value!r}")
    return wrong


def wrong_times(timing: Timing, learned: Learned) -> list[str]:
    return [
        f"{key} is {getattr(timing, key):g} and was found to be {getattr(learned.timing, key):g}"
        for key in TIMED
        if abs(getattr(learned.timing, key) - getattr(timing, key)) > CLOSE * getattr(timing, key)
    ]
