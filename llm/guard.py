"""Which SQL may run: an allow-list over the syntax tree, and the statement regenerated from it.

One statement, a SELECT; relations that the reader knows, each written out with its schema; nodes,
functions and types from the lists in `llm.grammar`. What runs is made from the tree, so comments,
quoting tricks and whatever the parser did not understand never reach the server. It holds attacks
back and says why; it is not a query planner and does not judge whether a query is sensible.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from llm import grammar
from llm.errors import SqlRefusedError

MAX_SQL_CHARACTERS = 50_000
MAX_NODES = 5_000

# It warns on stderr about statements that it cannot read; we refuse those and say so ourselves.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Relations:
    """What may be read.

    Attributes:
        tables: (schema, name) pairs, as they are spelled in the catalogue.
        database: the only database name that may stand in front of a schema.
        search_path: schemas in which an unqualified name is looked up, in this order.
    """

    tables: frozenset[tuple[str, str]]
    database: str
    search_path: tuple[str, ...]

    def find(self, name: str, schema: str = "") -> tuple[str, str] | None:
        """The (schema, name) meant, or None."""
        for candidate in (schema,) if schema else self.search_path:
            if (candidate, name) in self.tables:
                return candidate, name
        return None


@dataclass(frozen=True)
class Checked:
    """A statement that may run: its text, and the schema-qualified relations it reads, sorted."""

    sql: str
    relations: tuple[str, ...]


def check(sql: str, relations: Relations) -> Checked:
    """Check a statement and write it anew.

    Args:
        sql: what someone wants to run, in Postgres' dialect.
        relations: what may be read.

    Raises:
        SqlRefusedError: it is not one readable SELECT over known relations with known functions.
    """
    tree = _parsed(sql)
    for count, node in enumerate(tree.walk()):
        if count > MAX_NODES:
            raise _refused("the statement is too large", "Split it, or aggregate earlier.")
        _check_node(node)
    used = _qualify(tree, relations)
    text = render(tree)
    _check_rewritten(text)
    return Checked(text, tuple(sorted(used)))


def render(tree: exp.Expr) -> str:
    """The tree as Postgres SQL: pretty, no comments, names quoted where Postgres needs it."""
    tree = tree.copy()
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", grammar.needs_quotes(identifier.name, bool(identifier.quoted)))
    return tree.sql(dialect="postgres", pretty=True, comments=False)


def _parsed(sql: str) -> exp.Expr:
    if not sql.strip():
        raise _refused("there is no SQL", "Write one SELECT statement.")
    if len(sql) > MAX_SQL_CHARACTERS:
        raise _refused(
            f"the statement has {len(sql):,} characters", f"Up to {MAX_SQL_CHARACTERS:,} are read."
        )
    if any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in sql):
        raise _refused("the statement holds a character that is no text", "Remove it.")
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect="postgres") if tree is not None]
    except SqlglotError as error:
        raise _refused(_parse_error(error), "Check the syntax: one Postgres SELECT.") from error
    except RecursionError as error:
        raise _refused("the statement is nested too deeply", "Write it flatter.") from error
    if len(trees) != 1:
        raise _refused(
            f"{len(trees)} statements" if trees else "there is no statement", "Write one SELECT."
        )
    tree = trees[0]
    if not isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery):
        word = sql.split(None, 1)[0].strip("(;").upper()[:20]
        raise _refused(
            f"{word or 'this'} is no SELECT", "Only SELECT (or WITH ... SELECT) runs here."
        )
    return tree


def _check_rewritten(text: str) -> None:
    """Some parts of a tree are plain strings: distrust the rewritten text like the input.

    A parser that reads its own output differently may have misread the input too.
    """
    try:
        tree = _parsed(text)
        for node in tree.walk():
            _check_node(node)
        stable = render(tree) == text
    except SqlRefusedError:
        stable = False
    if not stable:
        raise _refused("the statement cannot be rewritten safely", "Write it more simply.")


def _check_node(node: exp.Expr) -> None:
    kind = type(node).__name__
    if isinstance(node, exp.Anonymous):
        name = str(node.this).lower()
        if (
            isinstance(node.this, exp.Identifier) and node.this.quoted
        ) or name not in grammar.FUNCTIONS:
            raise _refused(f"the function {name}() is not allowed", _functions_hint())
        return
    if kind not in grammar.NODES:
        if isinstance(node, exp.Func):
            raise _refused(
                f"the function {node.sql_name().lower()}() is not allowed", _functions_hint()
            )
        raise _refused(
            f"{grammar.in_words(kind)} is not allowed", "Only plain SELECT syntax runs here."
        )
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        raise _refused(
            "a function with a schema in front is not allowed",
            "Call the function by its name alone.",
        )
    if isinstance(node, exp.DataType) and (
        not isinstance(node.this, exp.DataType.Type) or node.this.name not in grammar.TYPES
    ):
        raise _refused(
            f"a cast to {node.sql(dialect='postgres').lower()} is not allowed",
            "Cast to text, numeric, integer, boolean, date, timestamp or jsonb.",
        )
    if isinstance(node, exp.Column) and node.name.lower() in grammar.SYSTEM_COLUMNS:
        raise _refused(f"the system column {node.name} is not allowed", "Select named columns.")
    if isinstance(node, exp.Collate) and not isinstance(
        node.expression, exp.Identifier | exp.Column | exp.Var
    ):
        raise _refused("this collation is not allowed", 'Name it alone: collate "C".')
    if isinstance(node, exp.Collate) and not _is_collation(node.expression.name):
        raise _refused(
            f"the collation {node.expression.name} is not allowed",
            f"There are: {', '.join(sorted(grammar.COLLATIONS))}.",
        )
    if isinstance(node, exp.Pad) and not _small(node.expression):
        raise _refused(
            "lpad/rpad needs a literal length up to 1,000", "Write the length as a number."
        )


def _is_collation(name: str) -> bool:
    return name.lower() in grammar.COLLATIONS or name.endswith("-x-icu")


def _small(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Literal) and node.is_int and 0 <= int(node.this) <= grammar.MAX_PAD


def _qualify(tree: exp.Expr, relations: Relations) -> set[str]:
    used: set[str] = set()
    for cte in tree.find_all(exp.CTE):
        if cte.alias.lower().startswith("pg_"):
            raise _refused(f"a CTE may not be called {cte.alias}", "Choose a name without pg_.")
    for table in list(tree.find_all(exp.Table)):
        if not isinstance(table.this, exp.Identifier):
            continue  # a function in FROM: its name has been checked as a function
        name, schema, catalog = (
            _folded(table.args.get(part)) for part in ("this", "db", "catalog")
        )
        if not schema and name in set(_visible_ctes(table)):
            continue
        found = relations.find(name, schema)
        if found is None or (catalog and catalog != relations.database):
            shown = ".".join(part for part in (catalog, schema, name) if part)
            raise _refused(
                f"there is no relation {shown} to read", _relations_hint(relations, name)
            )
        if not table.alias:
            # The unqualified name stays usable as a prefix: fct_orders.order_id.
            table.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
        table.set("db", exp.to_identifier(found[0], quoted=True))
        table.set("this", exp.to_identifier(found[1], quoted=True))
        table.set("catalog", None)
        used.add(".".join(found))
    return used


def _visible_ctes(table: exp.Table) -> Iterator[str]:
    """Names of the CTEs that this place can see: of each query around it, those defined before."""
    child: exp.Expr = table
    node = table.parent
    while node is not None:
        if isinstance(node, exp.With):
            # Inside a WITH: its earlier CTEs, and with RECURSIVE all of them, itself included.
            for cte in node.expressions:
                if cte is child and not node.args.get("recursive"):
                    break
                yield _folded(cte.args["alias"].this)
        elif not isinstance(child, exp.With):
            with_ = node.args.get("with_") or node.args.get("with")
            if with_ is not None:
                yield from (_folded(cte.args["alias"].this) for cte in with_.expressions)
        child, node = node, node.parent


def _folded(identifier: exp.Expr | None) -> str:
    if identifier is None:
        return ""
    if isinstance(identifier, exp.Identifier) and identifier.quoted:
        return identifier.name
    return identifier.name.lower()


def _refused(what: str, hint: str) -> SqlRefusedError:
    return SqlRefusedError(what, where="SQL refused", hint=hint)


def _parse_error(error: SqlglotError) -> str:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        return f"cannot be read at line {first['line']}, column {first['col']}"
    return "cannot be read as SQL"


def _functions_hint() -> str:
    return "Use the usual aggregate, window, date, text and JSON functions."


def _relations_hint(relations: Relations, wanted: str) -> str:
    names = sorted(name for _, name in relations.tables)
    close = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    marts = sorted(f"{schema}.{name}" for schema, name in relations.tables if schema == "marts")
    return f"Did you mean {', '.join(close)}?" if close else f"There are: {', '.join(marts[:20])}."
