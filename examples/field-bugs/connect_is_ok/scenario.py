"""The peer is near and greets when the module has answered. The host has to understand the greeting."""

from stage import Stage

OPTIONS = {"firmware": "1.0.5.2"}
FINDING = r"the greeting was b'\[OK\]"


def play(stage: Stage) -> None:
    """See above."""
    stage.start_host()
    peer = stage.accept()
    stage.module.expect(b"[CONNECT 0]\r\n")
    stage.module.expect(b"[OK]\r\n")
    peer.sendall(b"READY")
    stage.host_succeeds()
