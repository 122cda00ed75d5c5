"""The page: one file, nothing from outside, nothing that the recording could slip in."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

from tests.recording.sessions import Tape, record, use_data_mode
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.report.page import make_report


def part(page: str, tag: str) -> str:
    [found] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    return str(found)


def test_the_page_needs_nothing_else() -> None:
    page = make_report(record(use_data_mode), "session.jsonl")
    assert not re.search(r"""(?:src|href)=|url\(|@import|https?://""", page)
    [policy] = re.findall(r'Content-Security-Policy" content="(.*?)"', page)
    allowed = unescape(policy)
    for kind, tag in (("style", "style"), ("script", "script")):
        digest = b64encode(sha256(part(page, tag).encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in allowed
    assert allowed.startswith("default-src 'none'; ")


def test_the_data_can_be_read() -> None:
    page = make_report(record(use_data_mode), "session.jsonl")
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    data = json.loads(text)
    assert data["meta"]["recording"] == "session.jsonl"
    assert data["meta"]["secrets"] == "replaced"
    assert data["lanes"][:3] == ["host", "module", "access point"]
    assert [value for _, value in data["modes"]] == ["command", "data", "command"]


def test_names_and_texts_of_a_recording_are_no_html() -> None:
    bad = "</script><script>alert(1)</script><!--"
    tape = Tape(redacted=False)
    tape.recorder(ev.TimeReached(), 0)
    tape.recorder(fx.Log("info", bad), 0)
    tape.recorder(fx.Scan(1, ssid=bad.encode()), 0)
    page = make_report(tape.end(), f"<b>{bad}%DATA%")
    assert bad not in page
    assert "<b>" not in page
    assert page.count("<script") == 2
    assert page.count("<!--") == 0
