"""The command as a person meets it: one clear line, the right exit code, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent


def assay(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return subprocess.run(
        [str(BIN / "assay"), *arguments],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def assert_one_clear_error(run: subprocess.CompletedProcess[str], code: int, *said: str) -> None:
    assert run.returncode == code, run.stderr + run.stdout
    assert "Traceback" not in run.stderr + run.stdout
    for words in said:
        assert words in run.stderr + run.stdout


def test_help_lists_every_command() -> None:
    run = assay("--help")
    assert run.returncode == 0
    for command in (
        "demo", "up", "down", "status", "init", "datagen", "load", "ledger", "rejects",
        "build", "docs", "ask", "query", "trace",
    ):  # fmt: skip
        assert f" {command} " in run.stdout


def test_version_is_that_of_the_installed_package() -> None:
    run = assay("--version")
    assert (run.returncode, run.stdout) == (0, f"assay {metadata.version('assay')}\n")


@pytest.mark.parametrize("arguments", [["frobnicate"], ["load", "--frobnicate"], ["ask"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert_one_clear_error(assay(*arguments), 2, "Usage")


def test_status_of_a_server_that_is_down_does_not_start_it(tmp_path: Path) -> None:
    run = assay("status", "--json", ASSAY_HOME=str(tmp_path / ".assay"))
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["running"] is False
    assert not (tmp_path / ".assay").exists()


def test_status_before_anything_is_loaded(database: str) -> None:
    run = assay("status")
    assert run.returncode == 0, run.stderr
    assert "none loaded yet" in run.stdout
    assert "planner (offline, no key)" in run.stdout


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    run = assay("load", str(tmp_path), PGHOST="127.0.0.1", PGPORT="1")
    assert_one_clear_error(run, 1, "error:")


def test_questions_that_cannot_be_asked(database: str) -> None:
    assert_one_clear_error(assay("ask", "   "), 2, "empty")
    assert_one_clear_error(assay("ask", "why " * 2_500), 2, "characters")


def test_a_question_before_the_first_build(database: str, tmp_path: Path) -> None:
    run = assay("ask", "revenue by country", DBT_TARGET_PATH=str(tmp_path))
    assert_one_clear_error(run, 1, "build")


def test_a_trace_before_the_first_build(database: str, tmp_path: Path) -> None:
    run = assay("trace", "fct_orders", "1", DBT_TARGET_PATH=str(tmp_path))
    assert_one_clear_error(run, 1, "assay build")


def test_debug_shows_the_traceback(database: str, tmp_path: Path) -> None:
    run = assay("trace", "fct_orders", "1", "--debug", DBT_TARGET_PATH=str(tmp_path))
    assert run.returncode != 0
    assert "Traceback" in run.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    run = subprocess.run(
        f"{BIN / 'assay'} --help | head -1", shell=True, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in run.stderr
