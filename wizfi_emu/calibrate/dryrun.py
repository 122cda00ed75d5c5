"""Everything that a calibration would send, as lines for people."""

from collections.abc import Iterator

from wizfi_emu.calibrate.backup import FACTORY, OTHERS
from wizfi_emu.calibrate.load import load_plan
from wizfi_emu.calibrate.plan import Link, Plan, Probe, Stage, as_step
from wizfi_emu.calibrate.play import sent_by


def dry_run(stage: Stage, link: Link, times: int) -> Iterator[str]:
    """The lines, each probe's below what it asks; ``<...>`` is what only the module or the user can say."""
    plan = load_plan()
    probes = plan.chosen(stage, link)
    measures = plan.measured(stage, link) if times else ()
    yield "# is a module there? (the first bytes; AT+SDATA only to go back to a data mode that was left by them)"
    yield from ("(nothing) 1.1 s", "(bytes) +++", "(nothing) 1.1 s", "(an empty line)", "AT", "AT+SDATA")
    yield "# is it in use?"
    yield from ("AT+MMSG=?", "AT+SMGMT=?", "AT+WSTAT")
    if stage != "read":
        yield "# what it has set: kept in a file"
        yield from _backup_lines(plan)
    for probe in probes:
        yield from _probe_lines(plan, probe, 1)
    for measure in measures:
        yield from _probe_lines(plan, measure.probe, times)
    if stage != "read":
        yield "# what was changed is put back: after each probe, and at the end also behind an interruption"
        yield from ("AT+MPROF=L", *(setting.put.replace("{}", "<as it was>") for setting in plan.settings))
    if stage == "flash":
        yield "# and in flash, as far as it is different"
        yield from (
            "AT+SMGMT=ALL",
            "AT+WLEAVE",
            "AT+WSET2=<mode>,<as it was> (or AT+WSET)",
            "AT+WSEC=<mode>,<as it was>",
            "AT+WREG=<as it was>",
            "AT+MSPI=<as it was>",
            f"AT+MFDEF=FR (where {', '.join(FACTORY)} are those of the factory)",
            "AT+MPROF=S",
        )
    probe_s = sum(probe.about_s for probe in probes)
    total_s = probe_s + sum(measure.about_s * times for measure in measures)
    yield f"# {len(probes)} probes, {len(measures)} times measured {times} times; about {total_s:.0f} s"


def _backup_lines(plan: Plan) -> Iterator[str]:
    yield from (setting.ask for setting in plan.settings)
    yield from ("AT+MPROF=L", "AT+MPROF=VD", *OTHERS, "AT+WSET2=?")


def _probe_lines(plan: Plan, probe: Probe, times: int) -> Iterator[str]:
    repeated = f", {times} times" if times > 1 else ""
    yield f"# {probe.stage}: {probe.name}: {probe.asks}{repeated}"
    if probe.link != "none":
        yield from plan.links[probe.link]
    yield from sent_by(probe)
    undo = Probe(name=probe.name, asks="", lines=tuple(as_step(line) for line in probe.undo))
    yield from sent_by(undo)
