"""The peer closes behind the prompt. The host has to connect again and send its value."""

from stage import Stage

FINDING = "no connection within"


def play(stage: Stage) -> None:
    """See above."""
    stage.start_host()
    peer = stage.accept()
    stage.module.expect(b"[0,,,5]\r\n")
    peer.close()
    stage.peer_gets(stage.accept(), b"21.5\n")
    stage.host_succeeds()
