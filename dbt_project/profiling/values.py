"""What a profile says, as values. They are stored as JSON in `quality.profiles` and read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "empty", "boolean", "integer", "number", "amount", "share", "measure", "date", "month",
    "timestamp", "epoch", "epoch_millis", "time_of_day", "duration", "email", "url", "code", "text",
    "prose", "json",
]  # fmt: skip
"""What a column holds. `code`: short, without spaces, not to calculate with; `prose`: sentences."""

NUMBERS: tuple[Kind, ...] = ("integer", "number", "amount", "share", "measure")
TIMES: tuple[Kind, ...] = ("date", "month", "timestamp", "epoch", "epoch_millis")


@dataclass(frozen=True)
class Count:
    """A value and how many of the rows looked at have it."""

    value: str
    rows: int


@dataclass(frozen=True)
class ColumnProfile:
    """One column of a raw table, or one field inside a JSON column.

    Attributes:
        name: the column, or column and keys joined by `_`.
        path: the column and the keys that lead to the field.
        label: as the file has it; None if the file has no header.
        rows: how many were looked at.
        nulls: rows without a value: NULL, blank, or a word for nothing.
        words_for_nothing: those words, with their rows.
        codes_like_nothing: such words that are values here, as `NA` is among country codes.
        odd_ones: values taken for nothing in this column only, as `-999` among temperatures.
        given: rows with a value.
        distinct: different values among those; of the sample where `exact` is false.
        exact: whether all rows were looked at.
        kind: what it holds.
        fits: share of the given rows that can be read as that kind.
        order: how dates are written, where it is not by year, month and day: `dmy`, `mdy`, `named`
            (months by their names), `historic` (years before 1900); empty elsewhere.
        decimal: `comma` where that is the decimal sign; empty elsewhere.
        unit: what stands behind every number, such as `kg`; empty if nothing does.
        low, high, mean, median: of numbers and times, as text; empty for other kinds.
        spread: rows in each tenth of the way from the 1st to the 99th percentile, of numbers.
        decimals: most digits behind the decimal sign.
        shortest, longest: characters of a value.
        words: of a value, on average.
        leading_zero: whether a number is written with a nought before it, as postcodes are.
        top: the most frequent values, with their rows.
        shapes: the most frequent shapes (letters x or X, digits 9), with their rows.
        unread: values that do not fit the kind.
        languages: of free text, which the texts are in, with their rows; of those looked at.
        personal: the kind of personal data it may be; empty if it is none.
        doubt: what could not be decided, as a question; empty if nothing was left open.
        stored_as_json: whether the column itself is one of JSON, so that nothing has to read it.
    """

    name: str
    path: tuple[str, ...]
    label: str | None
    rows: int
    nulls: int
    given: int
    distinct: int
    exact: bool
    kind: Kind
    fits: float
    words_for_nothing: tuple[Count, ...] = ()
    codes_like_nothing: tuple[Count, ...] = ()
    odd_ones: tuple[Count, ...] = ()
    order: str = ""
    decimal: str = ""
    unit: str = ""
    low: str = ""
    high: str = ""
    mean: str = ""
    median: str = ""
    spread: tuple[int, ...] = ()
    decimals: int = 0
    shortest: int = 0
    longest: int = 0
    words: float = 0.0
    leading_zero: bool = False
    top: tuple[Count, ...] = ()
    shapes: tuple[Count, ...] = ()
    unread: tuple[Count, ...] = ()
    languages: tuple[Count, ...] = ()
    personal: str = ""
    doubt: str = ""
    stored_as_json: bool = False

    @property
    def unique(self) -> bool:
        """Whether every value given stands in one row only."""
        return self.given > 0 and self.distinct == self.given

    @property
    def raw(self) -> str:
        """The path with dots, as the rules and tests of the project name it."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Key:
    """Columns whose values tell the rows apart.

    Attributes:
        columns: by their names in the profile.
        repeated: rows that another row has the same key as, but for the first of each.
        copies: of those, how many are like the first in every column.
        missing: rows in which one of the columns is empty.
        examples: keys that stand in several rows.
    """

    columns: tuple[str, ...]
    repeated: int = 0
    copies: int = 0
    missing: int = 0
    examples: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it tells all rows apart, copies of whole rows left out."""
        return self.repeated == self.copies and self.missing == 0


@dataclass(frozen=True)
class Link:
    """A column whose values stand in the key of another table.

    Attributes:
        column: of the child.
        parent: the other table.
        parent_column: its key.
        given, orphans: rows of the child with a value; of those, rows whose value the parent lacks.
        examples: such values.
        evidence: what speaks for it, in words.
    """

    entity: str
    column: str
    parent: str
    parent_column: str
    given: int
    orphans: int
    examples: tuple[Count, ...] = ()
    evidence: str = ""

    @property
    def share(self) -> float:
        """The share of the values given that the parent has."""
        return 1 - self.orphans / self.given if self.given else 0.0


@dataclass(frozen=True)
class ListIn:
    """A list inside a column.

    Attributes:
        path: the column, and the keys that lead to the list inside its JSON.
        of_objects: whether its elements are objects; else they are plain values.
        mark: what stands between the values of a text, as in `Drama,Crime`; empty in JSON.
        is_map: whether it is an object whose keys are data, as `{"de": "German"}`: its elements are
            objects of a `key` and a `value`.
    """

    path: tuple[str, ...]
    of_objects: bool = False
    mark: str = ""
    is_map: bool = False


@dataclass(frozen=True)
class TableProfile:
    """One raw table.

    Attributes:
        rows: all of them.
        looked_at: how many were looked at for types and values.
        columns: in the table's order, the fields of JSON columns in place of these.
        keys: best first; empty if no column or combination tells the rows apart.
        links: to other tables; filled when tables are profiled together.
        arrays: the lists inside its JSON.
        parent: where the table is a list inside another: that one, and `list_in`, its place there.
        files: how many files are loaded, and where the first is.
        first_uri: the uri of the first file.
        version: the last load that the profile knows.
    """

    entity: str
    rows: int
    looked_at: int
    columns: tuple[ColumnProfile, ...]
    keys: tuple[Key, ...] = ()
    links: tuple[Link, ...] = ()
    files: int = 0
    first_uri: str = ""
    version: int = 0
    seconds: float = 0.0
    arrays: tuple[ListIn, ...] = ()
    parent: str = ""
    list_in: ListIn | None = None

    def column(self, name: str) -> ColumnProfile:
        """A column by its name.

        Raises:
            KeyError: there is none of that name.
        """
        for one in self.columns:
            if one.name == name:
                return one
        raise KeyError(name)

    @property
    def sampled(self) -> bool:
        """Whether less than all rows were looked at."""
        return self.looked_at < self.rows
