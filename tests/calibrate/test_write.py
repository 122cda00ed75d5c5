"""The files of a calibration: what they say, and that they are loaded."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizfi_emu.calibrate.infer import Inference
from wizfi_emu.calibrate.load import load_plan
from wizfi_emu.calibrate.measure import Measured, timing_from
from wizfi_emu.calibrate.write import personality_text, timing_text
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.timing import load_timing

PLAN = load_plan()
MEASURES = {measure.name: measure for measure in PLAN.measures}


def test_a_personality_says_what_is_different_and_loads(tmp_path: Path) -> None:
    base = load_firmware("1.0.4.4")
    found = msgspec.structs.replace(base, smgmt_header='My "header"', fsock_options=(1, 3), version="9.8.7.6")
    possible: dict[str, tuple[object, ...]] = {
        "smgmt_header": (found.smgmt_header,),
        "fsock_options": ((1, 3),),
        "mcustom_padded": (True,),
        "idle_resets": (False, True),
        "version": ("9.8.7.6",),
    }
    text = personality_text("mine", base, found, Inference(possible), PLAN.undecided)
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    loaded = load_firmware(str(path))
    assert msgspec.structs.replace(loaded, name=found.name, description=found.description) == found
    assert "# found as in 1.0.4.4\n#   mcustom_padded\n" in text
    assert "#   idle_resets (false or true): this module answers alike with each of them\n" in text
    assert "#   ssend_tries: a peer that stops reading\n" in text
    assert "#   wset_station_raw: a later stage, or a network" in text


def test_a_timing_says_how_it_was_measured_and_loads(tmp_path: Path) -> None:
    results = [
        Measured(MEASURES["reset"], 812, 800, 903, 5),
        Measured(MEASURES["serial line"], 1.08, 1.07, 1.09, 5),
        Measured(MEASURES["answers"], 2.5, 2, 3, 5),
    ]
    timing = timing_from(results, "mine")
    path = tmp_path / "timing.yaml"
    path.write_text(timing_text(timing, results, ["data_mode_us_per_byte"]))
    assert load_timing(str(path)) == timing
    assert (timing.reset_ms, timing.boot_ms, timing.uart_byte_cost) == (812, 812, 1.08)
    text = path.read_text()
    assert "# measured: 812 ms (800 to 903, 5 times)" in text
    assert "#   the answer to AT: 2.5 ms (2 to 3, 5 times)\n" in text
    assert text.endswith("# Not measured: data_mode_us_per_byte\n")
