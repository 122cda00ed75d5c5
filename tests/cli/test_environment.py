"""Environment variables in the place of options."""

from __future__ import annotations

import logging

import click
import pytest
from click.testing import CliRunner

from wizfi_emu.cli import environment
from wizfi_emu.cli.run import command as run


@click.command()
@click.option("-n", "--host-address", default="nothing")
@click.option("--switch", "switches", multiple=True)
@click.option("--force", is_flag=True)
@click.option("-v", "--verbose", count=True)
def small(**options: object) -> None:
    click.echo(options)


environment.name_variables(small)


def given(variables: dict[str, str], *arguments: str) -> str:
    result = CliRunner().invoke(small, arguments, env=variables)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_a_variable_stands_for_an_option_of_each_kind() -> None:
    variables = {
        "WIZFI_EMU_HOST_ADDRESS": "echo",
        "WIZFI_EMU_SWITCH": "a=1 b=2",
        "WIZFI_EMU_FORCE": "1",
        "WIZFI_EMU_VERBOSE": "2",
    }
    assert given(variables) == "{'host_address': 'echo', 'switches': ('a=1', 'b=2'), 'force': True, 'verbose': 2}"


def test_the_command_line_comes_first_and_an_empty_variable_is_none() -> None:
    assert "'host_address': 'line'" in given({"WIZFI_EMU_HOST_ADDRESS": "echo"}, "-n", "line")
    assert "'host_address': 'nothing'" in given({"WIZFI_EMU_HOST_ADDRESS": ""})


def test_every_option_of_run_has_a_variable() -> None:
    names = {param.envvar for param in run.params}
    assert len(names) == len(run.params)
    assert names >= {"WIZFI_EMU_SERIAL", "WIZFI_EMU_SWITCH", "WIZFI_EMU_FORCE", "WIZFI_EMU_LISTEN_ADDRESS"}


def test_a_slip_is_told_and_what_kubernetes_sets_is_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("WIZFI_EMU_HOST_ADRESS", "WIZFI_EMU_SERVICE_HOST", "WIZFI_EMU_PORT_7000_TCP", "WIZFI_EMU_FORCE"):
        monkeypatch.setenv(name, "x")
    with caplog.at_level(logging.WARNING):
        environment.warn_of_slips(small)
    assert [record.message for record in caplog.records] == [
        "WIZFI_EMU_HOST_ADRESS sets nothing; did you mean WIZFI_EMU_HOST_ADDRESS?"
    ]
