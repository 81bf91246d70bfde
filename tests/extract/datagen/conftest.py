"""Generated folders for these tests: one small sample, read back once."""

from __future__ import annotations

from pathlib import Path

import pytest
from datagen_files import Data, read

from extract.datagen import generate


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Scale 0.15, seed 7."""
    folder: Path = tmp_path_factory.mktemp("datagen") / "sample"
    generate(folder, 0.15, 7)
    return read(folder)
