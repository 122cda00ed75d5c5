"""The same again, and the first difference with what stands around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as changed

import pytest

from tests.desk import Desk
from tests.recording.sessions import Tape, record, talk_to_peers, use_data_mode
from tests.vectors.player import Player, read_vectors
from wizfi_emu.air.load import load_world
from wizfi_emu.module import effects as fx
from wizfi_emu.recording.format import Batch, Recording
from wizfi_emu.recording.replay import Difference, replay, show_difference
from wizfi_emu.testing.virtual import VirtualModule

SESSIONS = [talk_to_peers, use_data_mode]


def with_effects(recording: Recording, index: int, *effects: fx.Effect) -> Recording:
    """The recording in which an event had caused other effects."""
    batches = list(recording.batches)
    batches[index] = changed(batches[index], effects=effects)
    return changed(recording, batches=tuple(batches))


def first_answer(recording: Recording) -> int:
    """The event after which the module first sent an OK."""
    return next(i for i, batch in enumerate(recording.batches) if fx.UartSend(b"[OK]\r\n") in batch.effects)


@pytest.mark.parametrize("redacted", [True, False])
@pytest.mark.parametrize("session", SESSIONS)
def test_a_replay_is_identical_and_counts(session: Callable[[Desk], None], redacted: bool) -> None:
    recording = record(session, redacted=redacted)
    result = replay(recording)
    assert result.difference is None
    assert not result.cut_off
    assert result.events == len(recording.batches)
    assert result.events + result.effects == len(list(recording.items()))
    sent = b"".join(item.data for _, item in recording.items() if isinstance(item, fx.UartSend))
    assert result.sent_bytes == len(sent) == replay(recording, bytes_only=True).sent_bytes


def test_another_effect_is_a_difference() -> None:
    recording = record(use_data_mode)
    index = first_answer(recording)
    wrong = with_effects(recording, index, fx.UartSend(b"AT+WSET=0,WizFiDemoAP\r\n"), fx.UartSend(b"[KO]\r\n"))
    found = replay(wrong).difference
    right = recording.batches[index].effects
    assert found is not None
    assert found.batch == index
    assert found.recorded == wrong.batches[index].effects[found.position]
    assert found.replayed == right[found.position]
    lines = show_difference(wrong, found, context=2)
    assert sum(line.startswith("-") for line in lines) == sum(line.startswith("+") for line in lines) == 1
    assert len(lines) <= 6


def test_fewer_and_more_effects_are_differences() -> None:
    recording = record(use_data_mode)
    index = first_answer(recording)
    effects = recording.batches[index].effects
    less = replay(with_effects(recording, index, *effects[:-1])).difference
    assert less == Difference(index, len(effects) - 1, None, effects[-1])
    more = replay(with_effects(recording, index, *effects, fx.Leave())).difference
    assert more == Difference(index, len(effects), fx.Leave(), None)
    for wrong, found in ((with_effects(recording, index, *effects[:-1]), less),):
        assert found is not None
        shown = show_difference(wrong, found, context=1)
        assert shown[1].split() == ["-", "nothing", "more"]


def test_bytes_only_looks_at_nothing_else() -> None:
    recording = record(use_data_mode)
    index = first_answer(recording)
    effects = recording.batches[index].effects
    sent = b"".join(effect.data for effect in effects if isinstance(effect, fx.UartSend))
    in_two_pieces = with_effects(recording, index, fx.Leave(), fx.UartSend(sent[:3]), fx.UartSend(sent[3:]))
    assert replay(in_two_pieces, bytes_only=True).difference is None
    assert replay(in_two_pieces).difference is not None
    other = with_effects(recording, index, fx.UartSend(sent[:-1] + b"!"))
    assert replay(other, bytes_only=True).difference is not None


def test_a_program_that_was_killed_after_an_event() -> None:
    recording = record(talk_to_peers)
    for keep in range(3):
        index = next(i for i, batch in enumerate(recording.batches) if len(batch.effects) > 3)
        cut = changed(recording, batches=recording.batches[: index + 1])
        cut = with_effects(cut, index, *recording.batches[index].effects[:keep])
        result = replay(cut)
        assert result.difference is None
        assert result.cut_off


def test_times_count() -> None:
    """The events alone are not what makes the machine do the same."""
    recording = record(use_data_mode)
    late = tuple(Batch(0, batch.event, batch.effects) for batch in recording.batches)
    assert replay(changed(recording, batches=late)).difference is not None


def test_an_empty_recording() -> None:
    result = replay(changed(record(use_data_mode), batches=()))
    assert (result.events, result.difference) == (0, None)


@pytest.mark.slow
@pytest.mark.parametrize("redacted", [True, False])
def test_recorded_vectors(redacted: bool) -> None:
    """Every eighth session of the recorded ones."""
    for vector in read_vectors("public.jsonl")[::8]:
        tape = Tape(firmware="1.0.5.2", redacted=redacted)
        bench = VirtualModule(tape.header.firmware, load_world("demo"), observers=[tape.recorder])
        player = Player(bench=bench)
        assert player.play(vector["steps"]) == []
        assert replay(tape.end()).difference is None, vector["id"]
