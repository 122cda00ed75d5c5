"""The kernel: time, orders, tasks, timers, the receive buffer and the queue of background work.

Parts of the module take it in their constructor. It knows none of them; the rules of what a task may wait for are those
of `tasks`. The receive buffer lives here, because the foreground task reads from it between two lines of the command
interpreter.
"""

from collections.abc import Callable
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar, assert_never

from wizfi_emu.agenda import Agenda
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.tasks import Ask, Read, Resume, Sleep, Steps, Task, Until, Wait

AnswerT = TypeVar("AnswerT", bound=ev.Answer)
Fields = ParamSpec("Fields")


class Kernel:
    """Runs the tasks of a module: gives each what it waits for, and no more than one of them the serial bytes."""

    def __init__(self) -> None:
        self.now_us = 0
        self.powered = False
        self.busy = False
        """There is a foreground task."""
        self.stalled = False
        """What the foreground task has printed has no room: it stands there, and no other begins."""
        self.timers = Agenda()
        self.waiting_work: dict[str, Callable[[], Steps[None]]] = {}
        """The pieces of background work that wait, by their names, in order."""
        self.rx = bytearray()
        self.receiver_off = False
        """Serial bytes are lost."""
        self.silent_since_us = 0
        """When the last line or piece of foreground work was over."""
        self._effects: list[fx.Effect] = []
        self._requests = 0
        self._standing: tuple[Task, Wait] | None = None
        self._reading: tuple[Task, Read] | None = None
        self._asking: dict[int, tuple[Task, fx.Request[ev.Answer]]] = {}

    def start(self) -> None:
        """Power is there."""
        self.stop()
        self.powered = True
        self.silent_since_us = self.now_us

    def stop(self) -> None:
        """Forget every task and timer and all input. A task that ordered it is running right now and ends by itself."""
        self.powered = self.receiver_off = self.busy = self.stalled = False
        self._reading = self._standing = None
        self._asking.clear()
        self.waiting_work.clear()
        self.timers.clear()
        self.rx.clear()

    def emit(self, effect: fx.Effect) -> None:
        self._effects.append(effect)

    def take_effects(self) -> list[fx.Effect]:
        """All orders since the last call."""
        effects, self._effects = self._effects, []
        return effects

    def ask(
        self,
        request: Callable[Concatenate[int, Fields], fx.Request[AnswerT]],
        *args: Fields.args,
        **kwargs: Fields.kwargs,
    ) -> Steps[AnswerT]:
        """Order a request under the next number, its other fields given here, and wait for its answer."""
        self._requests += 1
        effect = request(self._requests, *args, **kwargs)
        event = yield Ask(effect)
        assert effect.is_answered_by(event), f"{type(effect).__name__} was answered by {type(event).__name__}"
        return event

    def answer(self, event: ev.Answer) -> None:
        """Give an answer to the task that asked; one that nobody waits for, or of another kind, does not count."""
        asking = self._asking.get(event.request)
        if asking is not None and asking[1].is_answered_by(event):
            self._resume_asking(event)

    def _resume_asking(self, event: ev.Answer) -> None:
        task, _ = self._asking.pop(event.request)
        self.timers.drop(task)
        self._resume(task, event)

    def after(self, name: object, delay_us: int, action: Callable[[], None]) -> None:
        """Start or restart a timer."""
        self.timers.drop(name)
        self.timers.add(self.now_us + delay_us, action, owner=name)

    def fire_timers(self) -> None:
        while self.powered and (action := self.timers.pop_due(self.now_us)) is not None:
            action()

    def start_task(self, steps: Steps[None]) -> None:
        self._resume(Task(steps, _nothing), None)

    def start_foreground(self, steps: Steps[None]) -> None:
        self.busy = True
        self._resume(Task(steps, self._end_foreground), None)

    def _end_foreground(self) -> None:
        self.busy = False
        self.silent_since_us = self.now_us

    def _resume(self, task: Task, value: Resume) -> None:
        """Run a task until it waits for something that has not happened yet."""
        while True:
            try:
                wait = task.steps.send(value)
            except StopIteration:
                if self.powered:
                    task.on_end()
                return
            if not self.powered:
                # It ordered a reset and went on: there is nothing to go on with.
                task.steps.close()
                return
            if self.stalled and task.on_end == self._end_foreground:
                self._standing = task, wait
                return
            value = self._wait(task, wait)
            if value is None:
                return

    def _wait(self, task: Task, wait: Wait) -> bytes | None:
        """Let a task wait. Gives what it waits for if that is serial bytes which are there."""
        match wait:
            case Sleep():
                self.timers.add(self.now_us + wait.us, lambda: self._resume(task, None), owner=task)
            case Ask(request):
                assert isinstance(request, fx.AnyRequest)
                self._asking[request.request] = task, request
                failed = partial(self._resume_asking, request.failed())
                self.timers.add(self.now_us + request.deadline_us, failed, owner=task)
                self.emit(request)
            case Until(arrange):
                arrange(lambda value: self._resume(task, value))
            case Read():
                if len(self.rx) >= wait.count:
                    return self._take(wait.count)
                self._reading = task, wait
                self._start_read_timeout(task, wait)
            case _:
                assert_never(wait)
        return None

    def stall(self) -> None:
        """What was printed just now has no room."""
        self.stalled = True

    def go_on(self) -> None:
        """There is room: the foreground task waits for what it was about to wait for."""
        self.stalled = False
        if self._standing is not None:
            (task, wait), self._standing = self._standing, None
            data = self._wait(task, wait)
            if data is not None:
                self._resume(task, data)

    def in_background(self, name: str, steps: Callable[[], Steps[None]]) -> None:
        """Queue work for the next silence. A piece of work that waits already is not queued again."""
        self.waiting_work.setdefault(name, steps)

    def do_background_work(self) -> None:
        """Do everything that waits, in order, as the foreground task."""
        self.start_foreground(self._run_background())

    def _run_background(self) -> Steps[None]:
        while self.waiting_work:
            yield from self.waiting_work.pop(next(iter(self.waiting_work)))()

    @property
    def missing_bytes(self) -> int | None:
        """How many serial bytes a task that reads still waits for; None when none reads."""
        return None if self._reading is None else self._reading[1].count - len(self.rx)

    @property
    def awaited_bytes(self) -> int:
        """How many serial bytes the foreground task reads, now and behind that; 0 when it does something else."""
        return 0 if self._reading is None else self._reading[1].count + self._reading[1].behind

    def receive_serial(self, data: bytes) -> None:
        """Serial bytes that there is room for."""
        self.rx += data
        if self._reading is None:
            return
        task, wait = self._reading
        if len(self.rx) >= wait.count:
            self._reading = None
            self.timers.drop(task)
            self._resume(task, self._take(wait.count))
        elif wait.per_byte:
            self._start_read_timeout(task, wait)

    def forget_input(self) -> None:
        """Drop the serial bytes that nobody has read yet."""
        self.rx.clear()

    def fall_asleep(self, duration_us: int) -> Steps[None]:
        """Lose serial bytes for a time."""
        self.receiver_off = True
        yield Sleep(duration_us)
        self.receiver_off = False

    def _take(self, count: int) -> bytes:
        data = bytes(self.rx[:count])
        del self.rx[:count]
        return data

    def _start_read_timeout(self, task: Task, wait: Read) -> None:
        if wait.timeout_us is not None:
            self.after(task, wait.timeout_us, self._give_up_reading)

    def _give_up_reading(self) -> None:
        if self._reading is not None:
            task, self._reading = self._reading[0], None
            self._resume(task, None)


def _nothing() -> None:
    pass
