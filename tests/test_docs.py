"""What the documents promise: generated pages are fresh, links lead somewhere, commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent


def test_the_page_of_commands_is_fresh(root: Path) -> None:
    generated = subprocess.run(
        [str(BIN / "typer"), "assay", "utils", "docs", "--name", "assay"],
        capture_output=True, text=True, check=True, cwd=root,
    ).stdout  # fmt: skip
    written = (root / "docs" / "commands.md").read_text()
    assert written.strip() == generated.strip(), "run `make docs`"


def pages() -> list[Path]:
    root = Path(__file__).resolve().parent.parent
    return [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_command_the_readme_names_exists(root: Path) -> None:
    from typer.main import get_command

    import assay

    commands = get_command(assay.app).commands  # type: ignore[attr-defined]
    named = set(re.findall(r"`?assay ([a-z]+)\b", (root / "README.md").read_text()))
    assert named
    assert named <= set(commands)


def test_every_make_target_the_readme_names_exists(root: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)\b", (root / "README.md").read_text()))
    assert {"demo", "test", "install", "help"} <= named <= targets
