"""A defect that has been put there: whether the search finds one, step by step, is seen by it."""


def play_planted(data: bytes) -> None:
    """Four bytes lead to it, one after the other."""
    reached = 0
    if data[0:1] == b"A":
        reached = 1
    if reached == 1 and data[1:2] == b"T":
        reached = 2
    if reached == 2 and data[2:3] == b"+":
        reached = 3
    if reached == 3 and data[3:4] == b"W":
        raise RuntimeError("planted")
