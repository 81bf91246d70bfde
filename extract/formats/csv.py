"""CSV and TSV: a well-formed record's own bytes go to COPY with `file_id,line,` spliced in front.

Three roads, by what a block of bytes holds. Without quotes: split at line ends, count delimiters.
With quotes: the same over arrays, with quoted stretches masked. Otherwise (stray quotes, lone
carriage returns): record by record. On all three, what cannot be a record is set aside with its
bytes and line, and the file goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat

import numpy as np

from extract.dialect import SAMPLE, Dialect, sniff
from extract.encoding import UTF8, Recoder, detect
from extract.errors import CorruptFile
from extract.formats.base import PAYLOAD, Column, DataType, Opener, Shape, Tally, read_fully
from extract.formats.records import Careful, Record

LONGEST_RECORD = 1 << 27
"""Bytes read on in search of a closing quote before the opening one is held to be stray."""

_DIGITS = [b"%03d" % number for number in range(1000)]


class CsvReader:
    """Reads one CSV file.

    Args:
        opener: opens the file.
        name: the file's name without its compression's ending.
        uri: for errors.
        dialect: how the file is written; None to judge by its start.
        block: bytes taken at a time.
    """

    def __init__(
        self,
        opener: Opener,
        *,
        name: str,
        uri: str,
        dialect: Dialect | None = None,
        block: int = PAYLOAD,
    ) -> None:
        self._uri = uri
        self._block = block
        self._stream = opener()
        self._head = read_fully(self._stream, SAMPLE)
        self._dialect = dialect or sniff(
            self._head, whole=len(self._head) < SAMPLE, name=name, uri=uri
        )
        self._width = self._dialect.width
        self._delimiter = self._dialect.delimiter.encode()
        self._quote = self._dialect.quote.encode()
        self._newline = self._dialect.newline.encode()
        self._recoder = Recoder(self._dialect.encoding)
        self._settled = self._dialect.encoding_certain
        self._careful = Careful(self._delimiter, self._quote, self._newline, self._width)
        self._line = 1

    @property
    def shape(self) -> Shape:
        """The columns that the header names; the table gets no column beyond the width."""
        dialect = self._dialect
        notes = []
        if len(dialect.labels) > dialect.width:
            notes.append(
                f"the header has {len(dialect.labels)} cells, most records {dialect.width}"
            )
        return Shape(
            columns=tuple(Column(label) for label in dialect.labels[: dialect.width]),
            dialect=dialect.as_dict() | {"encoding": self._recoder.encoding},
            delimiter=dialect.delimiter,
            quote=dialect.quote,
            notes=tuple(notes),
        )

    def payloads(
        self,
        file_id: int,
        types: Sequence[DataType],  # noqa: ARG002 - every cell is text
        tally: Tally,
    ) -> Iterator[bytes]:
        """See `formats.base.Reader`."""
        splice = _Splicer(file_id, self._delimiter)
        to_skip = self._dialect.preamble + (1 if self._dialect.header else 0)
        for records, lines in self._records(tally, to_skip):
            tally.landed += len(records)
            yield splice(records, lines)

    def _blocks(self) -> Iterator[bytes]:
        """The file in UTF-8, in small blocks."""
        head = self._head[self._dialect.mark :]
        self._head = b""
        for start in range(0, len(head), self._block):
            yield self._recode(head[start : start + self._block])
        del head
        while block := self._stream.read(self._block):
            yield self._recode(block)
        try:
            yield self._recoder.recode(b"", final=True)
        except UnicodeDecodeError as error:
            raise CorruptFile(
                f"the {self._recoder.encoding} text is cut off in mid-character",
                uri=self._uri,
                hint="fetch it again",
            ) from error

    def _recode(self, block: bytes) -> bytes:
        if not self._settled and not block.isascii():
            # The sample was all ASCII: the first block that is not decides.
            self._settled = True
            self._recoder = Recoder(detect(block).name)
        return self._recoder.recode(block)

    def _records(self, tally: Tally, to_skip: int) -> Iterator[tuple[list[bytes], Sequence[int]]]:
        """Yield good records without their line ends, with the lines they start on."""
        blocks = self._blocks()
        buffer = bytearray()
        ended = False
        wanted = 1
        while not ended or buffer:
            for _ in range(0 if ended else wanted):
                block = next(blocks, None)
                if block is None:
                    ended = True
                    break
                buffer += block
            if ended and not buffer.endswith(self._newline):
                buffer += self._newline
            text = bytes(buffer)
            while to_skip and text:
                skipped, consumed = self._careful.first(text, ended or len(text) > LONGEST_RECORD)
                if not consumed:
                    break
                self._line += text.count(self._newline, 0, consumed)
                text = text[consumed:]
                if skipped:
                    to_skip -= 1
            if to_skip:
                buffer = bytearray(text)
                continue
            used, groups = self._take(text, ended, tally)
            yield from groups
            buffer = bytearray(text[used:])
            # Nothing complete: a long record. Read twice as much before looking again.
            wanted = 1 if used else max(1, len(buffer) // self._block)

    def _take(
        self, text: bytes, ended: bool, tally: Tally
    ) -> tuple[int, list[tuple[list[bytes], Sequence[int]]]]:
        """Complete records at the start of `text`: bytes used, and groups of good records."""
        if not text:
            return 0, []
        if self._quote not in text:
            used = text.rfind(self._newline) + 1
            if not used:
                return 0, []
            body = text[: used - 1]
            if b"\r" not in body or self._newline == b"\r":
                return used, self._plain(body, tally)
            unix = body.replace(b"\r\n", b"\n")
            if unix.endswith(b"\r"):
                unix = unix[:-1]
            if b"\r" not in unix:
                return used, self._plain(unix, tally)
        else:
            taken = self._quoted(text, tally)
            if taken is not None and (taken[0] or not ended) and len(text) < LONGEST_RECORD:
                return taken
        return self._one_by_one(text, ended or len(text) >= LONGEST_RECORD, tally)

    def _plain(self, body: bytes, tally: Tally) -> list[tuple[list[bytes], Sequence[int]]]:
        """A block without quotes: every line is a record."""
        records = body.split(self._newline)
        first = self._line
        self._line += len(records)
        widths = list(map(bytes.count, records, repeat(self._delimiter)))
        want = self._width - 1
        lines = range(first, first + len(records))
        if widths.count(want) == len(records) and _clean(body) and (want or b"" not in records):
            return [(records, lines)]
        return self._sorted_out(
            records, [width + 1 for width in widths], lines, _clean(body), tally
        )

    def _quoted(
        self, text: bytes, tally: Tally
    ) -> tuple[int, list[tuple[list[bytes], Sequence[int]]]] | None:
        """A block whose quotes are all in their places; None if they are not."""
        codes = np.frombuffer(text, np.uint8)
        quote, delimiter, newline = self._quote[0], self._delimiter[0], self._newline[0]
        is_quote = codes == quote
        is_newline = codes == newline
        inside = np.cumsum(is_quote, dtype=np.uint8) & 1
        ends = np.flatnonzero(is_newline & (inside == 0))
        used = int(ends[-1]) + 1 if len(ends) else 0
        places = np.flatnonzero(is_quote)
        # Quotes past the last record end are looked at again with what follows them, but if none
        # of the block is complete, a stray one may be why.
        if used:
            places = places[: int(np.searchsorted(places, used))]
        opening, closing = places[0::2], places[1::2]
        before = codes[opening[opening > 0] - 1]
        after = codes[np.minimum(closing + 1, len(codes) - 1)]
        if not ((before == delimiter) | (before == newline) | (before == quote)).all():
            return None
        after_ok = (after == delimiter) | (after == newline) | (after == quote)
        if not after_ok.all():
            at = closing[~after_ok]
            if not (
                (codes[at + 1] == 13) & (codes[np.minimum(at + 2, len(codes) - 1)] == 10)
            ).all():
                return (0, []) if not used and int(at[0]) >= len(codes) - 2 else None
        if not used:
            return 0, []
        codes, inside = codes[:used], inside[:used]
        if newline == 10:
            returns = np.flatnonzero((codes == 13) & (inside == 0))
            if not (codes[returns + 1] == 10).all():
                return None
        separators = np.flatnonzero(((codes == delimiter) | is_newline[:used]) & (inside == 0))
        widths = np.diff(np.flatnonzero(codes[separators] == newline), prepend=-1)
        every = np.flatnonzero(is_newline[:used])
        clean = _clean(text[:used])
        agree = bool((widths == self._width).all())
        first = self._line
        if len(every) == len(ends):
            lines: Sequence[int] = range(first, first + len(ends))
            records = text[: used - 1].split(self._newline)
        else:
            last_lines = np.searchsorted(every, ends)
            begins = np.concatenate(([0], last_lines[:-1] + 1))
            if not agree and bool(((last_lines > begins) & (widths != self._width)).any()):
                return None
            lines = (begins + first).tolist()
            starts = np.concatenate(([0], ends[:-1] + 1)).tolist()
            records = [text[a:b] for a, b in zip(starts, ends.tolist(), strict=True)]
        self._line += len(every)
        if newline == 10 and len(returns):
            records = [record[:-1] if record.endswith(b"\r") else record for record in records]
        if agree and clean and (self._width > 1 or b"" not in records):
            return used, [(records, lines)]
        return used, self._sorted_out(records, widths.tolist(), lines, clean, tally)

    def _one_by_one(
        self, text: bytes, ended: bool, tally: Tally
    ) -> tuple[int, list[tuple[list[bytes], Sequence[int]]]]:
        """A block with something odd in it."""
        found, used = self._careful.split(text, ended)
        records: list[bytes] = []
        widths: list[int] = []
        lines: list[int] = []
        groups: list[tuple[list[bytes], Sequence[int]]] = []
        for record in found:
            line = self._line + record.line
            if record.broken:
                tally.refuse(line, "broken_quote", record.broken, self._recoder.stored(record.raw))
                continue
            if not record.same and not (record.width == self._width and _clean(record.raw)):
                # Reject the bytes as they stand in the file, not as they were put right.
                self._judge(record, line, tally)
                continue
            records.append(record.csv)
            widths.append(record.width)
            lines.append(line)
        self._line += text.count(self._newline, 0, used)
        if records:
            groups = self._sorted_out(records, widths, lines, False, tally)
        return used, groups

    def _judge(self, record: Record, line: int, tally: Tally) -> None:
        reason, detail = self._fault(record.raw, record.width)
        tally.refuse(line, reason, detail, self._recoder.stored(record.raw))

    def _sorted_out(
        self,
        records: list[bytes],
        widths: Sequence[int],
        lines: Sequence[int],
        clean: bool,
        tally: Tally,
    ) -> list[tuple[list[bytes], Sequence[int]]]:
        """Good records in runs; blank lines dropped, the others set aside."""
        groups: list[tuple[list[bytes], Sequence[int]]] = []
        want = self._width
        start = 0
        if clean:
            odd = [i for i, width in enumerate(widths) if width != want or not records[i]]
        else:
            odd = [
                i
                for i, width in enumerate(widths)
                if width != want or not records[i] or not _clean(records[i])
            ]
        for index in odd:
            if index > start:
                groups.append((records[start:index], lines[start:index]))
            start = index + 1
            if records[index]:
                reason, detail = self._fault(records[index], widths[index])
                tally.refuse(lines[index], reason, detail, self._recoder.stored(records[index]))
        if start < len(records):
            groups.append((records[start:], lines[start:]))
        return groups

    def _fault(self, record: bytes, width: int) -> tuple[str, str]:
        if width != self._width:
            return "wrong_width", f"{width} cells, not {self._width}"
        if b"\0" in record:
            return "nul_byte", f"zero byte at byte {record.index(0) + 1}"
        try:
            record.decode(UTF8)
        except UnicodeDecodeError as error:
            byte = record[error.start]
            return "bad_encoding", f"byte {error.start + 1} (0x{byte:02x}) is not UTF-8"
        raise AssertionError("a good record was called faulty")


class _Splicer:
    """Joins records into a payload, each behind its file and line."""

    def __init__(self, file_id: int, delimiter: bytes) -> None:
        self._before = b"%d%b" % (file_id, delimiter)
        self._tails = [digits + delimiter for digits in _DIGITS]

    def __call__(self, records: list[bytes], lines: Sequence[int]) -> bytes:
        count = len(records)
        pieces: list[bytes] = [b""] * (3 * count + 1)
        if isinstance(lines, range):
            heads: list[bytes] = []
            tails: list[bytes] = []
            line, end = lines.start, lines.stop
            while line < end:
                thousands, rest = divmod(line, 1000)
                run = min(1000 - rest, end - line)
                # Leading zeros are fine for a bigint, so every line number is two looked-up parts.
                heads += [b"\n%b%d" % (self._before, thousands)] * run
                tails += self._tails[rest : rest + run]
                line += run
        else:
            heads = [b"\n%b%d" % (self._before, line // 1000) for line in lines]
            tails = [self._tails[line % 1000] for line in lines]
        pieces[0:-1:3] = heads
        pieces[1:-1:3] = tails
        pieces[2:-1:3] = records
        pieces[0] = pieces[0][1:]
        pieces[-1] = b"\n"
        return b"".join(pieces)


def _clean(data: bytes) -> bool:
    """Whether Postgres will take these bytes as text."""
    if b"\0" in data:
        return False
    if data.isascii():
        return True
    try:
        data.decode(UTF8)
    except UnicodeDecodeError:
        return False
    return True
