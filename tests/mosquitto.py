"""A real broker, Mosquitto, and the clients that come with it."""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 10.0
"""For what has to come. Far more than anything takes, because the machine may be busy with other tests."""


class Broker:
    """A running broker. ``said`` reads its log, which has every packet."""

    def __init__(self, process: subprocess.Popen[bytes], host: str, port: int, login: tuple[str, ...]) -> None:
        self.host = host
        self.port = port
        self._process = process
        self._login = login
        self._log = b""

    def said(self, text: str) -> bytes:
        """Wait for a text in the log and give its line so far; the next search goes on behind it. Fails without it."""
        wanted = text.encode()
        assert self._process.stderr is not None
        deadline_s = time.monotonic() + PATIENCE_S
        while wanted not in self._log:
            limit_s = max(0.0, deadline_s - time.monotonic())
            ready = select.select([self._process.stderr], [], [], limit_s)[0]
            more = os.read(self._process.stderr.fileno(), 65536) if ready else b""
            assert more, f"no {text!r} in {self._log.decode()}"
            self._log += more
        end = self._log.index(wanted) + len(wanted)
        if b"\n" in self._log[end:]:
            end = self._log.index(b"\n", end)
        before, self._log = self._log[:end], self._log[end:]
        return before.rpartition(b"\n")[2]

    def publish(self, topic: str, message: bytes, qos: int = 0) -> None:
        """Publish from another client."""
        command = [_program("mosquitto_pub"), *self._options(), "-t", topic, "-q", str(qos), "-s"]
        subprocess.run(command, input=message, check=True, timeout=PATIENCE_S)

    @contextmanager
    def subscriber(self, topic: str, count: int = 1) -> Iterator[subprocess.Popen[bytes]]:
        """Subscribe from another client, which ends after ``count`` publications; see ``received``."""
        command = [_program("mosquitto_sub"), *self._options(), "-i", "peer", "-t", topic, "-C", str(count)]
        with subprocess.Popen([*command, "-F", "%t %x"], stdout=subprocess.PIPE) as client:
            try:
                self.said("Sending SUBACK to peer")
                yield client
            finally:
                client.kill()

    def kill(self) -> None:
        """End it without a good-bye."""
        self._process.kill()
        self._process.wait()

    def _options(self) -> tuple[str, ...]:
        return ("-h", self.host, "-p", str(self.port), *self._login)


def received(client: subprocess.Popen[bytes]) -> list[tuple[str, bytes]]:
    """Wait until a ``subscriber`` has its publications, and give topic and message of each."""
    lines = client.communicate(timeout=PATIENCE_S)[0].decode().splitlines()
    return [(topic, bytes.fromhex(message)) for topic, _, message in (line.partition(" ") for line in lines)]


@contextmanager
def mosquitto(scratch: Path, host: str, users: Mapping[str, str] | None = None) -> Iterator[Broker]:
    """Run a broker on a free port of a loopback address; with ``users`` (password by name) nobody else is let in."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port = probe.getsockname()[1]
    lines = [f"listener {port} {host}", "user root", "log_type all", "log_dest stderr"]
    login: tuple[str, ...] = ()
    if users:
        passwords = scratch / "passwords"
        passwords.touch()
        for name, password in users.items():
            subprocess.run([_program("mosquitto_passwd"), "-b", passwords, name, password], check=True)
            login = ("-u", name, "-P", password)
        lines += ["allow_anonymous false", f"password_file {passwords}"]
    else:
        lines.append("allow_anonymous true")
    configuration = scratch / "mosquitto.conf"
    configuration.write_text("\n".join(lines) + "\n")
    with subprocess.Popen([_program("mosquitto"), "-c", configuration], stderr=subprocess.PIPE) as process:
        try:
            broker = Broker(process, host, port, login)
            broker.said(" running")
            yield broker
        finally:
            process.kill()


def _program(name: str) -> str:
    # Debian keeps the broker where the PATH of an ordinary user does not look.
    found = shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin")
    if found is None:
        raise RuntimeError(f"{name} is needed for this test: apt-get install mosquitto mosquitto-clients")
    return found
