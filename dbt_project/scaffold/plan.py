"""What will be written, decided: one plan per raw table. Nothing here knows SQL or YAML layout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

RESERVED = frozenset({
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization",
    "binary", "both", "case", "cast", "check", "collate", "collation", "column", "concurrently",
    "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "default", "deferrable",
    "desc", "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign",
    "freeze", "from", "full", "grant", "group", "having", "ilike", "in", "initially", "inner",
    "intersect", "into", "is", "isnull", "join", "lateral", "leading", "left", "like", "limit",
    "localtime", "localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "only",
    "or", "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right",
    "select", "session_user", "similar", "some", "symmetric", "system_user", "table",
    "tablesample", "then", "to", "trailing", "true", "union", "unique", "user", "using",
    "variadic", "verbose", "when", "where", "window", "with",
})  # fmt: skip
"""Words that Postgres takes as a column's name in quotes only."""

UNPARSED = frozenset({
    "alter", "between", "cube", "drop", "if", "insert", "lock", "qualify", "regexp", "revoke",
    "rlike", "rollback", "rollup", "uncache",
})  # fmt: skip
"""Words that Postgres takes as a column's name, and sqlglot, which reads each query, does not."""

UNASKABLE = frozenset({
    "and", "as", "create", "distinct", "for", "from", "full", "having", "in", "inner", "into", "is",
    "join", "left", "like", "natural", "not", "null", "on", "or", "right", "select", "union",
    "using", "where", "with",
})  # fmt: skip
"""Words that MetricFlow takes as no name of an entity."""

Role = Literal["key", "link", "measure", "time", "category", "text", "attribute"]


@dataclass(frozen=True)
class Test:
    """A dbt test on a column: its name, arguments, and whether it warns only."""

    name: str
    arguments: tuple[tuple[str, Any], ...] = ()
    warns: bool = False


@dataclass(frozen=True)
class Column:
    """One column on its way from raw to mart.

    Attributes:
        name: in every model.
        path: raw column and keys into its JSON.
        reader: macro that reads it, with further arguments as they stand in the call.
        data_type: Postgres type in the mart.
        role: what it is good for.
        label, synonyms: words for it.
        meaning: what it holds, a sentence or two, from the profile.
        typed: whether reading can fail, so that a rule tells of it.
        personal: kind of personal data; empty if none.
        doubt: what was not decided; empty if nothing.
        tests: on the mart's column.
        usual: of numbers, the range with slack outside of which a test warns.
        nothing: values that mean nothing in this column only, in lower case.
    """

    name: str
    path: tuple[str, ...]
    reader: str
    arguments: str
    data_type: str
    role: Role
    label: str
    meaning: str
    typed: bool = False
    personal: str = ""
    doubt: str = ""
    synonyms: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()
    nothing: tuple[str, ...] = ()
    usual: tuple[int, int] | None = None

    @property
    def raw(self) -> str:
        """The raw column, a dot leading into JSON."""
        return ".".join(self.path)

    @property
    def is_time(self) -> bool:
        """Whether it holds dates or times."""
        return self.data_type in ("date", "timestamp with time zone")

    @property
    def rule(self) -> str:
        """Code of the rule that tells of a value that cannot be read."""
        return f"{self.name}_invalid"


@dataclass(frozen=True)
class Measure:
    """A column that is summed or averaged, and how; `expression` where that is not the column."""

    column: str
    aggregations: tuple[str, ...]
    unit: str = ""
    expression: str = ""


@dataclass(frozen=True)
class Link:
    """A column that leads to another entity's key.

    Attributes:
        entity: name of the semantic entity that both sides share.
        parent: raw table, and `parent_mart` its mart.
        holds: whether the parent's key is one, so that a join cannot multiply rows.
        orphans: rows whose value the parent lacks, of `given`.
    """

    column: str
    entity: str
    parent: str
    parent_mart: str
    parent_column: str
    holds: bool
    given: int
    orphans: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """Days beside the days that are like them: how many rows, and how much of a measure.

    Attributes:
        name: of the model.
        group: the column whose values are looked at one by one; empty: all rows together.
        measure: a column that is summed; empty: rows are only counted.
    """

    name: str
    group: str = ""
    measure: str = ""


@dataclass(frozen=True)
class Texts:
    """Free texts, each beside the others: its language, how it sounds, whether others say the same.

    Attributes:
        name: of the model.
        column: the one with the texts.
    """

    name: str
    column: str


@dataclass(frozen=True)
class Listed:
    """A list inside another table's column.

    Attributes:
        model: the model with that table's rows, and `column`, where the list stands.
        of_objects: whether the elements are objects of JSON.
        mark: what stands between the values of a text; empty in JSON.
        is_map: whether it is an object, whose keys are data.
        position: the column with the element's place in the list, and `places`, those of the lists
            that the list is inside of, the outermost first, with its own.
        owner_key: the column with the key of the row that has the list, where that is not a column
            of the row, and `owner_parts`, what it is made of.
    """

    model: str
    column: str
    of_objects: bool
    mark: str
    is_map: bool
    position: str
    places: tuple[str, ...]
    owner_key: str
    owner_parts: tuple[str, ...]


@dataclass(frozen=True)
class Entity:
    """Everything that is written for one raw table.

    Attributes:
        name: the raw table. `one` and `many` are its words.
        staging, judged, mart: names of its models.
        key: columns that tell rows apart; empty if none do: then file and line are the key.
        key_column: the mart's key column.
        key_doubt: why the key is doubted; empty if it is not.
        copies: rows that are copies of whole rows and are left out, since the key would not hold.
        time: the column that metrics count by; empty if the table has none: the day it was loaded.
        calendar: a date made of columns of years, months and days, where there is no other; it has
            no path.
        parts: the names of these columns, the year's first.
        questions: what could not be decided.
        entity_names: further names under which others lead to this entity's key.
        list_of: where the rows are elements of a list inside another table's column; None for raw
            tables.
        context: what is written of its days; None where they are too few.
        texts: what is written of its free texts; None where it has none.
        short: its words without those that the source's tables all begin with; empty if none do.
    """

    name: str
    source: str
    one: str
    many: str
    staging: str
    judged: str
    mart: str
    rows: int
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    key_column: str
    time: str
    measures: tuple[Measure, ...]
    links: tuple[Link, ...] = ()
    entity_names: tuple[str, ...] = ()
    key_doubt: str = ""
    copies: int = 0
    calendar: Column | None = None
    parts: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    short: str = ""
    context: Context | None = None
    texts: Texts | None = None
    list_of: Listed | None = None

    def column(self, name: str) -> Column:
        """A column by its name.

        Raises:
            KeyError: there is none of that name.
        """
        for one in self.columns_kept:
            if one.name == name:
                return one
        raise KeyError(name)

    @property
    def columns_kept(self) -> tuple[Column, ...]:
        """The columns from the judged rows on."""
        return (*self.columns, self.calendar) if self.calendar else self.columns

    @property
    def day(self) -> str:
        """The mart's date column that metrics count by."""
        if not self.time:
            return "loaded_on"
        return day_of(self.column(self.time))

    @property
    def parts_of_key(self) -> tuple[str, ...]:
        """The columns that tell its rows apart: its file and line where none do."""
        return self.key or ("_file_id", "_line")

    @property
    def is_natural(self) -> bool:
        """Whether the mart's key is a column of the source."""
        return self.key == (self.key_column,)


def day_of(column: Column) -> str:
    """The mart's date column of a time column: itself, or the day of a timestamp."""
    return column.name if column.data_type == "date" else f"{column.name}_date"


def is_name(name: str) -> bool:
    """Whether MetricFlow takes it as a name: two letters at least, no underscores side by side."""
    return re.fullmatch(r"(?!.*__)[a-z][a-z0-9_]*[a-z0-9]", name) is not None


def begun(name: str, source: str) -> str:
    """The name without underscores around it, and with the source's before a number: `_2026_q1`."""
    plain = name.strip("_")
    return f"{source}_{plain}" if plain[:1].isdigit() else plain


def link_stem(column: str) -> str:
    """What a column that leads to another table calls it: `habitat_id` a `habitat`."""
    return re.sub(r"_?(id|code|key|no|number)$", "", column) or column


@dataclass(frozen=True)
class Project:
    """The plans of one source, and the folder's name as dbt's source."""

    source: str
    entities: tuple[Entity, ...]

    @property
    def tables(self) -> tuple[Entity, ...]:
        """Those that have a raw table: without lists inside JSON."""
        return tuple(entity for entity in self.entities if not entity.list_of)
