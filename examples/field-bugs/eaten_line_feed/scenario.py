"""The peer has to get the five bytes of the message."""

from stage import Stage

FINDING = r"the peer got b'\\nhell'"


def play(stage: Stage) -> None:
    """See above."""
    stage.start_host()
    stage.peer_gets(stage.accept(), b"hello")
    stage.host_succeeds()
