"""Errors of the sample-data generator.

ExtractError
└── DatagenError
    ├── BadRequest        the scale or the seed cannot be used
    ├── FolderNotOurs     the target holds files that this generator did not write
    └── FolderUnwritable  the target cannot be made or written (rights, space, a file in the way)
"""

from __future__ import annotations

from extract.errors import ExtractError


class DatagenError(ExtractError):
    """Base of the generator's errors."""


class BadRequest(DatagenError):
    """The scale or the seed is outside what can be generated."""


class FolderNotOurs(DatagenError):
    """The target folder holds files that this generator did not write."""


class FolderUnwritable(DatagenError):
    """The target folder cannot be made or written."""
