"""Imported by the process that others are forked off: dbt, with the macros compiled that it runs
and the schemas made that it checks the files of a project by; a new process takes a second to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import dbt.cli.main  # noqa: F401
from dbt.adapters.postgres import PostgresCredentials
from dbt.contracts import project
from dbt.contracts.selection import SelectorFile
from dbt.include import global_project, postgres
from dbt_common.clients.jinja import extract_toplevel_blocks, template_cache

import dbt_project.runner  # noqa: F401

SCHEMAS = (
    project.Configuration, project.PackageConfig, project.Project, project.ProjectFlags,
    PostgresCredentials, SelectorFile,
)  # fmt: skip
BLOCKS = {"macro", "materialization", "test", "data_test"}
OURS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Macro:
    """As much of dbt's as it takes to compile one."""

    name: str
    macro_sql: str


for schema in SCHEMAS:
    schema.json_schema()

for folder in (Path(global_project.__file__).parent, Path(postgres.__file__).parent, OURS):
    for file in (folder / "macros").rglob("*.sql"):
        text = file.read_text("utf-8")
        for block in extract_toplevel_blocks(text, BLOCKS, collect_raw_data=False):
            template_cache.get_node_template(Macro(block.block_name, block.full_block))
