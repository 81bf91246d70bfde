"""Which encoding bytes are in, by evidence; and blocks of them as UTF-8 and back.

UTF-8 passes untouched. What is recoded here can be turned back to the very bytes that were stored,
which is what a rejected record is kept as.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from extract.errors import CorruptFile

UTF8 = "utf-8"
WINDOWS = "windows-1252"
ONE_BYTE_ENDS = (UTF8, WINDOWS)
"""In which a line end is one byte that is nothing else."""

_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH = re.compile(rb"[\x80-\xff]")
# Signs of Windows-1252 that no word has, and that other code pages have letters for.
_SIGN_IN_WORD = re.compile(
    rb"(?<=[A-Za-z\xc0-\xff])[\xa1\xa3\xa5\xa6\xaf\xb1\xb3\xb6\xb9\xbc\xbe\xbf](?=[A-Za-z\xc0-\xff])"
)
_FEWEST_SIGNS, _SIGNS_AMONG = 2, 20
_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# As browsers read it: the five bytes that Windows-1252 leaves open are control characters.
_WINDOWS_TABLE = "".join(
    bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(256)
)
_WINDOWS_MAP = codecs.charmap_build(_WINDOWS_TABLE)


@dataclass(frozen=True)
class Encoding:
    """An encoding and why it is believed.

    Attributes:
        name: `utf-8`, `windows-1252`, `utf-16-le`, ...
        mark: length in bytes of the byte-order mark at the start.
        certain: False if all of the sample is ASCII, so that what follows may yet tell otherwise.
        evidence: in words, for the ledger.
    """

    name: str
    mark: int
    certain: bool
    evidence: str


def detect(sample: bytes) -> Encoding:
    """Judge the encoding of a file by its start."""
    wide = detect_wide(sample)
    if wide is not None:
        return wide
    if sample.isascii():
        return Encoding(UTF8, 0, False, "all ASCII so far")
    try:
        characters = len(sample[: len(sample) - _cut_at_end(sample)].decode(UTF8))
    except UnicodeDecodeError:
        valid, invalid = _weigh(sample)
        counts = f"{valid} multi-byte characters, {invalid} bytes that are none"
        return Encoding(WINDOWS if invalid > valid else UTF8, 0, True, counts)
    return Encoding(UTF8, 0, True, f"valid, {len(sample) - characters} bytes beyond ASCII")


def doubt(sample: bytes, name: str) -> str:
    """Why what was taken for Windows-1252 may be another code page; "" if nothing speaks for it."""
    signs = len(_SIGN_IN_WORD.findall(sample)) if name == WINDOWS else 0
    if signs < _FEWEST_SIGNS or signs * _SIGNS_AMONG < len(_HIGH.findall(sample)):
        return ""
    return (
        f"read as {WINDOWS}, but {signs} signs stand inside words: is it another code page, such as"
        " windows-1250? extract/sources.yml can say its encoding"
    )


def detect_wide(sample: bytes) -> Encoding | None:
    """The encoding, if a byte-order mark or zero bytes show it to be Unicode in wide units."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return Encoding(name, len(mark), True, "byte-order mark")
    start = sample[:4096]
    even, odd = start[::2].count(0), start[1::2].count(0)
    # Of padding there is as much at either place; it is no text in units of two bytes.
    if start.count(0) * 4 > len(start) > 1 and abs(odd - even) * 2 > odd + even:
        name = "utf-16-le" if odd > even else "utf-16-be"
        return Encoding(name, 0, True, "every other byte is zero")
    return None


def _weigh(sample: bytes) -> tuple[int, int]:
    rest, valid = _MULTIBYTE.subn(b"", sample)
    return valid, len(_HIGH.findall(rest)) - _cut_at_end(sample)


def _cut_at_end(sample: bytes) -> int:
    """Bytes of a character that the end of the sample cut in two."""
    try:
        sample[-3:].decode(UTF8)
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return len(sample[-3:]) - error.start
    return 0


def canonical(name: str) -> str:
    """The name by which an encoding is known here.

    Raises:
        LookupError: there is no such encoding of text.
    """
    "".encode(name)
    name = codecs.lookup(name).name
    return {"utf-8-sig": UTF8, "cp1252": WINDOWS}.get(name, name)


class Recoder:
    """Blocks of stored bytes -> UTF-8.

    A byte that is not of the encoding becomes what is no UTF-8 either, so that its record is
    rejected; `stored` gives it back.

    Args:
        encoding: from `detect`, or `canonical`.
        uri: for errors.
    """

    def __init__(self, encoding: str, uri: str = "") -> None:
        self.encoding = encoding
        self._uri = uri
        self._errors = "surrogatepass" if encoding.startswith("utf") else "surrogateescape"
        self._decoder = (
            None
            if encoding in (UTF8, WINDOWS)
            else codecs.getincrementaldecoder(encoding)(errors=self._errors)
        )

    def recode(self, block: bytes, final: bool = False) -> bytes:
        """The block as UTF-8; a character cut at its end waits for the next.

        Raises:
            CorruptFile: it is not in this encoding, and it cannot be told how it goes on.
        """
        if self.encoding == UTF8:
            return block
        if self._decoder is not None:
            try:
                return self._decoder.decode(block, final).encode(UTF8, "surrogatepass")
            except UnicodeError as error:
                reason = getattr(error, "reason", str(error))
                raise CorruptFile(
                    f"the {self.encoding} text is cut off or damaged, or in another encoding"
                    f" ({reason})",
                    uri=self._uri,
                    hint="fetch it again, or say what it is in extract/sources.yml",
                ) from error
        return codecs.charmap_decode(block, "strict", _WINDOWS_TABLE)[0].encode()  # type: ignore[arg-type]

    def stored(self, recoded: bytes) -> bytes:
        """The bytes as they were in the file."""
        if self.encoding == UTF8:
            return recoded
        text = recoded.decode(UTF8, "surrogatepass")
        if self.encoding == WINDOWS:
            return codecs.charmap_encode(text, "strict", _WINDOWS_MAP)[0]
        return text.encode(self.encoding, self._errors)
