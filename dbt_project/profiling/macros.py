"""The project's cleaning macros as SQL text, without starting dbt.

dbt's Jinja differs from plain Jinja in three ways that matter here: a macro sees the macros of
every file, `return` hands on a value instead of text, and `adapter.dispatch` finds how the engine
says it. All are done below. `ref` is not: macros that read a seed cannot be used on tables that
were only just loaded.
"""

from __future__ import annotations

import re
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

from dbt_project import postgres

FOLDER = "macros/cleaning"
_PREFIX = "assay__"


class _Returned(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


class Macros:
    """All macros of a folder: `macros("to_date", "birth_date")` is the SQL of that call."""

    def __init__(self, folder: Path) -> None:
        environment = SandboxedEnvironment(extensions=["jinja2.ext.do"])
        environment.globals["return"] = _return
        environment.globals["adapter"] = SimpleNamespace(dispatch=self._dispatch)
        sources = {}
        for path in sorted(folder.glob("*.sql")):
            text = path.read_text(encoding="utf-8")
            for name in re.findall(r"\{%-? macro (\w+)\(", text):
                environment.globals[name] = partial(self, name)
                sources[name] = re.sub(r"(\{%-? macro )(\w+)\(", rf"\1{_PREFIX}\2(", text)
        self._sources = sources
        self._environment = environment
        self._modules: dict[str, Any] = {}

    def __call__(self, name: str, *arguments: Any, **named: Any) -> Any:
        """The SQL that a macro makes, or the value that it returns.

        Raises:
            KeyError: there is no such macro.
        """
        text = self._sources[name]
        if text not in self._modules:
            self._modules[text] = self._environment.from_string(text).module
        try:
            made = getattr(self._modules[text], _PREFIX + name)(*arguments, **named)
        except _Returned as returned:
            return returned.value
        return str(made).strip()

    def _dispatch(self, name: str, _package: str) -> Any:
        """How Postgres says it, or else standard SQL."""
        said = f"postgres__{name}"
        return partial(self, said if said in self._sources else f"default__{name}")


def _return(value: Any) -> None:
    raise _Returned(value)


@cache
def project_macros() -> Macros:
    """The macros of this project, read once."""
    return Macros(postgres.project_root() / FOLDER)
