"""sqlfluff's command line, which works out once what its rules would each work out anew.

Each macro is compiled once a process, not twice for every file; how deep each part of a file lies
is looked at once a file, not once for each rule of layout.
"""

from __future__ import annotations

from functools import cache
from types import CodeType

from jinja2 import Environment
from sqlfluff.cli.commands import cli
from sqlfluff.core.parser import BaseSegment
from sqlfluff.utils.reflow.depthmap import DepthMap

_compile = Environment.compile
_environments: dict[type[Environment], Environment] = {}


@cache
def _compiled(kind: type[Environment], source: str) -> CodeType:
    return _compile(_environments[kind], source)


def _once(self: Environment, source: object, *args: object, **options: object) -> object:
    """`Environment.compile`, whose code depends on the environment's kind and the source alone."""
    if not isinstance(source, str) or args or options:
        return _compile(self, source, *args, **options)
    _environments.setdefault(type(self), self)
    return _compiled(type(self), source)


_depths = DepthMap.from_parent
_last: list[tuple[BaseSegment, DepthMap]] = []


def _depths_once(parent: BaseSegment) -> DepthMap:
    """`DepthMap.from_parent`; a rule may add to its map, so each has one of its own.

    Linting changes no tree, and the one that is kept is compared by identity while it lives.
    """
    if not (_last and _last[0][0] is parent):
        _last[:] = [(parent, _depths(parent))]
    own = object.__new__(DepthMap)
    own.depth_info = dict(_last[0][1].depth_info)
    return own


Environment.compile = _once
DepthMap.from_parent = _depths_once

if __name__ == "__main__":
    cli()
