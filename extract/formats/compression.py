"""Compressed streams: told by the ending, checked by the first bytes, read as plain bytes.

The formats see only what is inside. What unpacks to far more than data do is taken for a bomb and
refused while it is read. Zip archives are not streams: see `extract.archive`.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from extract.errors import CorruptFile, ExpandsTooMuch, UnsupportedFormat, WrongFormat

MAGIC = {
    "gz": b"\x1f\x8b",
    "bz2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
    "zst": b"\x28\xb5\x2f\xfd",
    "zip": b"PK\x03\x04",
}
"""First bytes of each kind, by its ending."""

_BLOCK = 1 << 11
"""Bytes of Zstandard data unpacked at a time: at worst they become 64 MiB."""

_MOST = 1 << 16
"""Bytes of xz data taken, and given where no number is asked for, at a time."""
LARGEST_DICTIONARY = 1 << 27
"""Bytes of what was unpacked that xz and Zstandard may look back on; `xz -9` needs 65 MiB."""

ENDINGS = ("gz", "bz2", "xz", "zst")


_HARMLESS = 1 << 26
"""Bytes that may be unpacked whatever the ratio."""


@dataclass(frozen=True)
class Limits:
    """What an archive may unpack to.

    Attributes:
        ratio: times its stored size, beyond the first 64 MiB.
        unpacked: bytes in all.
    """

    ratio: float = 250.0
    unpacked: int = 275_000_000_000

    def check(self, stored: int, plain: int, uri: str) -> None:
        """Hold sizes against the limits.

        Args:
            stored: bytes read.
            plain: bytes unpacked from them.
            uri: for the error.

        Raises:
            ExpandsTooMuch: they are beyond a limit.
        """
        if plain > self.unpacked:
            raise ExpandsTooMuch(
                f"it unpacks to more than {self.unpacked / 1e9:,.3g} GB",
                uri=uri,
                hint="if you trust it, allow more with --max-unpacked",
            )
        if plain > _HARMLESS and plain > self.ratio * stored:
            raise ExpandsTooMuch(
                f"it unpacks to more than {self.ratio:g} times its size"
                f" ({plain:,} bytes from {stored:,})",
                uri=uri,
                hint="if you trust it, allow more with --max-ratio",
            )


def split_name(name: str) -> tuple[str, str | None]:
    """A lower-case name without its compression's ending, and that compression (None if plain)."""
    lower = name.lower()
    for ending in ENDINGS:
        if lower.endswith(f".{ending}"):
            return lower[: -len(ending) - 1], ending
    return lower, None


def kind_of(head: bytes) -> str | None:
    """The compression that the first bytes show, or None."""
    return next((kind for kind, magic in MAGIC.items() if head.startswith(magic)), None)


def decompressed(
    stream: BinaryIO, compression: str | None, uri: str, limits: Limits | None = None
) -> BinaryIO:
    """The plain bytes of `stream`, up to `limits`.

    Raises:
        ExpandsTooMuch: while reading, if it is beyond the limits.
        WrongFormat: the stream does not start as the compression does.
        CorruptFile: while reading, if it is cut off or damaged.
    """
    if compression is None:
        return stream
    if compression not in ENDINGS:
        raise UnsupportedFormat(f"{compression} archives are not read", uri=uri)
    counted = _Counted(stream)
    buffered = io.BufferedReader(counted, 1 << 16)
    head = buffered.peek(8)[:8]
    if not head.startswith(MAGIC[compression]):
        raise WrongFormat(
            f"the name ends in .{compression} but the content is not {compression} data",
            uri=uri,
            hint="rename the file after what it holds",
        )
    plain: dict[str, Callable[[BinaryIO], BinaryIO]] = {
        "gz": lambda source: cast(BinaryIO, gzip.GzipFile(fileobj=source)),
        "bz2": lambda source: cast(BinaryIO, bz2.BZ2File(source)),
        "xz": lambda source: cast(BinaryIO, _Xz(source)),
        "zst": lambda source: cast(BinaryIO, _Zstandard(source)),
    }
    opened = plain[compression](cast(BinaryIO, buffered))
    return cast(BinaryIO, _Checked(opened, compression, uri, counted, limits or Limits()))


class _Counted(io.RawIOBase):
    """A stream that knows how much was read of it."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()


class _Zstandard(io.RawIOBase):
    """Frames of Zstandard data; the library's own reader takes a cut-off frame for the end."""

    def __init__(self, source: BinaryIO) -> None:
        import zstandard

        self._source = source
        self._library = zstandard.ZstdDecompressor(max_window_size=LARGEST_DICTIONARY)
        self._frame = self._library.decompressobj()
        self._fresh = True
        self._left = b""
        self._plain = b""
        self._at = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._plain:
            stored = self._left or self._source.read(_BLOCK)
            if not stored:
                if not self._fresh:
                    raise EOFError
                return b""
            self._plain = self._frame.decompress(stored)
            self._fresh = self._frame.eof
            self._left = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame = self._library.decompressobj()
        end = len(self._plain) if size < 0 else self._at + size
        data = self._plain[self._at : end]
        self._at += len(data)
        if self._at >= len(self._plain):
            self._plain, self._at = b"", 0
        return data

    def close(self) -> None:
        self._source.close()
        super().close()


class _Xz(io.RawIOBase):
    """Streams of xz data; the library's own reader takes as much memory as they ask for."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._stream = self._fresh()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = size if size >= 0 else _MOST
        while True:
            if self._stream.eof:
                stored = self._stream.unused_data.lstrip(b"\0") or self._source.read(_MOST)
                stored = stored.lstrip(b"\0")  # Between streams zeros may stand.
                if not stored:
                    return b""
                self._stream = self._fresh()
            else:
                stored = self._source.read(_MOST) if self._stream.needs_input else b""
                if not stored and self._stream.needs_input:
                    raise EOFError
            plain = self._stream.decompress(stored, wanted)
            if plain:
                return plain

    @staticmethod
    def _fresh() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=LARGEST_DICTIONARY)

    def close(self) -> None:
        self._source.close()
        super().close()


class _Checked(io.RawIOBase):
    """A decompressing stream whose failures are ours."""

    def __init__(
        self, plain: BinaryIO, compression: str, uri: str, stored: _Counted, limits: Limits
    ) -> None:
        self._stored = stored
        self._limits = limits
        self._count = 0
        self._plain = plain
        self._compression = compression
        self._uri = uri

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._plain.read(size)
        except EOFError as error:
            raise CorruptFile(
                f"the {self._compression} data is cut off", uri=self._uri, hint="fetch it again"
            ) from error
        except _damage() as error:
            if "emory" in str(error):  # Of Zstandard's window, or xz's dictionary.
                raise ExpandsTooMuch(
                    f"to unpack it takes more than {LARGEST_DICTIONARY >> 20} MiB of memory",
                    uri=self._uri,
                    hint="unpack it, or pack it again with a smaller window (xz -9, zstd -19)",
                ) from error
            raise CorruptFile(
                f"the {self._compression} data is damaged ({error})",
                uri=self._uri,
                hint="fetch it again",
            ) from error
        self._count += len(data)
        self._limits.check(self._stored.count, self._count, self._uri)
        return data

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._plain.close()
        super().close()


def _damage() -> tuple[type[Exception], ...]:
    import zstandard

    return (OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError)
