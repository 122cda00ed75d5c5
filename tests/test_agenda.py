from __future__ import annotations

from wizfi_emu.agenda import Agenda, earliest


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


def test_what_an_owner_drops_does_not_come() -> None:
    agenda, done = Agenda(), list[str]()
    agenda.add(10, lambda: done.append("never"), owner=1)
    agenda.add(20, lambda: done.append("other"), owner=2)
    agenda.add(5, lambda: done.append("nobody's"))
    agenda.drop(1)
    agenda.run(20)
    assert done == ["nobody's", "other"]


def test_an_owner_knows_whether_something_waits() -> None:
    agenda = Agenda()
    agenda.drop("none")
    for owner, due_us in (("a", 30), (("b", 1), 10), ("c", 20)):
        agenda.add(due_us, lambda: None, owner=owner)
    assert agenda.waiting == [(("b", 1), 10), ("c", 20), ("a", 30)]
    agenda.drop(("b", 1))
    assert agenda.next_us == 20
    assert [agenda.has(owner) for owner in ("a", ("b", 1), "c")] == [True, False, True]
    agenda.clear()
    assert agenda.waiting == []
    assert agenda.pop_due(100) is None


def test_the_next_time_is_known_after_every_change() -> None:
    agenda = Agenda()
    for due_us in (20, 30, 10):
        agenda.add(due_us, lambda: None, owner=due_us)
    assert agenda.next_us == 10
    assert agenda.pop_due(10) is not None
    assert agenda.next_us == 20
    agenda.drop(20)
    assert agenda.next_us == 30
    agenda.drop(30)
    assert agenda.next_us is None


def test_a_lower_rank_comes_first_at_the_same_time() -> None:
    agenda, done = Agenda(), list[str]()
    agenda.add(10, lambda: done.append("second"), rank=2)
    agenda.add(10, lambda: done.append("first"), rank=-1)
    agenda.add(9, lambda: done.append("earlier"), rank=3)
    agenda.run(10)
    assert done == ["earlier", "first", "second"]


def test_nothing_is_taken_before_its_time() -> None:
    agenda = Agenda()
    agenda.add(10, lambda: None)
    assert agenda.pop_due(9) is None
    assert agenda.pop_due(10) is not None
    assert agenda.pop_due(10) is None


def test_the_earliest_of_some_times() -> None:
    assert earliest() is None
    assert earliest(None, 7, None, 3) == 3
