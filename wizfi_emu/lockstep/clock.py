"""The one time of hosts and modules: it goes on only when every host waits.

The threads of the hosts take turns: one of them runs, the others wait for theirs. Who waits for something goes on
when that has come, in the order in which they began to wait; if nothing has come for anybody, the modules do what is
due next, or the first wait runs out. Nothing here depends on how fast a thread really is, so every run is the same.
"""

from __future__ import annotations

import _thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from wizfi_emu.errors import UserError
from wizfi_emu.lockstep.whereabouts import where_a_thread_is
from wizfi_emu.run.clock import VirtualClock

CALL_US = 10
"""What a call takes that looks at the time or at the port. So a loop that only looks comes to its end too."""

LIMIT_S = 3600.0
"""How long a run may take in its own time, unless it says otherwise."""

STEPS_AT_ONE_TIME = 100_000
"""What may happen at one moment. More is a circle."""

HOSTS = 64
"""How many threads of hosts there may be at a time."""

END_LIMIT_S = 1.0
"""How long, in real time, a thread may take to end when the run is over."""


class LockstepError(UserError):
    """The run cannot go on: the text says why, and where the host is."""


class StoppedError(BaseException):
    """Ends a host's thread: the run is over. Not an ``Exception``, so that a host does not catch it by the way."""


class Surroundings(Protocol):
    """Everything but the hosts: the modules, and whoever works them."""

    @property
    def next_us(self) -> int | None:
        """When something is due by itself."""

    def step(self) -> None:
        """Do the next thing that is due by now."""

    def host_acted(self) -> None:
        """A host has written, opened or set up a port."""

    @property
    def over(self) -> bool:
        """Whether the run is to end, whatever the hosts do."""


@dataclass(eq=False, slots=True)
class Turn:
    """A thread of a host: what it waits for, and its turn as a lock that is held while it has none."""

    until_us: int | None = None
    ready: Callable[[], bool] = lambda: True
    came: bool = False
    done: bool = False
    lock: _thread.LockType = field(default_factory=_thread.allocate_lock)

    def __post_init__(self) -> None:
        self.lock.acquire()


class Lockstep:
    """A shared time, and the turns of those who live in it."""

    current: ClassVar[Lockstep | None] = None
    """The one of this process: what stands in for pyserial's ports and for ``time`` is there for all threads."""

    def __init__(self, clock: VirtualClock, surroundings: Surroundings, *, limit_s: float = LIMIT_S) -> None:
        self.clock = clock
        self.surroundings = surroundings
        self.calls = 0
        """How often hosts have called; whoever watches it sees whether they go on."""
        self._end_us = clock.now_us + round(limit_s * 1_000_000)
        self._limit_s = limit_s
        self._first = Turn()
        self._turns: dict[int, Turn] = {}
        self._waiting: list[Turn] = []
        self._left = _thread.allocate_lock()
        self._left.acquire()
        self._next_us: int | None = None
        self._steps = 0
        self._failure: BaseException | None = None
        self._ended = False
        self._working = False

    # --- hosts ------------------------------------------------------------------------------------------------------

    @property
    def is_mine(self) -> bool:
        """Whether the calling thread is one of a host."""
        return _thread.get_ident() in self._turns

    @contextmanager
    def taking_part(self) -> Iterator[None]:
        """Let the calling thread be the first host. When it leaves, all others are ended."""
        self._turns[_thread.get_ident()] = self._first
        try:
            self.host_acted()
            yield
        finally:
            self._ended = True
            while self._waiting:
                self._waiting.pop(0).lock.release()
                self._left.acquire(timeout=END_LIMIT_S)
            del self._turns[_thread.get_ident()]

    def expect(self) -> Turn:
        """The turn of a thread that is about to start."""
        if len(self._turns) + len(self._waiting) >= HOSTS:
            raise LockstepError(f"more than {HOSTS} threads at a time")
        turn = Turn()
        self._waiting.append(turn)
        return turn

    @contextmanager
    def in_turn(self, turn: Turn) -> Iterator[None]:
        """Run as a host's thread, from its first turn on."""
        turn.lock.acquire()
        self._turns[_thread.get_ident()] = turn
        try:
            self._check()
            yield
        except StoppedError:
            pass
        finally:
            turn.done = True
            del self._turns[_thread.get_ident()]
            (self._left if self._ended else self._next_turn().lock).release()

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Wait for something real, which does not take long."""
        turn = self._turns.pop(_thread.get_ident(), None)  # none while a thread that ends passes its turn on
        try:
            yield
        finally:
            if turn is not None:
                self._turns[_thread.get_ident()] = turn

    # --- what hosts do ----------------------------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        """The time; to look at it takes some."""
        self.spend()
        return self.clock.now_us

    def spend(self) -> None:
        """Let the time pass that a call takes; for the surroundings it takes none."""
        if self._working:
            return
        until_us = self.clock.now_us + CALL_US
        if self._waiting or (self._next_us is not None and self._next_us <= until_us) or until_us > self._end_us:
            self.wait(until_us, _never)
            return
        self._check()
        self.calls += 1
        self.clock.now_us = until_us

    @property
    def quiet_until_us(self) -> int:
        """Until when nothing comes by itself: as long as nobody else has a turn, and nothing is due."""
        if any(turn.ready() for turn in self._waiting):
            return self.clock.now_us
        others_us = (turn.until_us for turn in self._waiting)
        return min(time_us for time_us in (self._end_us, self._next_us, *others_us) if time_us is not None)

    def host_acted(self) -> None:
        """Tell the surroundings what a host has done."""
        self._work(self.surroundings.host_acted)
        if self._failure is not None:
            self.wait(None, _never)

    def wait(self, until_us: int | None, ready: Callable[[], bool]) -> bool:
        """Wait until something is true, at most until a time; whether it is."""
        self._check()
        self.calls += 1
        mine = self._turns[_thread.get_ident()]
        mine.until_us, mine.ready = until_us, ready
        self._waiting.append(mine)
        turn = self._next_turn()
        if turn is not mine:
            turn.lock.release()
            mine.lock.acquire()
        if mine is self._first:
            self.raise_failure()
        self._check()
        return mine.came

    def look_again(self) -> None:
        """Something has changed that may be due earlier than what was."""
        self._next_us = self.clock.now_us

    def _check(self) -> None:
        if self._ended:
            raise StoppedError

    # --- for who watches the hosts ----------------------------------------------------------------------------------

    @property
    def thread(self) -> int | None:
        """The thread whose turn it is; None while something outside is waited for."""
        running = (thread for thread, turn in list(self._turns.items()) if turn not in self._waiting)
        return next(running, None)

    def fail(self, error: LockstepError) -> None:
        """Let the first host end with an error when it has its turn."""
        self._failure = error

    def raise_failure(self) -> None:
        """Raise what the first host is to end with."""
        if self._failure is not None:
            failure, self._failure, self._ended = self._failure, None, True
            raise failure

    # --- time -------------------------------------------------------------------------------------------------------

    def _next_turn(self) -> Turn:
        """Let time pass until one of those who wait can go on, and give it. After a failure it is the first one."""
        try:
            if self._failure is None:
                return self._find_turn()
        except (LockstepError, StoppedError) as error:
            self._failure = error
        return self._resume(self._first, came=False)

    def _find_turn(self) -> Turn:
        while self._failure is None:
            for turn in self._waiting:
                if turn.ready():
                    return self._resume(turn, came=True)
            limited = [turn for turn in self._waiting if turn.until_us is not None]
            first = min(limited, key=lambda turn: turn.until_us or 0, default=None)
            until_us = first.until_us if first is not None else None
            if not self._let_time_pass(until_us) and first is not None:
                return self._resume(first, came=False)
        raise self._failure

    def _let_time_pass(self, until_us: int | None) -> bool:
        """Do what is due next, up to a time; False when it is that time, and nothing was due."""
        if self._next_us is not None and (until_us is None or self._next_us <= until_us):
            self._pass_to(self._next_us)
            self._work(self.surroundings.step)
            return True
        if until_us is None:
            raise LockstepError(f"everybody waits, and nothing will happen: {where_the_host_is()}")
        self._pass_to(until_us)
        return False

    def _resume(self, turn: Turn, *, came: bool) -> Turn:
        self._waiting.remove(turn)
        turn.came = came
        return turn

    def _pass_to(self, time_us: int) -> None:
        if time_us > self.clock.now_us:
            self.clock.now_us = time_us
            self._steps = 0
        self._steps += 1
        if self.clock.now_us > self._end_us:
            raise LockstepError(f"the run takes more than {self._limit_s:g} s of its time: {where_the_host_is()}")
        if self._steps > STEPS_AT_ONE_TIME:
            raise LockstepError(f"more than {STEPS_AT_ONE_TIME} things happen at one moment: {where_the_host_is()}")

    def _work(self, act: Callable[[], None]) -> None:
        """Let the surroundings act."""
        self._working = True
        try:
            act()
            self._next_us = self.surroundings.next_us
        finally:
            self._working = False
        if self.surroundings.over and self._failure is None:
            self._failure = StoppedError()


def where_the_host_is() -> str:
    """The line of the host program that has called."""
    return where_a_thread_is(_thread.get_ident())


def _never() -> bool:
    return False
