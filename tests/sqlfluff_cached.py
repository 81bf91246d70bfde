"""sqlfluff's command line, which reads once what it would read anew for each file, rule or column.

The macros are compiled once a process, not twice for every file; a file is laid out once, not once
for each rule of layout; parsed trees are searched for garbage now and then, not all the time. What
a macro makes of a column is linted as a call of its name: its SQL, up to a hundred lines, was
parsed again for each column, though sqlfluff tells of nothing that is wrong there, only of what
stands in the file itself.
"""

from __future__ import annotations

import gc
import re
from typing import Any

from jinja2 import Environment
from sqlfluff.cli.commands import cli
from sqlfluff.core import FluffConfig
from sqlfluff.core.parser import BaseSegment
from sqlfluff.core.templaters.builtins.dbt import DbtMacroWrapper
from sqlfluff.core.templaters.jinja import JinjaTemplater
from sqlfluff.utils.reflow import ReflowSequence
from sqlfluff.utils.reflow.depthmap import DepthMap

QUOTED = re.compile(r"'(?:[^']|'')*'")


class Call(DbtMacroWrapper):
    """A macro of a column, as a call of its name.

    Its arguments are those that are SQL: they stand in what the macro makes, apart from quotes.
    Where sqlfluff takes a list that another macro returns for what this one makes, the column is.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        made = super().__call__(*args, **kwargs)
        bare = QUOTED.sub("''", made if isinstance(made, str) else args[0])
        given = [each for each in (*args, *kwargs.values()) if isinstance(each, str)]
        return f"{self.macro.name}({', '.join(each for each in given if _stands_in(each, bare))})"


def _stands_in(argument: str, bare: str) -> bool:
    sought = re.escape(QUOTED.sub("''", argument))
    return re.search(rf"(?<!\w){sought}(?!\w)", bare) is not None


_macros = JinjaTemplater._extract_macros_from_template


def _macros_or_calls(template: str, **surroundings: Any) -> dict[str, DbtMacroWrapper]:
    """The macros of a file. One of a column that names an alias, too, makes a relation: kept."""
    return {
        name: Call(each.macro)
        if each.macro.arguments[:1] == ("column",) and "alias" not in each.macro.arguments
        else each
        for name, each in _macros(template, **surroundings).items()
    }


_context = JinjaTemplater._get_env_context
_contexts: dict[str, dict[str, Any]] = {}


def _context_once(
    self: JinjaTemplater, name: str, config: FluffConfig, environment: Environment
) -> dict[str, Any]:
    """What a template is given, macros and all: the same for every file of the same settings."""
    settings = repr(config.get_section((self.templater_selector, self.name)))
    if settings not in _contexts:
        _contexts[settings] = _context(self, name, config, environment)
    return dict(_contexts[settings])


_laid_out = ReflowSequence.from_root
_last: list[tuple[BaseSegment, ReflowSequence]] = []


def _laid_out_once(root: BaseSegment, config: FluffConfig) -> ReflowSequence:
    """A file as the rules of layout see it; a rule may add to its maps, so each has its own.

    Linting changes no tree, and the one that is kept is compared by identity while it lives.
    """
    if not (_last and _last[0][0] is root):
        _last[:] = [(root, _laid_out(root, config))]
    kept = _last[0][1]
    depths = object.__new__(DepthMap)
    depths.depth_info = dict(kept.depth_map.depth_info)
    return ReflowSequence(list(kept.elements), root, kept.reflow_config, depths)


gc.set_threshold(50_000, 20, 1_000)
JinjaTemplater._extract_macros_from_template = staticmethod(_macros_or_calls)
JinjaTemplater._get_env_context = _context_once
ReflowSequence.from_root = staticmethod(_laid_out_once)

if __name__ == "__main__":
    cli()
