"""A real broker, Mosquitto, and the clients that come with it."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.programs import need

PATIENCE_S = 60.0
"""For what has to come. Far more than anything takes, because the machine may be busy with other tests."""


class Broker:
    """A running broker. ``said`` reads its log, which has every packet."""

    def __init__(self, process: subprocess.Popen[bytes], host: str, port: int, login: tuple[str, ...]) -> None:
        self.host = host
        self.port = port
        self._process = process
        self._login = login
        self._lines: list[bytes] = []
        self._written = threading.Condition()
        # Read at once, or the broker would stop when the pipe is full.
        self._reader = threading.Thread(target=self._read_log)
        self._reader.start()

    def said(self, text: str) -> bytes:
        """Wait for a text in the log and give its line; the next search goes on behind it. Fails without it."""
        with self._written:
            found = self._written.wait_for(lambda: self._find(text.encode()), PATIENCE_S)
            assert found is not None, f"no {text!r} in {self._lines}"
            line = self._lines[found - 1]
            del self._lines[:found]
            return line

    def _find(self, text: bytes) -> int | None:
        return next((count for count, line in enumerate(self._lines, 1) if text in line), None)

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._written:
                self._lines.append(line.rstrip())
                self._written.notify_all()

    def publish(self, topic: str, message: bytes, qos: int = 0) -> None:
        """Publish from another client."""
        command = [*need("mosquitto_pub"), *self._options(), "-t", topic, "-q", str(qos), "-s"]
        subprocess.run(command, input=message, check=True, timeout=PATIENCE_S)

    @contextmanager
    def subscriber(self, topic: str, count: int = 1) -> Iterator[subprocess.Popen[bytes]]:
        """Subscribe from another client, which ends after ``count`` publications; see ``received``."""
        command = [*need("mosquitto_sub"), *self._options(), "-i", "peer", "-t", topic, "-C", str(count)]
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
        self._reader.join()

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
            subprocess.run([*need("mosquitto_passwd"), "-b", passwords, name, password], check=True)
            login = ("-u", name, "-P", password)
        lines += ["allow_anonymous false", f"password_file {passwords}"]
    else:
        lines.append("allow_anonymous true")
    configuration = scratch / "mosquitto.conf"
    configuration.write_text("\n".join(lines) + "\n")
    with subprocess.Popen([*need("mosquitto"), "-c", configuration], stderr=subprocess.PIPE) as process:
        broker = Broker(process, host, port, login)
        try:
            broker.said(" running")
            yield broker
        finally:
            broker.kill()
