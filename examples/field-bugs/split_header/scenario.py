"""The peer sends 20000 bytes, which come in more than a dozen blocks. The host has to get them all."""

from stage import Stage

FINDING = r"the host failed: \d+ bytes of 20000"


def play(stage: Stage) -> None:
    """See above."""
    stage.start_host()
    peer = stage.accept()
    stage.module.expect(b"[CONNECT 0]\r\n")
    peer.sendall(b"0123456789" * 2000)
    stage.host_succeeds()
