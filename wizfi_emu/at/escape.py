"""The escape detector of data mode: three ``+`` and then silence lead back to command mode.

Rules (firmware 1.0.5.2), for every byte, with n withheld ``+`` (0 to 3):

1. ``+`` and n < 3: the byte is withheld, n grows, the timer restarts.
2. otherwise, n > 0: the withheld ``+`` and the byte are data, n = 0. The timer runs on.
3. otherwise the byte is data.

When the timer ends with n = 3 the escape is complete; with fewer the withheld ``+`` are data.

Only a run of ``+`` at the end of a chunk can stay withheld, and of that run every fourth ``+`` releases the three
before it. So a chunk of any size is handled with one strip and one division.
"""


class EscapeDetector:
    """Finds ``+++``. The owner keeps the timer."""

    __slots__ = ("withheld",)

    def __init__(self) -> None:
        self.withheld = 0

    def receive(self, chunk: bytes) -> bytes:
        """Bytes of the chunk (and withheld ones before them) that are data.

        The owner restarts the escape timer when the chunk holds a ``+`` to which rule 1 applies: any but the first
        byte of the chunk behind three that are withheld.
        """
        if not self.withheld and not chunk.endswith(b"+"):
            return chunk
        body = chunk.rstrip(b"+")
        run = len(chunk) - len(body)
        if body:
            body = b"+" * self.withheld + body
        else:
            run += self.withheld
        released, self.withheld = divmod(run, 4)
        return body + b"++++" * released

    def expire(self) -> bytes | None:
        """The timer ended: None when the escape is complete, else the ``+`` that turn out to be data."""
        count, self.withheld = self.withheld, 0
        return None if count == 3 else b"+" * count
