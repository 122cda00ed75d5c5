"""The files that run fleets on Kubernetes and with compose: they are valid, and fit to the image and to themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from wizfi_emu.cli.run import command

ROOT = Path(__file__).parents[2]
FLEET = ROOT / "examples" / "fleet"
MANIFESTS = (FLEET / "kubernetes.yaml", ROOT / "examples" / "campaign" / "kubernetes.yaml")
KUBERNETES = ("1.29", "1.37")
"""The oldest version that knows all fields, and the newest that the schemas are there for."""

VARIABLES = {param.envvar for param in command.params}


def validate(manifest: Path, version: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kubernetes_validate", "--strict", "-k", version, str(manifest)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def documents() -> tuple[dict[str, Any], dict[str, Any]]:
    service, stateful_set = yaml.safe_load_all(MANIFESTS[0].read_text())
    return service, stateful_set["spec"]


def count_of(words: list[str]) -> int:
    return int(words[words.index("--count") + 1])


def port_of(text: str) -> int:
    found = re.search(r":(\d+)", text)
    assert found is not None
    return int(found[1])


@pytest.mark.slow
@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.parent.name)
def test_manifests_are_valid(manifest: Path, version: str) -> None:
    result = validate(manifest, version)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.slow
def test_a_slip_is_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(MANIFESTS[0].read_text().replace("readOnlyRootFilesystem", "readonlyRootFilesystem"))
    assert validate(wrong, KUBERNETES[-1]).returncode != 0


def test_each_module_has_its_ports() -> None:
    service, spec = documents()
    (container,) = spec["template"]["spec"]["containers"]
    variables = {one["name"]: one.get("value", "") for one in container["env"]}
    first = port_of(variables["WIZFI_EMU_SERIAL"])
    serial = [(f"serial-{index}", first + index) for index in range(count_of(container["args"]))]
    assert [(one["name"], one["port"]) for one in service["spec"]["ports"]] == serial
    control = ("control", port_of(variables["WIZFI_EMU_CONTROL"]))
    assert [(one["name"], one["containerPort"]) for one in container["ports"]] == [*serial, control]
    assert variables.keys() - {"TOKEN"} <= VARIABLES
    assert spec["serviceName"] == service["metadata"]["name"]
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"] == service["spec"]["selector"]


def test_a_pod_may_do_little() -> None:
    _, spec = documents()
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    user = re.search(r"^USER (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert user is not None
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == int(user[1])
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    volumes = {one["name"] for one in pod["volumes"]} | {
        one["metadata"]["name"] for one in spec["volumeClaimTemplates"]
    }
    assert {one["name"] for one in container["volumeMounts"]} == volumes


def test_compose() -> None:
    compose = yaml.safe_load((FLEET / "compose.yaml").read_text())
    modules = compose["services"]["modules"]
    last = count_of(modules["command"]) - 1
    firsts = [port_of(modules["environment"][name]) for name in ("WIZFI_EMU_SERIAL", "WIZFI_EMU_CONTROL")]
    ranges = [f"{first}-{first + last}" for first in firsts]
    assert modules["ports"] == [f"127.0.0.1:{ports}:{ports}" for ports in ranges]
    assert modules["environment"].keys() <= VARIABLES
    assert modules["read_only"]
    assert modules["cap_drop"] == ["ALL"]
    assert modules["environment"]["WIZFI_EMU_HOST_ADDRESS"] in compose["services"]
    assert (FLEET / modules["build"]).resolve() == ROOT
