"""sqlfluff's command line, which compiles each macro once a process, not twice for every file."""

from __future__ import annotations

from functools import cache
from types import CodeType

from jinja2 import Environment
from sqlfluff.cli.commands import cli

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


Environment.compile = _once

if __name__ == "__main__":
    cli()
