"""The files for CI: the steps of the action, what containers run, the test for PlatformIO; without their engines."""

from __future__ import annotations

import os
import re
import signal
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

from tests.examples.test_twice import Echo
from tests.programs import need
from tests.test_image import entered
from wizfi_emu.cli.run import command
from wizfi_emu.testing.running import RunningModule

HERE = Path(__file__).parents[2] / "examples" / "ci"
PROGRAMS = Path(sys.executable).parent
LIMIT_S = 60
UNITY = """
#include <cstdio>
static int failures;
#define UNITY_BEGIN() (void)0
#define RUN_TEST(test) (setUp(), test(), tearDown())
#define TEST_ASSERT_TRUE(what) do { if (!(what)) { failures++; puts(#what); } } while (0)
#define UNITY_END() failures
"""
"""As much of the test framework as one assertion needs."""


def read(name: str) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    found: dict[str, dict[str, dict[str, dict[str, str]]]] = yaml.safe_load((HERE / name).read_text())
    return found


def variables(name: str) -> dict[str, str]:
    """What a file sets for the module's container."""
    if name == "compose.yaml":
        return {key: str(value) for key, value in read(name)["services"]["module"]["environment"].items()}
    return {key: str(value) for key, value in read(name)["driver"]["variables"].items()}


@pytest.mark.parametrize("name", ["compose.yaml", "gitlab-ci.yml"])
def test_variables_are_those_of_options(name: str) -> None:
    assert set(variables(name)) <= {param.envvar for param in command.params}


def test_the_workflow_uses_the_action() -> None:
    steps = yaml.safe_load((HERE / "github.yml").read_text())["jobs"]["driver"]["steps"]
    assert "./wizfi-emu/examples/ci" in [step.get("uses") for step in steps]
    action = yaml.safe_load((HERE / "action.yml").read_text())
    assert action["runs"]["steps"][0]["run"].endswith('"$GITHUB_ACTION_PATH/../..[web]"')


@pytest.mark.slow
def test_the_module_of_the_action_runs_behind_its_step(tmp_path: Path) -> None:
    action = yaml.safe_load((HERE / "action.yml").read_text())
    [step] = [step for step in action["runs"]["steps"] if step.get("id") == "run"]
    assert set(step["env"]) == {"LINK", "OPTIONS"}
    environment = os.environ | {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "XDG_RUNTIME_DIR": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_ENV": str(tmp_path / "env"),
        "LINK": str(tmp_path / "wizfi"),
        "OPTIONS": action["inputs"]["options"]["default"],
    }
    subprocess.run(["bash", "-e", "-c", step["run"]], env=environment, check=True, timeout=LIMIT_S)
    listed = subprocess.run(
        ["wizfi-emu", "ctl", "list"], env=environment, capture_output=True, text=True, check=True, timeout=LIMIT_S
    ).stdout
    process, link, _ = listed.splitlines()[-1].split()
    try:
        assert (tmp_path / "output").read_text() == f"port={tmp_path / 'wizfi'}\n"
        assert (tmp_path / "env").read_text() == f"WIZFI_PORT={tmp_path / 'wizfi'}\n"
        assert link == str(tmp_path / "wizfi")
    finally:
        os.kill(int(process), signal.SIGTERM)


@pytest.mark.slow
def test_the_compose_file_in_small(tmp_path: Path) -> None:
    """Module and peer as the containers run them; the peer is known by a name of this machine."""
    own = variables("compose.yaml") | {"WIZFI_EMU_HOST_ADDRESS": "localhost", "WIZFI_EMU_ALLOW": "localhost"}
    own["WIZFI_EMU_LISTEN_ADDRESS"] = "127.0.0.1"
    own["WIZFI_EMU_SERIAL"] = re.sub(r"0\.0\.0\.0:\d+", "127.0.0.1:0", own["WIZFI_EMU_SERIAL"])
    tests = read("compose.yaml")["services"]["tests"]
    assert "python3 /join.py rfc2217://module:7000" in str(tests["command"])
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as peer, entered(tmp_path, **own) as module:
        peer.daemon_threads = True
        thread = threading.Thread(target=peer.serve_forever, args=(0.05,))
        thread.start()
        assert module.stdout is not None
        try:
            port = module.stdout.readline().strip()
            result = subprocess.run(
                [sys.executable, HERE / "join.py", port, str(peer.server_address[1])],
                capture_output=True,
                text=True,
                check=False,
                timeout=LIMIT_S,
            )
        finally:
            peer.shutdown()
            thread.join()
    assert result.stdout == "joined, and heard the echo\n", result.stderr


@pytest.mark.slow
def test_the_platformio_test_is_built_and_passes(wizfi: RunningModule, tmp_path: Path) -> None:
    need("g++")
    (tmp_path / "unity.h").write_text(UNITY)
    source = HERE / "platformio" / "test" / "test_module" / "test_module.cpp"
    program = tmp_path / "program"
    # -Wno-unused-result: a write that fails shows in what does not come.
    build = f"g++ -Wall -Wextra -Werror -Wno-unused-result -I{tmp_path} -o {program} {source}".split()
    subprocess.run(build, check=True, timeout=LIMIT_S)
    environment = os.environ | {"WIZFI_PORT": wizfi.port}
    result = subprocess.run([program], env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert (result.returncode, result.stdout) == (0, "")
