"""What the documents promise: generated pages are fresh, links lead somewhere, commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dbt_project import reference
from extract.aws import cost, drawing
from extract.aws.sizes import SIZES

BIN = Path(sys.executable).parent


def test_the_page_of_commands_is_fresh(root: Path) -> None:
    generated = subprocess.run(
        [str(BIN / "typer"), "assay", "utils", "docs", "--name", "assay"],
        capture_output=True, text=True, check=True, cwd=root,
    ).stdout  # fmt: skip
    written = (root / "docs" / "commands.md").read_text()
    assert written.strip() == generated.strip(), "run `make docs`"


def test_the_reference_is_fresh_and_explains_every_setting(root: Path) -> None:
    assert (root / "docs" / "reference.md").read_text() == reference.page(root), "run `make docs`"
    explained = {one.name for one in reference.SETTINGS if one.name.startswith("ASSAY_")}
    assert explained == reference.named_in_code(root)


def test_the_picture_is_the_one_that_the_code_draws(root: Path) -> None:
    picture = (root / "docs" / "architecture.png").read_bytes()
    assert drawing.drawn_from(picture) == drawing.source_hash(), "run `make docs`"


def test_the_costs_are_those_of_the_stacks_sizes(root: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text()
    assert page == cost.fresh_page(page), "run `make docs`"
    for size in SIZES.values():
        assert 0.3 * size.budget < cost.total(size) < size.budget


def test_the_workers_metrics_are_explained(root: Path) -> None:
    page = (root / "docs" / "worker.md").read_text()
    code = (root / "extract" / "worker" / "metrics.py").read_text()
    named = re.findall(r'"assay_worker(_[a-z_]+)"', code)
    assert len(named) > 5
    assert [name for name in named if name not in page] == []


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
