"""The whole of a calibration: plays the plan on a module, and says what the module is."""

from typing import NamedTuple

from wizfi_emu.calibrate.bench import Model
from wizfi_emu.calibrate.infer import Inference, infer
from wizfi_emu.calibrate.load import known_personalities
from wizfi_emu.calibrate.measure import TIMES, Measured, measured, timing_from
from wizfi_emu.calibrate.nearest import Likeness, nearest, with_found
from wizfi_emu.calibrate.plan import Link, Stage
from wizfi_emu.calibrate.play import Played
from wizfi_emu.calibrate.session import Session
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.timing import Timing

BASE = "1.0.5.2"
"""What the model is where no probe says otherwise; nothing depends on it."""


class Learned(NamedTuple):
    """What a module has answered, and what it is by that."""

    plays: list[Played]
    inference: Inference
    nearest: Likeness
    found: Firmware
    """The nearest personality with what was decided in place of its own."""
    results: list[Measured]
    timing: Timing

    @property
    def unknown_texts(self) -> list[Played]:
        """The probes whose answers no personality gives."""
        return self.inference.unexplained


def learn(session: Session, stage: Stage, link: Link, *, times: int = TIMES) -> Learned:
    """Ask everything up to a stage and a link, each time ``times`` over; 0 leaves the times out."""
    plan = session.plan
    model = new_model(session)
    plays = session.run(plan.chosen(stage, link))
    inference = infer(plays, model, known_personalities())
    decided = inference.decided
    near = nearest(known_personalities(), plays, model, decided.get("version"))
    found = with_found(near.firmware, decided)
    results = measure(session, stage, link, found, times) if times else []
    timing = timing_from(results, f"a module, firmware {found.version}, as calibrate measured it")
    return Learned(plays, inference, near, found, results, timing)


def new_model(session: Session) -> Model:
    """The virtual module that a session's answers are compared with."""
    return Model(session.plan, load_firmware(BASE), session.network)


def measure(session: Session, stage: Stage, link: Link, found: Firmware, times: int = TIMES) -> list[Measured]:
    """Take the times. The serial line comes first: what it takes is no part of the others."""
    model = new_model(session)
    measures = session.plan.measured(stage, link)
    plays = session.run((one.probe for one in measures), times=times)
    byte_cost = 1.0
    results = []
    for one in measures:
        taken = [played for played in plays if played.probe.name == one.name]
        result = measured(one, taken, model.paced(one.probe, found, byte_cost))
        if result is None:
            continue
        results.append(result)
        if one.key == "uart_byte_cost":
            byte_cost = max(1.0, result.median)
    return results
