"""Putting a module under control: reachable and registered inside the context, gone after it."""

from __future__ import annotations

import importlib.util
import logging
import os
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
import trio

from tests.device.devices import on_table
from wizfi_emu.control.client import Client, find_target
from wizfi_emu.control.registry import running_modules
from wizfi_emu.device.control import controlled
from wizfi_emu.errors import UserError

# The server is imported, and clients connect to it.
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "runtime"
    path.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(path))
    return path


@pytest.mark.parametrize("address", ["auto", "127.0.0.1:0"])
async def test_from_begin_to_end(address: str, runtime: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with on_table() as table:
        with controlled(table.device, address, table.nursery, link=Path("/tmp/wizfi")):
            [entry] = running_modules()
            assert (entry.pid, entry.device, entry.link) == (os.getpid(), "fake", "/tmp/wizfi")
            assert f"control: {entry.url}" in caplog.text
            client = Client(find_target("/tmp/wizfi"))
            state = await trio.to_thread.run_sync(client.get, "/api/state")
            assert isinstance(state, dict)
            assert state["mode"] == "command"
            assert state["serial"]["link"] == "/tmp/wizfi"
        assert running_modules() == []
        assert list((runtime / "wizfi-emu").iterdir()) == []
        with pytest.raises(UserError, match="no module answers"):
            await trio.to_thread.run_sync(client.get, "/api/state")


async def test_a_client_that_comes_before_the_server_is_imported_waits() -> None:
    """The socket listens at once; the rest of the start takes longer than that of a module."""
    async with on_table() as table:
        with controlled(table.device, "auto", table.nursery):
            client = Client(find_target())
            with trio.fail_after(30):
                assert await trio.to_thread.run_sync(client.get, "/api/state")


async def test_the_end_before_the_server_has_begun() -> None:
    async with on_table() as table:
        with controlled(table.device, "auto", table.nursery):
            pass
        await trio.testing.wait_all_tasks_blocked()
    assert running_modules() == []


@pytest.mark.parametrize("missing", ["starlette", "hypercorn"])
async def test_without_the_packages_it_says_which_to_install(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    real = importlib.util.find_spec

    def find_spec(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == missing else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    async with on_table() as table:
        with (
            pytest.raises(UserError, match=r"^--control needs starlette and hypercorn: "),
            controlled(table.device, "auto", table.nursery),
        ):
            pytest.fail("it has begun")


async def test_other_machines_get_a_word_of_warning(caplog: pytest.LogCaptureFixture) -> None:
    async with on_table() as table:
        with controlled(table.device, "0.0.0.0:0", table.nursery):
            pass
    assert "reachable from other machines" in caplog.text


async def test_where_it_cannot_be_registered_it_is_controlled_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    async with on_table() as table:
        with controlled(table.device, f"unix:{tmp_path / 'x.sock'}", table.nursery):
            assert "finds this module only by --control" in caplog.text
            client = Client(find_target(control=f"unix:{tmp_path / 'x.sock'}"))
            assert await trio.to_thread.run_sync(client.get, "/api/state")


async def test_a_wrong_address_leaves_nothing_behind(tmp_path: Path) -> None:
    async with on_table() as table:
        for address in ("nonsense", "127.0.0.1:99999", f"unix:{tmp_path}"):
            with pytest.raises(UserError, match="--control"), controlled(table.device, address, table.nursery):
                pytest.fail("it has begun")
        assert running_modules() == []
