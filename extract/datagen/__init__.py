"""Sample data: an online shop in eight countries, with planted defects and their answer key."""

from __future__ import annotations

from extract.datagen.errors import BadRequest, DatagenError, FolderNotOurs, FolderUnwritable
from extract.datagen.generate import LARGEST_SCALE, SourceSummary, Summary, generate

__all__ = [
    "LARGEST_SCALE",
    "BadRequest",
    "DatagenError",
    "FolderNotOurs",
    "FolderUnwritable",
    "SourceSummary",
    "Summary",
    "generate",
]
