"""Files are whole or not there, and nobody else's files are touched."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from test_shape import digests

from extract.datagen import BadRequest, FolderNotOurs, FolderUnwritable, generate, run
from extract.errors import ExtractError

TINY = 0.02


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders/mine.csv").write_text("id\n1\n")
    with pytest.raises(FolderNotOurs, match=r"orders/mine\.csv") as caught:
        generate(tmp_path, TINY, 1)
    assert str(tmp_path) in str(caught.value)
    assert "--force" in caught.value.hint
    assert list(digests(tmp_path)) == ["orders/mine.csv"]


def test_force_writes_beside_other_files(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    summary = generate(tmp_path, TINY, 1, force=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert len(digests(tmp_path)) == summary.files + 4


def test_running_again_replaces_what_the_last_run_wrote(tmp_path: Path) -> None:
    generate(tmp_path / "a", TINY, 1)
    generate(tmp_path / "a", TINY, 2)
    generate(tmp_path / "b", TINY, 2)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_a_file_of_an_earlier_run_that_is_not_written_again_goes_away(tmp_path: Path) -> None:
    generate(tmp_path, TINY, 1)
    manifest = tmp_path / "_answer_key/manifest.json"
    old = '"files": [{"file": "orders/2023-01.csv"},'
    manifest.write_text(manifest.read_text().replace('"files": [', old))
    (tmp_path / "orders/2023-01.csv").write_text("order_id\n")
    generate(tmp_path, TINY, 1)
    assert not (tmp_path / "orders/2023-01.csv").exists()


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), KeyError("x")])
def test_a_run_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    generate(tmp_path, TINY, 1)
    before = digests(tmp_path)
    real, calls = run.write_events, []

    def break_in_the_middle(*arguments: object) -> int:
        calls.append(1)
        if len(calls) == 5:
            raise fault
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "write_events", break_in_the_middle)
    expected = FolderUnwritable if isinstance(fault, OSError) else KeyError
    with pytest.raises(expected) as caught:
        generate(tmp_path, TINY, 2)
    if expected is FolderUnwritable:
        assert "No space left on device" in str(caught.value)
    assert digests(tmp_path) == before


def test_what_a_killed_run_left_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders/.2025-01.csv.datagen-part").write_text("half a row")
    generate(tmp_path, TINY, 1)
    assert not [name for name in digests(tmp_path) if name.endswith("part")]


def test_a_file_in_the_folders_place_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    for folder in (tmp_path / "out", tmp_path / "out/deeper"):
        with pytest.raises(FolderUnwritable) as caught:
            generate(folder, TINY, 1)
        assert isinstance(caught.value, ExtractError)
        assert str(tmp_path / "out") in str(caught.value)


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf"), 1000])
def test_a_scale_that_cannot_be_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(BadRequest, match="scale"):
        generate(tmp_path / "out", scale, 1)
    assert not (tmp_path / "out").exists()


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="seed"):
        generate(tmp_path / "out", TINY, -1)


def test_progress_is_told_step_by_step(tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    generate(tmp_path, TINY, 1, lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == list(range(1, len(steps) + 1))
    assert {total for _, _, total in steps} == {len(steps)}
