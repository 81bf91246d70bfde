"""Bytes into raw tables: files are found, sniffed and landed exactly as they came.

`extract.load` is the one call that does it all. Nothing here knows what the data mean: that is the
dbt project's work.
"""

from __future__ import annotations

from typing import Any

__all__ = ["FileReport", "LoadReport", "Progress", "load"]


def __getattr__(name: str) -> Any:
    # Imported late: `assay --help` must not pay for a database driver.
    if name in __all__:
        from extract import loader

        return getattr(loader, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
