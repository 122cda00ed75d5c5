"""The site: links between the pages of the checkout lead to pages, and one that leads nowhere ends the build."""

from __future__ import annotations

from pathlib import Path

import pytest
from build_site import ROOT, build, with_links_to_pages


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("../examples/qemu", "../examples/qemu/README.md"),
        ("../examples/qemu/", "../examples/qemu/README.md"),
        ("../examples#x", "../examples/README.md#x"),
        ("worlds.md#chance", "worlds.md#chance"),
        ("https://example.com/examples", "https://example.com/examples"),
        ("#here", "#here"),
    ],
)
def test_a_link_to_a_folder_leads_to_its_page(link: str, leads: str) -> None:
    assert with_links_to_pages(f"See [it]({link}), or not.", ROOT / "docs") == f"See [it]({leads}), or not."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "status"),
    [("[good](other.md#there)", 0), ("[bad](nowhere.md)", 1), ("[bad](other.md#nowhere)", 1), ("[bad](nowhere.py)", 1)],
)
def test_a_link_that_leads_nowhere_fails(tmp_path: Path, text: str, status: int) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "README.md").write_text(f"# One\n\n{text}\n")
    (tmp_path / "pages" / "other.md").write_text("# Other\n\n## There\n\nText.\n")
    configuration = tmp_path / "mkdocs.yml"
    configuration.write_text(
        f"INHERIT: {ROOT / 'mkdocs.yml'}\ndocs_dir: pages\nsite_dir: site\nplugins: []\nnot_in_nav: ''\n"
        "nav: [README.md, other.md]\n"
    )
    assert build(configuration) == status
