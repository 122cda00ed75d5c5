"""The peer has to get the report and nothing else, then the end of the connection."""

from stage import Stage

FINDING = r"the peer got b'\+\+\+AT"


def play(stage: Stage) -> None:
    """See above."""
    stage.start_host()
    peer = stage.accept()
    stage.peer_gets(peer, b"21.5 degrees\n")
    stage.peer_gets_end(peer)
    stage.host_succeeds()
