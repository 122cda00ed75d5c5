from __future__ import annotations

from wizfi_emu.faults.agenda import Agenda


def test_actions_come_in_the_order_of_their_times() -> None:
    agenda, done = Agenda(), list[str]()
    agenda.add(20, lambda: done.append("late"))
    agenda.add(10, lambda: done.append("first"))
    agenda.add(10, lambda: done.append("second"))
    assert agenda.next_us == 10
    agenda.run(10)
    assert done == ["first", "second"]
    assert agenda.next_us == 20


def test_what_becomes_due_by_an_action_comes_too() -> None:
    agenda, done = Agenda(), list[str]()
    agenda.add(10, lambda: agenda.add(5, lambda: done.append("then")))
    agenda.run(10)
    assert done == ["then"]
    assert agenda.next_us is None


def test_what_is_cleared_does_not_come() -> None:
    agenda, done = Agenda(), list[str]()
    agenda.add(10, lambda: done.append("never"))
    agenda.clear()
    agenda.run(10)
    assert done == []
