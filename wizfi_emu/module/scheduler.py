"""Runs the tasks of a module: gives each what it waits for, and no more than one of them the serial bytes.

The rules of what a task may wait for are those of `tasks`. The receive buffer lives here, because the foreground task
reads from it between two lines of the command interpreter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.tasks import Ask, Print, Read, Resume, Send, Sleep, Steps, Task

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module


class Scheduler:
    """The tasks under way and what each waits for."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self.rx = bytearray()
        self.foreground: Task | None = None
        self._running: Task | None = None
        self._reading: tuple[Task, Read] | None = None
        self._asking: dict[int, tuple[Task, fx.AnyRequest]] = {}
        self._sending: dict[int, deque[Task | None]] = {}  # None: data mode sent it

    # --- tasks ------------------------------------------------------------------------------------------------------

    def start(self, steps: Steps[None]) -> None:
        """Run a task beside the foreground one."""
        self._resume(Task(steps, _nothing), None)

    def start_foreground(self, steps: Steps[None], on_end: Callable[[], None]) -> None:
        """Run the foreground task; there is none while ``on_end`` is called."""

        def end() -> None:
            self.foreground = None
            on_end()

        self.foreground = Task(steps, end)
        self._resume(self.foreground, None)

    def drop_all(self) -> None:
        """End every task, as a reset does. One that ordered the reset is running right now and ends by itself."""
        asking = [task for task, _ in self._asking.values()]
        for task in (self.foreground, *asking, *(task for tasks in self._sending.values() for task in tasks)):
            if task is not None and task is not self._running:
                task.steps.close()
        self.foreground = self._reading = None
        self._asking.clear()
        self._sending.clear()
        self.rx.clear()

    def _resume(self, task: Task, value: Resume) -> None:
        """Run a task until it waits for something that has not happened yet."""
        module = self._module
        while True:
            outer, self._running = self._running, task
            try:
                wait = task.steps.send(value)
            except StopIteration:
                self._running = outer
                if module.powered:
                    task.on_end()
                return
            self._running = outer
            if not module.powered:
                # It ordered a reset and went on: there is nothing to go on with.
                task.steps.close()
                return
            value = None
            match wait:
                case Sleep():
                    module.after(task, wait.us, lambda: self._resume(task, None))
                case Ask(request):
                    assert isinstance(request, fx.AnyRequest)
                    self._asking[request.request] = task, request
                    module.emit(request)
                case Send():
                    self.order_send(wait.effect, task)
                case Print():
                    module.output.delayed(wait.data, lambda: self._resume(task, None))
                case Read():
                    if len(self.rx) >= wait.count:
                        value = self._take(wait.count)
                        continue
                    self._reading = task, wait
                    self._start_read_timeout(task, wait)
                case _:
                    assert_never(wait)
            return

    # --- answers ----------------------------------------------------------------------------------------------------

    def answer(self, event: ev.Answer) -> None:
        """Give an answer to the task that asked; one that nobody waits for, or of another kind, does not count."""
        task, request = self._asking.get(event.request, (None, None))
        if task is not None and request is not None and request.is_answered_by(event):
            del self._asking[event.request]
            self._resume(task, event)

    # --- transmissions ----------------------------------------------------------------------------------------------

    def order_send(self, effect: fx.SendData, task: Task | None = None) -> None:
        """Transmit; the task gets the result, or `DataMode.end_send`."""
        self._sending.setdefault(effect.sock, deque()).append(task)
        self._module.emit(effect)

    def end_send(self, event: ev.SocketSent) -> None:
        """The oldest transmission on a socket is over."""
        waiting = self._sending.get(event.sock)
        if not waiting:
            return
        task = waiting.popleft()
        if not waiting:
            del self._sending[event.sock]
        if task is None:
            self._module.data_mode.end_send(event)
        else:
            self._resume(task, event)

    def sends_under_way(self, sock: int) -> int:
        """How many transmissions on a socket have been ordered and not ended."""
        return len(self._sending.get(sock, ()))

    def forget_sends(self, sock: int) -> None:
        """The machine closed a socket: whoever waits for a transmission on it hears that it failed."""
        for _ in range(self.sends_under_way(sock)):
            self.end_send(ev.SocketSent(sock, ev.Failure.CLOSED))

    # --- serial bytes -----------------------------------------------------------------------------------------------

    def receive_serial(self, data: bytes) -> None:
        """Serial bytes that there is room for."""
        self.rx += data
        if self._reading is None:
            return
        task, wait = self._reading
        if len(self.rx) >= wait.count:
            self._reading = None
            self._module.timers.stop(task)
            self._resume(task, self._take(wait.count))
        elif wait.per_byte:
            self._start_read_timeout(task, wait)

    def _take(self, count: int) -> bytes:
        data = bytes(self.rx[:count])
        del self.rx[:count]
        return data

    def _start_read_timeout(self, task: Task, wait: Read) -> None:
        if wait.timeout_us is not None:
            self._module.after(task, wait.timeout_us, self._give_up_reading)

    def _give_up_reading(self) -> None:
        if self._reading is not None:
            task, self._reading = self._reading[0], None
            self._resume(task, None)


def _nothing() -> None:
    pass
