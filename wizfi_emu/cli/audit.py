"""``wizfi-emu audit``: the situations of the field bugs around a host program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wizfi_emu.audit.judge import Verdict
    from wizfi_emu.audit.situations import Situation
    from wizfi_emu.explore.play import Player

EXIT_FOUND = 1
SECONDS = 30.0


class SituationName(click.ParamType[str]):
    """The name of a situation."""

    name = "NAME"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from wizfi_emu.audit.situations import load_situations

        names = [situation.name for situation in load_situations()]
        if value not in names:
            self.fail(f"there is no situation {value!r}; expected one of {', '.join(names)}", param, ctx)
        return value


@click.command(name="audit")
@click.argument("scenario", required=False, type=click.Path(path_type=Path))
@click.option("--exec", "program", metavar="CMD", help="The host program; {port} is what it opens.")
@click.option("--lockstep", is_flag=True, help="In one virtual time with the host program: fast, and the same again.")
@click.option("--only", multiple=True, type=SituationName(), help="This situation beside the calm one; repeatable.")
@click.option("--without", multiple=True, type=SituationName(), help="Without this situation; repeatable.")
@click.option("--for", "seconds", type=click.FloatRange(1, 3600), default=SECONDS, metavar="SECONDS", show_default=True)
@click.option("--seed", type=int, metavar="N", help="Of every chance, in place of the scenario's.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Write each bad one as a scenario.")
@click.option("--json", "as_json", is_flag=True, help="Print the score card as JSON.")
@click.option("--list", "list_", is_flag=True, help="List the situations.")
def command(
    scenario: Path | None,
    program: str | None,
    lockstep: bool,
    only: tuple[str, ...],
    without: tuple[str, ...],
    seconds: float,
    seed: int | None,
    out: Path | None,
    as_json: bool,
    list_: bool,
) -> int:
    """Try what has hurt other hosts.

    It happens to a host program, one situation after another, and there is a score card. SCENARIO has the host's world
    and peers, and what is expected when nothing goes wrong. Without one there is the demo world with an echo at
    {echo.port}, and the host may run for --for seconds. The exit status is 0 when it survives everything, 1 when
    something is bad, and 2 for a mistake.

    \b
    Example:
        wizfi-emu audit --lockstep --exec "python3 host.py {port} 192.168.12.1 {echo.port}"
        wizfi-emu audit calm.yaml --exec "./host {port}" --out bad
    """
    from wizfi_emu.audit.judge import chosen
    from wizfi_emu.audit.situations import load_situations

    situations = chosen(load_situations(), only, without)
    if list_:
        width = max(len(situation.name) for situation in situations)
        for situation in situations:
            click.echo(f"{situation.name:<{width}}  {situation.story}")
        return 0
    player = _player(scenario, program, lockstep, seconds, seed)
    return _print_card(player, situations, out, as_json=as_json)


def _player(scenario: Path | None, program: str | None, lockstep: bool, seconds: float, seed: int | None) -> Player:
    from wizfi_emu.audit.judge import fitted, scenario_for
    from wizfi_emu.cli.scenario import with_program
    from wizfi_emu.errors import UserError
    from wizfi_emu.explore.play import Player
    from wizfi_emu.scenario.check import check_scenario
    from wizfi_emu.scenario.model import read_scenario

    if scenario is None:
        if program is None:
            raise click.UsageError("audit needs a host program: --exec, or a scenario with exec")
        return fitted(Player(scenario_for(program, seconds), seed or 0, Path(), lockstep), seconds)
    known = read_scenario(scenario)
    check_scenario(known)
    known, directory = with_program(known, scenario, program)
    if known.host is None:
        raise UserError(f"{scenario}: audit is for a host program; there is no exec, and no --exec")
    if known.module.flash != ":memory:":
        raise UserError(f"{scenario}: module.flash: expected :memory:, so that each run begins with the same settings")
    return Player(known, known.seed if seed is None else seed, directory, lockstep)


def _print_card(player: Player, situations: list[Situation], out: Path | None, *, as_json: bool) -> int:
    import json

    from wizfi_emu.audit import card
    from wizfi_emu.audit.judge import judge

    width = max(len(situation.name) for situation in situations)
    verdicts: list[Verdict] = []
    for verdict in judge(player, situations):
        verdicts.append(verdict)
        if out is not None:
            _write(verdict, player, out)
        if not as_json:
            for line in card.lines_of(verdict, width):
                click.echo(line)
    if as_json:
        click.echo(json.dumps([card.as_json(verdict) for verdict in verdicts], indent=2))
    else:
        click.echo(card.score(verdicts, situations))
    failed = len(verdicts) < len(situations) or any(verdict.outcome == "BAD" for verdict in verdicts)
    return EXIT_FOUND if failed else 0


def _write(verdict: Verdict, player: Player, out: Path) -> None:
    """Each finding as explore writes it: a scenario, its recording, its report."""
    from wizfi_emu.audit.judge import placed_in, schedule_of
    from wizfi_emu.explore.failures import write_failure
    from wizfi_emu.explore.search import Failure

    for finding in verdict.findings:
        folder = out / verdict.situation.name
        folder.mkdir(parents=True, exist_ok=True)
        placed = placed_in(player.patient(), verdict.situation, folder)
        write_failure(Failure(finding, schedule_of(verdict.situation), 1, 0.0), placed, folder)
