"""The files that a calibration leaves: a personality and a timing, as YAML with their reasons. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from wizfi_emu.calibrate.infer import Inference
from wizfi_emu.calibrate.measure import Measured
from wizfi_emu.calibrate.nearest import Likeness
from wizfi_emu.firmware import Firmware
from wizfi_emu.timing import Timing

UNKNOWN_CHARACTERS = 400
"""What is shown of an answer that is not known."""
NAMING = ("name", "description", "version", "command_level")
"""What a personality says itself even where it is as in the one that it inherits from."""


def personality_text(
    name: str, base: Firmware, found: Firmware, inference: Inference, reasons: Mapping[str, str]
) -> str:
    """A personality file that inherits from the nearest one and says what is different.

    ``reasons``: what would decide the switches that are not decided.
    """
    description = f"a module as calibrate found it, nearest to {base.name}"
    lines = [
        f"# A module, by its answers to {_count(inference)} probes. wizfi-emu run --firmware FILE",
        f"inherits: {_yaml(base.name)}",
        f"name: {_yaml(name)}",
        f"description: {_yaml(description)}",
        f"version: {_yaml(found.version)}",
        f"command_level: {_yaml(found.command_level)}",
    ]
    decided = inference.decided
    own = [switch for switch in decided if switch not in NAMING and getattr(found, switch) != getattr(base, switch)]
    if own:
        lines += ["", f"# different from {base.name}"]
        lines += [f"{switch}: {_yaml(getattr(found, switch))}" for switch in own]
    same = [switch for switch in decided if switch not in own and switch not in NAMING]
    if same:
        lines += ["", f"# found as in {base.name}", *_wrapped(same)]
    lines += ["", f"# not decided, so as in {base.name}: what would decide them"]
    for switch in Firmware.__struct_fields__:
        if switch in decided or switch in NAMING:
            continue
        left = inference.possible.get(switch)
        values = f" ({' or '.join(_yaml(value) for value in left)})" if left else ""
        lines.append(f"#   {switch}{values}: {reason(switch, inference, reasons)}")
    return "\n".join(lines) + "\n"


def timing_text(timing: Timing, results: Sequence[Measured], not_measured: Iterable[str]) -> str:
    """A timing file, each value with its spread."""
    spread = {result.measure.key: result.text for result in results if result.measure.key}
    lines = [f"description: {_yaml(timing.description)}", f"paced: {_yaml(timing.paced)}", ""]
    for key, text in spread.items():
        lines.append(f"{key}: {_yaml(getattr(timing, key)):<8} # measured: {text}")
    if "reset_ms" in spread:
        lines.append(f"boot_ms: {_yaml(timing.boot_ms):<8} # not measured: as after a reset")
    others = [result for result in results if not result.measure.key]
    if others:
        lines += ["", "# Measured, and no part of a timing:"]
        lines += [f"#   {result.measure.asks}: {result.text}" for result in others]
    if missing := list(not_measured):
        lines += ["", f"# Not measured: {', '.join(missing)}"]
    return "\n".join(lines) + "\n"


def summary_lines(
    nearest: Likeness, found: Firmware, inference: Inference, results: Sequence[Measured]
) -> Iterator[str]:
    """What was found, for people."""
    yield f"firmware {found.version}, hardware {found.hardware}"
    yield f"nearest: {nearest.firmware.name}, {nearest.equal} of {nearest.probes} probes equal, {nearest.percent:.1f} %"
    decided = inference.decided
    own = [switch for switch in decided if getattr(found, switch) != getattr(nearest.firmware, switch)]
    total = len(Firmware.__struct_fields__) - 2
    yield f"switches: {len(decided)} of {total} decided, {len(own)} of them different from {nearest.firmware.name}"
    for switch in own:
        yield f"  {switch}: {_yaml(getattr(found, switch))} and not {_yaml(getattr(nearest.firmware, switch))}"
    for played in inference.unexplained:
        answers = " | ".join(ascii(exchange.answer.decode("latin-1"))[1:-1] for exchange in played.exchanges)
        yield f"  answers that no personality gives, to {played.probe.name}: {answers[:UNKNOWN_CHARACTERS]}"
    for result in results:
        yield f"{result.measure.asks}: {result.text}"


def not_measured(results: Sequence[Measured]) -> list[str]:
    """The keys of timing files that nothing was measured for."""
    measured = {result.measure.key for result in results}
    return [key for key in Timing.__struct_fields__ if key not in ("description", "paced", "boot_ms", *measured)]


def reason(switch: str, inference: Inference, reasons: Mapping[str, str]) -> str:
    """Why a switch is not decided, or what would decide it."""
    if switch in reasons:
        return reasons[switch]
    unexplained = [played.probe.name for played in inference.unexplained if switch in played.probe.decides]
    if unexplained:
        return f"answers that no value gives: {', '.join(unexplained)}"
    if switch in inference.possible:
        return "this module answers alike with each of them"
    return "a later stage, or a network: wizfi-emu calibrate --help"


def _count(inference: Inference) -> int:
    return len({name for names in inference.asked.values() for name in names})


def _wrapped(words: Sequence[str], width: int = 110) -> list[str]:
    lines = ["#  "]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("#  ")
        lines[-1] += f" {word}"
    return lines


def _yaml(value: object) -> str:
    """A value as YAML takes it."""
    return json.dumps(value, ensure_ascii=False)
