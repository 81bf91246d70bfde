"""docs/loading.md: its examples give what it shows, its reasons and options are all there are."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extract import cli, isolate
from extract.formats import base
from extract.formats.compression import Limits
from extract.waiting import QUIET


@pytest.fixture(scope="module")
def page() -> str:
    return (Path(__file__).resolve().parents[2] / "docs" / "loading.md").read_text()


def commands(page: str) -> Iterator[tuple[str, str]]:
    """The commands of the page's consoles with what they show."""
    for block in re.findall(r"```console\n(.*?)```", page, re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown


def squeezed(text: str) -> list[str]:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if line and not re.match(r"[\d.,]+ MB in ", line)]


def test_the_examples_show_what_happens(
    page: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    for name, content in re.findall(r"^`(shop/[^`]+)`\n\n```\w+\n(.*?)```", page, re.S | re.M):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(content)
    ran = 0
    for command, shown in commands(page):
        if command.startswith("assay "):
            done = CliRunner().invoke(cli.app, shlex.split(command)[1:])
            assert done.exit_code == 0, done.output
            assert squeezed(done.stdout) == squeezed(shown), command
            ran += 1
        else:
            output = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
            assert squeezed(output.stdout) == squeezed(shown), command
    assert ran == 5


def test_every_reason_is_explained_and_no_other(page: str) -> None:
    table = page.split("| reason | what it is |")[1].split("\n\n")[0]
    named = {
        code
        for row in re.findall(r"^\| (`.*?) \|", table, re.M)
        for code in re.findall(r"`(\w+)`", row)
    }
    source = "".join(
        path.read_text() for path in (Path(cli.__file__).parent / "formats").glob("*.py")
    )
    known = set(base.NO_RECORDS) | {isolate.REASON}
    known |= set(re.findall(r'(?:refuse|NotText|_refuse)\([^"\n]*"(\w+)"', source))
    known |= set(re.findall(r'return (?:\{\}, )?"(\w+)", ', source))
    assert named == known - {"duplicate"}


def test_every_option_it_names_exists(page: str) -> None:
    from typer.main import get_command

    known = {
        option
        for command in get_command(cli.app).commands.values()  # type: ignore[attr-defined]
        for parameter in command.params
        for option in parameter.opts
    }
    named = set(re.findall(r"(--[a-z][a-z-]+)", page))
    assert len(named) >= 10
    assert named <= known


def test_its_numbers_are_those_of_the_code(page: str) -> None:
    limits = Limits()
    assert f"{limits.ratio:g} times its size" in page
    assert f"{limits.unpacked / 1e9:g} GB" in page
    assert f"after {QUIET:g} seconds a line says who" in page
