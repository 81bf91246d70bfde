"""Tables of one's own beside, or in place of, the sample shop: dbt_project.yml's settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from dbt_project import own
from dbt_project.errors import ConfigurationError
from dbt_project.own import OwnEntity
from tests.test_assay import assay

ALBUMS = OwnEntity("albums", "music", "stg_music__albums", "dim_albums", "album_id", ("sold_on",))
ODD = OwnEntity("order", "it's", "stg_its__order")


@pytest.fixture
def text(root: Path) -> str:
    return (root / own.FILE).read_text("utf-8")


def test_the_project_ships_with_the_shop_and_nothing_else(text: str) -> None:
    assert own.read(text) == own.Settings(sample_shop=True, entities=())


def test_the_shop_goes_and_comes_back_by_one_word(text: str) -> None:
    off = own.switched(text, sample_shop=False)
    assert len(off) == len(text) + 1
    assert not own.read(off).sample_shop
    assert own.switched(off, sample_shop=True) == text
    models = yaml.safe_load(off)["models"]["assay"]
    assert models["marts"]["shop"] == {"+enabled": False}
    assert own.diff(text, off).count("\n+") == 2  # the heading and one line


def test_own_tables_come_and_go_by_their_lines(text: str) -> None:
    listed = own.listing(text, [ALBUMS, ODD])
    assert own.read(listed).entities == (ALBUMS, ODD)
    assert own.read(own.listing(listed, [ODD])).entities == (ODD,)
    assert own.listing(listed, []) == text


def test_a_file_without_the_settings_is_left_alone() -> None:
    for change in (
        lambda: own.switched("vars: {}\n", sample_shop=False),
        lambda: own.listing("vars:\n  x: 1\n", [ALBUMS]),
    ):
        with pytest.raises(ConfigurationError, match="is not there"):
            change()


def test_the_command_shows_the_change_before_it_is_made(root: Path, text: str) -> None:
    looked = assay("sample", "--json")
    assert json.loads(looked.stdout) == {"sample_shop": True, "changed": False}
    shown = assay("sample", "off", "--dry-run")
    assert "+  sample_shop: &with_shop false" in shown.stdout
    assert (root / own.FILE).read_text("utf-8") == text
    assert assay("sample", "perhaps").returncode == 2
