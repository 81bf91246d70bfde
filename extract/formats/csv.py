"""CSV and TSV: a well-formed record's own bytes go to COPY with `file_id,line,` spliced in front.

By what a block of bytes holds it is split on a fast road (`roads`) or, with stray quotes, lone
carriage returns, escapes or delimiters that COPY does not know, record by record (`records`). On
all of them, what cannot be a record is set aside with its bytes and line, and the file goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from extract.dialect import SAMPLE, Dialect, Given, sniff
from extract.encoding import ONE_BYTE_ENDS, UTF8, Recoder, detect, doubt
from extract.errors import NoColumns
from extract.formats.base import (
    PAYLOAD,
    Column,
    DataType,
    Opener,
    Part,
    PartMisread,
    Shape,
    Tally,
    read_fully,
)
from extract.formats.convert import Converter
from extract.formats.faults import MARK, Judge, is_text
from extract.formats.giant import GIANT, LONGEST_RECORD, Giant, follow
from extract.formats.records import Careful, Record
from extract.formats.roads import Split, Whole, roads
from extract.formats.splice import REST, Splicer, Surplus, columns_that_fit

if TYPE_CHECKING:
    from extract.pieces import Pieces

_Group = tuple[list[bytes] | bytes | Giant, Sequence[int]]


class CsvReader:
    """Reads one CSV file.

    Args:
        opener: opens the file.
        name: the file's name without its compression's ending.
        uri: for errors.
        dialect: how the file is written; None to judge by its start.
        block: bytes taken at a time.
        given: what a person said about the file.
        part: what `opener` opens, if not all of the file; needs `dialect`.
    """

    def __init__(
        self,
        opener: Opener,
        *,
        name: str,
        uri: str,
        dialect: Dialect | None = None,
        block: int = PAYLOAD,
        given: Given | None = None,
        part: Part | None = None,
    ) -> None:
        self._uri = uri
        self._block = block
        self._stream: BinaryIO = opener()
        self._part = part or Part(1, True, True)
        self._head = b"" if part else read_fully(self._stream, SAMPLE)
        self.empty = False
        if dialect is None:
            dialect = self._sniffed(name, given)
        self._dialect = dialect
        self._width = dialect.width
        marks = dialect.marks
        self._marks = marks
        self._delimiter = marks.out_delimiter
        self._quote = marks.out_quote
        self._newline = marks.newline
        self._fast = marks.plain
        self._comment = dialect.comment.encode()
        self._shortest = dialect.shortest or dialect.width
        self._recoder = Recoder(self._part.encoding or dialect.encoding, uri)
        named = given is not None and given.encoding is not None
        self._doubt = "" if named else doubt(self._head, self._recoder.encoding)
        self._settled = dialect.encoding_certain or self._part.encoding is not None
        self._bare = False
        self._calm = _CALM
        self._careful = Careful(marks, self._width)
        self._roads = roads(marks, self._width)
        self._converter = None if marks.plain else Converter(marks, self._width)
        self._stride = PAYLOAD
        self._line = self._part.line
        self._header = dialect.header_raw.encode()
        self._judge = Judge(self._header, self._comment, marks.newline, dialect.width)
        self._unfinished = 0
        self._trailing: list[tuple[int, str, str, bytes]] = []
        self.mended = 0
        self.padded = 0
        self._keep = columns_that_fit(self._width, dialect.row_bytes)

    def _sniffed(self, name: str, given: Given | None) -> Dialect:
        whole = len(self._head) < SAMPLE
        try:
            return sniff(self._head, whole=whole, name=name, uri=self._uri, given=given)
        except NoColumns:
            if not whole:
                raise
            self.empty = True
            return Dialect(UTF8, 0, True, ",", '"', "\n", False, 0, 0, False, (), 1.0)

    @property
    def dialect(self) -> Dialect:
        """How the file is written."""
        return self._dialect

    @property
    def shape(self) -> Shape:
        """The columns that the header names; the table gets no column beyond the width."""
        dialect = self._dialect
        notes = ["the file is empty"] if self.empty else []
        if len(dialect.labels) > dialect.width:
            notes.append(
                f"the header has {len(dialect.labels)} cells, most records {dialect.width}"
            )
        columns = [Column(label) for label in dialect.labels[: dialect.width]]
        if self._keep < self._width:
            notes.append(
                f"{self._width:,} columns are more than a Postgres row can hold: from column"
                f" {self._keep + 1} on they are in {REST}, a jsonb object"
            )
            columns = [*columns[: self._keep], Column(None, "jsonb", REST)]
        if dialect.confidence < _DOUBTFUL and not self.empty:
            notes.append(
                f"not sure how it is written (confidence {dialect.confidence:.2f}):"
                " extract/sources.yml can say"
            )
        notes += [self._doubt] if self._doubt else []
        facts = dialect.as_dict() | {"encoding": self._recoder.encoding}
        if self.mended or self.padded:
            facts |= {"records_mended": self.mended, "records_padded": self.padded}
        return Shape(
            columns=tuple(columns),
            dialect=facts,
            delimiter=self._delimiter.decode(),
            quote=self._quote.decode(),
            notes=tuple(notes),
        )

    def pieces(self, types: Sequence[DataType]) -> Pieces | None:  # noqa: ARG002 - all are text
        """See `formats.base.Reader`."""
        from extract.pieces import CsvPieces

        if self._dialect.encoding not in ONE_BYTE_ENDS or not self._width:
            return None
        return CsvPieces(self._dialect)

    def payloads(
        self,
        file_id: int,
        types: Sequence[DataType],  # noqa: ARG002 - every cell is text
        tally: Tally,
    ) -> Iterator[bytes]:
        """See `formats.base.Reader`."""
        splice = Splicer(b"%d%b" % (file_id, self._delimiter), self._delimiter)
        return (payload for payload, _ in self._payloads(splice, tally))

    @property
    def odd(self) -> tuple[int, int]:
        """Records mended and padded so far: for `note_odd`."""
        return self.mended, self.padded

    def note_odd(self, mended: int, padded: int) -> None:
        """Take over what the reader of a piece found."""
        self.mended += mended
        self.padded += padded

    def bare_payloads(self, tally: Tally) -> Iterator[tuple[bytes, range | None]]:
        """Yield bytes for a COPY of fewer columns, for a table that counts lines by itself.

        Each comes with the lines of its records if these stand in it without them, one record a
        line; with None if every record has its line in front.
        """
        self._bare = self._keep == self._width
        return self._payloads(Splicer(b"", self._delimiter), tally)

    def _payloads(self, splice: Splicer, tally: Tally) -> Iterator[tuple[bytes, range | None]]:
        surplus = None
        if self._keep < self._width:
            surplus = Surplus(self._dialect.labels, self._keep, self._marks)
        for records, lines in self._records(tally):
            self._flush(tally, before=lines[-1])
            tally.landed += len(lines)
            if isinstance(records, Giant):
                yield splice.head(lines[0]), None
                for piece in records.spool.blocks(0, records.scanner.length):
                    yield piece, None
                yield b"\n", None
            elif isinstance(records, bytes):
                assert isinstance(lines, range)  # noqa: S101 - no line was left out
                yield records, lines
            else:
                yield splice(surplus(records) if surplus else records, lines), None
        self._flush(tally)

    def _blocks(self) -> Iterator[bytes]:
        """The file in UTF-8, in small blocks."""
        head = self._head[self._dialect.mark :] if self._part.first else b""
        self._head = b""
        for start in range(0, len(head), self._block):
            yield self._recode(head[start : start + self._block])
        del head
        while block := self._stream.read(self._block):
            yield self._recode(block)
        yield self._recoder.recode(b"", final=True)

    def _recode(self, block: bytes) -> bytes:
        if not self._settled and not block.isascii():
            # The sample was all ASCII: the first block that is not decides.
            self._settled = True
            self._recoder = Recoder(detect(block).name, self._uri)
        return self._recoder.recode(block)

    def _records(self, tally: Tally) -> Iterator[_Group]:
        """Yield good records without their line ends, or in whole lines; with where they start."""
        blocks = self._blocks()
        buffer = bytearray()
        ended = False
        wanted = 1
        to_skip = self._dialect.header_rows if self._dialect.header and self._part.first else 0
        preamble = self._dialect.preamble if self._part.first else 0
        while not ended or buffer:
            for _ in range(0 if ended else wanted):
                block = next(blocks, None)
                if block is None:
                    ended = True
                    break
                buffer += block
            if ended and buffer and not buffer.endswith(self._newline):
                buffer += self._newline
                self._unfinished = self._line + buffer.count(self._newline) - 1
            text = bytes(buffer)
            if preamble:
                text, preamble = self._step_over(text, preamble, tally)
            while to_skip and text and not preamble:
                skipped, consumed = self._careful.first(text, ended or len(text) > LONGEST_RECORD)
                if not consumed:
                    break
                self._line += text.count(self._newline, 0, consumed)
                text = text[consumed:]
                if skipped:
                    to_skip -= 1
            if to_skip or preamble:
                buffer = bytearray(text)
                continue
            if self._bare and (whole := self._whole(text)):
                yield whole.text, range(self._line, self._line + whole.lines)
                self._line += whole.lines
                buffer, wanted = bytearray(text[whole.used :]), 1
                continue
            used, groups = self._take(text, ended and self._part.last, tally)
            yield from groups
            buffer = bytearray(text[used:])
            if not used and len(buffer) >= GIANT and self._may_be_giant(text, tally):
                found, rest, blocks = self._giant(text, blocks, ended, tally)
                yield from found
                buffer, ended, wanted = bytearray(rest), False, 1
                continue
            if ended and buffer and not self._part.last:
                raise PartMisread
            # Nothing complete: a long record. Read twice as much before looking again.
            wanted = 1 if used else max(1, len(buffer) // self._block)

    def _may_be_giant(self, text: bytes, tally: Tally) -> bool:
        if not self._fast or tally.kept is not None or self._keep < self._width:
            return False
        comment = self._comment and text.startswith(self._comment)
        return not comment and not text.startswith(MARK)

    def _giant(
        self, text: bytes, blocks: Iterator[bytes], ended: bool, tally: Tally
    ) -> tuple[list[_Group], bytes, Iterator[bytes]]:
        """A record that starts in `text`, what was read beyond it, and the blocks behind that."""
        line = self._line
        giant = follow(self._marks, text, blocks, ended=ended, uri=self._uri, line=line)
        if not self._part.last and not giant.complete:
            raise PartMisread
        if giant.unfinished:
            self._unfinished = line
        if giant.good(self._width):
            self._line += giant.scanner.lines
            return [(giant, range(line, line + 1))], giant.rest, blocks
        if giant.swallowed(self._careful, self._newline, self._width):
            text, behind = giant.first_line(self._newline)
            blocks, rest = chain(behind, blocks), b""
        else:
            text, rest = b"".join(giant.spool.blocks()), giant.rest
        if not text.endswith(self._newline):
            text += self._newline
        _, groups = self._one_by_one(text, True, tally)
        return [*groups], rest, blocks

    def _step_over(self, text: bytes, preamble: int, tally: Tally) -> tuple[bytes, int]:
        """Set lines of the preamble aside; gives what is left of the text and of the preamble."""
        start = 0
        while preamble and (end := text.find(self._newline, start)) >= 0:
            line = text[start:end]
            if self._newline == b"\n" and line.endswith(b"\r"):
                line = line[:-1]
            if line.strip(b" \t"):
                stored = self._recoder.stored(line)
                tally.refuse(self._line, "preamble", "above the header", stored)
            self._line += 1
            start, preamble = end + 1, preamble - 1
        return text[start:], preamble

    def _whole(self, text: bytes) -> Whole | None:
        """Lines that can land as they are, if all do, and have done so for a while."""
        if not self._fast:
            return None
        whole = self._roads.whole(text)
        if whole is None or not whole.used or not self._judge.clean(whole.text):
            self._calm = 0
            return None
        self._calm += 1
        return whole if self._calm > _CALM else None

    def _take(
        self, text: bytes, ended: bool, tally: Tally
    ) -> tuple[int, list[tuple[list[bytes], Sequence[int]]]]:
        """Complete records at the start of `text`: bytes used, and groups of good records."""
        if not text:
            return 0, []
        if not self._fast:
            return self._piece_by_piece(text, ended or len(text) >= LONGEST_RECORD, tally)
        if len(text) < LONGEST_RECORD or self._quote not in text:
            split = self._roads.split(text)
            if split is not None and (split.used or not ended):
                return split.used, self._accepted(text, split, tally)
        return self._one_by_one(text, ended or len(text) >= LONGEST_RECORD, tally)

    def _piece_by_piece(
        self, text: bytes, ended: bool, tally: Tally
    ) -> tuple[int, list[tuple[list[bytes], Sequence[int]]]]:
        """Pieces that can be turned at once, smaller where some cannot; the rest one by one."""
        groups: list[tuple[list[bytes], Sequence[int]]] = []
        at, whole = 0, len(text)
        while at < whole:
            end = text.rfind(self._newline, at, at + self._stride) + 1
            end = end or text.find(self._newline, at + self._stride) + 1 or whole
            piece = text[at:end]
            split = None
            whole_lines = tally.kept is None and piece.endswith(self._newline)
            if self._converter and whole_lines and self._judge.clean(piece):
                split = self._converter.split(piece)
            if split is not None and (self._width > 1 or b"" not in split.records):
                groups += self._accepted(piece, split, tally)
                at, self._stride = end, min(2 * self._stride, 1 << 20)
                continue
            if self._stride > _SHORTEST_PIECE:
                self._stride = max(_SHORTEST_PIECE, min(self._stride, end - at) // 2)
                continue
            used, found = self._one_by_one(piece, ended and end == whole, tally)
            if not used:  # A record that goes on behind the piece.
                used, found = self._one_by_one(text[at:], ended, tally)
            if not used:
                break
            groups += found
            at += used
        return at, groups

    def _accepted(
        self, text: bytes, split: Split, tally: Tally
    ) -> list[tuple[list[bytes], Sequence[int]]]:
        """The good ones of the records that a fast road split."""
        if not split.used:
            return []
        first, records = self._line, split.records
        self._line += split.lines
        lines: Sequence[int] = range(first, first + len(records))
        if split.begins is not None:
            lines = [first + line for line in split.begins]
        clean = self._judge.clean(text[: split.used])
        if split.widths is None and clean and (self._width > 1 or b"" not in records):
            return [(records, lines)]
        widths = split.widths or [self._width] * len(records)
        return self._sorted_out(records, widths, lines, clean, tally)

    def _one_by_one(
        self, text: bytes, ended: bool, tally: Tally
    ) -> tuple[int, list[tuple[list[bytes], Sequence[int]]]]:
        """A block with something odd in it."""
        found, used, line_count = self._careful.split(text, ended)
        records: list[bytes] = []
        widths: list[int] = []
        lines: list[int] = []
        groups: list[tuple[list[bytes], Sequence[int]]] = []
        for record in found:
            line = self._line + record.line
            if self._broken(record, line, tally):
                continue
            if record.mended:
                self.mended += 1
            if tally.kept is not None and not record.same:
                tally.kept[line] = self._recoder.stored(record.raw)
            records.append(record.csv)
            widths.append(record.width)
            lines.append(line)
        if line_count != text.count(self._newline, 0, used) and not self._part.last:
            raise PartMisread  # The lines of what follows were counted otherwise.
        self._line += line_count
        if records:
            groups = self._sorted_out(records, widths, lines, False, tally)
        return used, groups

    def _broken(self, record: Record, line: int, tally: Tally) -> bool:
        """Set a record aside whose quotes cannot be right, or whose bytes COPY is not given."""
        raw = record.raw
        if not raw:
            return False
        if self._comment and raw.startswith(self._comment):
            self._refuse(tally, line, "comment", f"starts with {self._dialect.comment}", raw)
            return True
        if record.broken:
            self._refuse(tally, line, "broken_quote", record.broken, raw)
            return True
        if self._header and raw == self._header:
            self._refuse(tally, line, "repeated_header", "the header again", raw)
            return True
        short = self._shortest <= record.width < self._width and line != self._unfinished
        if record.same or ((record.width == self._width or short) and is_text(raw)):
            return False
        # Reject the bytes as they stand in the file, not as they were put right.
        reason, detail = self._judge.fault(raw, record.width, self._recoder)
        self._refuse(tally, line, reason, detail, raw)
        return True

    def _refuse(self, tally: Tally, line: int, reason: str, detail: str, raw: bytes) -> None:
        # Kept back until a good record follows: what none follows may be a footer.
        self._trailing.append((line, reason, detail, self._recoder.stored(raw)))
        if len(self._trailing) > _LONGEST_FOOTER:
            self._flush(tally, before=line + 1)

    def _flush(self, tally: Tally, before: int | None = None) -> None:
        """Hand on what was refused: all of it at the end, else what stands before a line."""
        kept = []
        for refused in self._trailing:
            line, reason, detail, raw = refused
            if before is not None and line >= before:
                kept.append(refused)
                continue
            single = reason == "wrong_width" and detail.startswith("1 cells,")
            at_end = before is None and self._part.last and line != self._unfinished
            if at_end and single and self._width > 2 and tally.landed:
                reason = "footer"
            tally.refuse(line, reason, detail, raw)
        self._trailing = kept

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
                if width != want or not records[i] or not self._judge.clean(records[i])
            ]
        for index in odd:
            record, width = records[index], widths[index]
            short = self._shortest <= width < want and lines[index] != self._unfinished
            if short and record and self._judge.clean(record):
                # The cells that its writer left out are empty ones.
                records[index] = record + self._delimiter * (want - width)
                self.padded += 1
                continue
            if record.startswith(MARK) and self._judge.clean(record[len(MARK) :]) and width == want:
                # Files were joined: the mark belongs to the second one's start, not to its cell.
                records[index] = record[len(MARK) :]
                continue
            if index > start:
                groups.append((records[start:index], lines[start:index]))
            start = index + 1
            if record:
                reason, detail = self._judge.fault(record, width, self._recoder)
                self._refuse(tally, lines[index], reason, detail, record)
        if start < len(records):
            groups.append((records[start:], lines[start:]))
        return groups


_CALM = 8
"""Blocks in a row without anything odd, after which whole lines go out again: it costs a COPY."""
_LONGEST_FOOTER = 20
_SHORTEST_PIECE = 1 << 10
"""Bytes that go record by record if one of them has to."""
_DOUBTFUL = 0.5
