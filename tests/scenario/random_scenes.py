"""Scenarios by chance: a host that joins, opens sockets and sends, peers, hands, and faults at all moments."""

from __future__ import annotations

from random import Random

from wizfi_emu.scenario.model import Scenario
from wizfi_emu.userfiles.bykey import convert

SSID = "WizFiDemoAP"
PEERS = {
    "echo": {"peer": "echo", "port": 5001},
    "discard": {"peer": "discard", "port": 5002},
    "server": {
        "peer": "server",
        "port": 5003,
        "greeting": "hello",
        "answers": [{"to": "a", "send": "b", "close": True}],
    },
    "udp": {"peer": "echo", "protocol": "udp", "port": 5004},
    "client": {"peer": "client"},
}
JOIN = (f"AT+WSET=0,{SSID}", "AT+WSEC=0,WPA2,12345678", "AT+WJOIN")
SOCKETS = (
    "AT+SCON=O,TCN,192.168.12.50,5001,,0",
    "AT+SCON=O,TCN,192.168.12.50,5002,,0",
    "AT+SCON=O,TCN,192.168.12.50,5003,,0",
    "AT+SCON=O,TCN,192.168.12.50,5003,,1",
    "AT+SCON=O,TCN,192.168.12.50,5009,,0",
    "AT+SCON=O,TSN,,,6000,0",
    "AT+SCON=O,UCN,192.168.12.50,5004,,0",
    "AT+SCON=O,USN,,,7000,0",
)
LINES = (
    "AT",
    "AT+WSTAT",
    "AT+WSCAN",
    "AT+WJOIN",
    "AT+WLEAVE",
    "AT+MPROF=S",
    "AT+FDNS=www.google.com,2000",
    "AT+FPING=1,192.168.12.1",
    *SOCKETS,
    "AT+SMGMT=ALL",
    "AT+SMGMT=0",
    "AT+MRESET",
)
EVENTS = ("SocketOpened", "SocketReceived", "SocketClosed", "JoinEnded", "PoweredOn", "SendData", "UseAddress", "Join")
PATTERNS = ("[OK]", "CONNECT", "[", "WizFi250", "Link-Up")
HOST_PATTERNS = ("AT+", "SSEND", "\r", "WJ", "hello")

Mapping = dict[str, object]


def random_scenario(random: Random) -> Scenario:
    """One of them; equal chance, equal scenario."""
    steps: list[Mapping] = []
    for line in JOIN if random.random() < 0.9 else ():
        steps += [{"line": line}, {"wait": 0.2}]
    for line in random.sample(SOCKETS, random.randint(0, 3)):
        steps += [{"line": line}, {"wait": 0.2}]
    for _ in range(random.randint(5, 25)):
        steps += _steps(random)
    steps.append({"wait": random.choice([0, 1, 20])})
    scenario: Mapping = {
        "scenario": 1,
        "module": {"firmware": random.choice(["guide", "1.0.5.2", "1.0.3.6", "0.9.2.0"])},
        "limit": 3600,
        "peers": PEERS,
        "faults": [_fault(random, moment=True) for _ in range(random.randint(0, 4))],
        "steps": steps,
        "on": [{"when": _when(random), "steps": [{"line": "AT"}]} for _ in range(random.randint(0, 2))],
    }
    return convert(scenario, Scenario)


def _steps(random: Random) -> list[Mapping]:
    wait: Mapping = {"wait": random.choice([0, 0.001, 0.1, 0.5, 2])}
    match random.randrange(12):
        case 0 | 1 | 2 | 3 | 4:
            return [{"line": random.choice(LINES)}, wait]
        case 5 | 6 | 7:
            data = random.choice(["hello", "a" * random.randint(1, 3000), "+++"])
            line = f"AT+SSEND={random.randrange(3)},,,{len(data)}"
            return [{"line": line}, {"wait": 0.2}, {"send": data}, wait]
        case 8:
            return [{"send": "x" * random.randint(1, 500)}, wait]
        case 9:
            return [{"start": _fault(random, moment=random.random() < 0.5)}, wait]
        case 10:
            hands: list[Mapping] = [{"power": "cycle"}, {"reset": "pin"}, {"press": random.randint(1, 3)}]
            return [random.choice(hands), wait]
        case _:
            return [{"stop": random.choice(["echo", "discard", "server"])}, wait]


def _when(random: Random) -> Mapping:
    found: list[Mapping] = [
        {"at": random.choice([0.0, 0.5, 1.0, 5.0])},
        {"pattern": random.choice(PATTERNS)},
        {"pattern": random.choice(HOST_PATTERNS), "from": "host"},
        {"regex": r"\[[A-Z]+ \d\]"},
        {"event": random.choice(EVENTS)},
    ]
    when = random.choice(found)
    if "at" not in when:
        when["nth"] = random.choice([1, 1, 2, 3])
        when["every"] = random.random() < 0.3
    when["after"] = random.choice([0.0, 0.0, 0.05])
    return when


def _fault(random: Random, *, moment: bool) -> Mapping:
    kinds: list[Mapping] = [
        {"fault": "ap-off", "access_point": SSID},
        {"fault": "key-changed", "access_point": SSID, "key": "another key"},
        {"fault": "dhcp-refuse"},
        {"fault": "dhcp-late", "delay_ms": random.choice([100, 3000, 60_000])},
        {"fault": "lease-change"},
        {"fault": "dns-fail", "how": random.choice(["silent", "unknown"])},
        {"fault": "tcp-refuse"},
        {"fault": "tcp-reset"},
        {"fault": "tcp-half-close"},
        {"fault": "tcp-black-hole"},
        {"fault": "tcp-slow-read", "bytes_per_s": random.choice([10, 1000])},
        {
            "fault": "tcp-cut",
            "after_bytes": random.randrange(20),
            "how": random.choice(["reset", "close", "black-hole"]),
        },
        {"fault": "bandwidth", "bytes_per_s": random.choice([100, 10_000])},
        {"fault": "latency", "delay_ms": random.choice([0, 50, 3000]), "jitter_ms": random.choice([0, 200])},
        {"fault": "udp-loss"},
        {"fault": "udp-duplicate"},
        {"fault": "udp-reorder"},
        {"fault": "serial-loss"},
        {"fault": "serial-flip"},
        {"fault": "serial-delay", "delay_ms": random.choice([1, 100]), "jitter_ms": random.choice([0, 100])},
        {"fault": "serial-pieces", "bytes": random.choice([1, 3]), "gap_ms": random.choice([0, 20])},
        {"fault": "wrong-baud", "baud": random.choice([9600, 57600, 230400])},
        {"fault": "strict-baud"},
        {"fault": "brown-out", "off_ms": random.choice([0, 200])},
        {"fault": "watchdog"},
        {"fault": "flash-fail"},
    ]
    fault = random.choice(kinds)
    word = str(fault["fault"])
    if word.startswith(("serial-loss", "serial-flip")):
        fault["probability"] = random.choice([0.001, 0.05])
    elif random.random() < 0.5:
        fault["probability"] = 0.5
    if moment:
        fault["when"] = _when(random)
    if word not in ("lease-change", "tcp-reset", "tcp-half-close", "brown-out", "watchdog") and random.random() < 0.6:
        fault["for"] = random.choice([0.1, 1.0, 30.0])
    return fault
