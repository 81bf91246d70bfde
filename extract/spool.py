"""What has to wait on the local disk: rejects, giant records, copies of what cannot seek."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from extract.errors import NoRoom

Temporary = IO[bytes] | tempfile.SpooledTemporaryFile[bytes]


def add(file: Temporary, data: Any, uri: str) -> None:
    """Write to a temporary file.

    Args:
        file: the file.
        data: bytes, or what can be seen as such.
        uri: the file that is loaded, for the error.

    Raises:
        NoRoom: the disk does not take it.
    """
    with _room(uri):
        file.write(data)


def rewind(file: Temporary, uri: str, to: int = 0) -> None:
    """Go to a byte of a temporary file, for reading.

    Raises:
        NoRoom: the disk does not take what was written last.
    """
    with _room(uri):
        file.seek(to)


@contextmanager
def _room(uri: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoRoom(
            f"no room for temporary files in {tempfile.gettempdir()} ({error.strerror})",
            uri=uri,
            hint="make room there, or set TMPDIR to a folder with more",
        ) from error
