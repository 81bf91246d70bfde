"""From profiles to plans: names, readers, roles, keys, links, measures, tests; and the questions.

What is decided here follows evidence in the profile. A name breaks ties only, or says what a number
is not: a year, a code or a latitude is nothing to sum up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from dbt_project.profiling.values import Key, TableProfile
from dbt_project.profiling.words import bare, joined, label, plural, singular
from dbt_project.scaffold import calendar, columns, context, lists, texts
from dbt_project.scaffold.plan import (
    UNASKABLE,
    Column,
    Entity,
    Link,
    Project,
    Role,
    Test,
    begun,
    is_name,
    link_stem,
)

_INTEGERS = {"bigint": "integer", "numeric": "integer"}
"""Types that can be compared with whole numbers."""
_VAGUE = {
    "times", "dates", "days", "weeks", "months", "years", "data", "info", "details", "lists",
    "rows", "records", "entries", "values", "stats", "counts", "numbers", "types", "names", "ids",
    "codes", "indices", "levels", "groups", "sets", "lines",
}  # fmt: skip
"""Words that say too little of a table to be one for it alone."""


def project(
    profiles: Sequence[TableProfile],
    source: str,
    models: Set[str] = frozenset(),
    words: Set[str] = frozenset(),
) -> Project:
    """The plan of a source.

    Args:
        profiles: of its tables, profiled together, so that their links are known.
        source: name of dbt's source: lower case letters, digits and `_`.
        models: names of models that the project has already.
        words: names of metrics, semantic models and entities that it has already.
    """
    known = {one.entity: one for one in profiles}
    led_to = Counter((link.parent, link.parent_column) for one in profiles for link in one.links)
    entities = {
        one.entity: _with_free_names(
            _entity(one, source, led_to, _called(one.entity, list(known))), models, words
        )
        for one in profiles
        if not one.list_in
    }
    for profile in profiles:  # A list comes behind the table, or the list, that has it.
        if profile.list_in and (parent := entities.get(profile.parent)):
            one = lists.entity(profile, profile.list_in, parent)
            entities[profile.entity] = _with_free_names(one, models, words)
    linked = {
        name: _with_distinct_labels(_with_links(known[name], one, entities))
        for name, one in entities.items()
    }
    shorter = _shorter(linked, source)
    named = {
        name: replace(
            one,
            short=shorter.get(name, ""),
            entity_names=tuple(
                sorted(
                    {
                        link.entity
                        for other in linked.values()
                        for link in other.links
                        if link.parent == name != other.name and link.holds
                    }
                    - {one.one}
                )
            ),
        )
        for name, one in linked.items()
    }
    return Project(source, tuple(named.values()))


def _with_free_names(entity: Entity, models: Set[str], words: Set[str]) -> Entity:
    """The plan with the source's name before names that others have, or that nothing may have."""
    if models & {f"dim_{entity.name}", f"fct_{entity.name}", entity.judged}:
        kind = entity.mart.partition("_")[0]
        stem = f"{entity.source}_{entity.name}"
        entity = replace(entity, judged=f"int_{stem}__judged", mart=f"{kind}_{stem}")
    refused = entity.one in UNASKABLE or not is_name(entity.one)
    if refused or words & {entity.name, entity.one, entity.many}:
        one = f"{entity.source}_{entity.one}"
        entity = replace(entity, one=one, many=f"{entity.source}_{entity.many}")
    return entity


def _with_distinct_labels(entity: Entity) -> Entity:
    """The plan with columns of the same label called by their names: MetricFlow wants it so."""
    times = Counter(column.label.lower() for column in entity.columns)
    distinct = tuple(
        replace(column, label=label(column.name)) if times[column.label.lower()] > 1 else column
        for column in entity.columns
    )
    return replace(entity, columns=distinct)


def _called(table: str, tables: Sequence[str]) -> str:
    """The table's name without a number behind it, if that leaves no doubt which is meant."""
    alike = [one for one in tables if bare(one) == bare(table)]
    return bare(table) if alike == [table] else table


def _shorter(entities: Mapping[str, Entity], source: str) -> dict[str, str]:
    """Table -> its words without the first ones, where no other is meant by what is left.

    The only table of a folder of `stations` holds stations, whatever its file is called.
    """
    beginning = _beginning(list(entities))
    said = {name: one.many.split("_") for name, one in entities.items()}
    last = Counter(words[-1] for words in said.values())
    found = {}
    alone = [name for name, one in entities.items() if not one.list_of]
    # A table of `country_by_population` holds countries; the population is its column.
    whole = {
        name for one in entities.values() for name in (one.name, one.one, one.many, *_asked_of(one))
    }
    for name, one in entities.items():
        if alone == [name] and singular(source) not in (source, one.one):
            found[name] = source
        elif beginning and one.one.startswith(beginning):
            found[name] = one.many.removeprefix(beginning)
        elif len(said[name]) > 1 and last[said[name][-1]] == 1 and said[name][-1] not in _VAGUE:
            found[name] = said[name][-1]
    return {name: short for name, short in found.items() if not {short, singular(short)} & whole}


def _asked_of(entity: Entity) -> list[str]:
    """Columns of a table that questions are about; those of a list are called as the list is."""
    columns = [] if entity.list_of else entity.columns
    return [column.name for column in columns if column.role in ("measure", "category", "time")]


def _beginning(tables: Sequence[str]) -> str:
    """The words with which at least three tables begin, as `iso_639_3_`; empty if none do."""
    counts: dict[str, int] = {}
    for table in tables:
        words = table.split("_")
        for end in range(1, len(words)):
            start = "_".join(words[:end]) + "_"
            counts[start] = counts.get(start, 0) + 1
    shared = [start for start, count in counts.items() if count >= 3]
    return max(shared, key=len, default="")


def _key(profile: TableProfile, led_to: Counter[tuple[str, str]]) -> Key | None:
    """The key of the mart: of those that hold, the one that others lead to, else the best."""
    return max(
        (key for key in profile.keys if key.holds),
        key=lambda key: (
            not key.copies,
            led_to[profile.entity, key.columns[0]] if len(key.columns) == 1 else 0,
        ),
        default=None,
    )


def _entity(
    profile: TableProfile, source: str, led_to: Counter[tuple[str, str]], called: str
) -> Entity:
    called = begun(called, source)
    one = singular(called)
    names = columns.names({column.name: column for column in profile.columns}, one)
    key = _key(profile, led_to)
    own = sum(link.parent == profile.entity for link in profile.links)
    is_dimension = bool(
        key and len(key.columns) == 1 and led_to[profile.entity, key.columns[0]] > own
    )
    nearly = None if key else next(iter(profile.keys), None)
    key_columns = tuple(names[name] for name in key.columns) if key else ()
    planned = tuple(
        columns.planned(column, names[column.name], profile, key) for column in profile.columns
    )
    time = columns.time(planned, profile)
    parts = () if time else calendar.parts(profile)
    made = calendar.made([names[part] for part in parts], names.values()) if parts else None
    time = made.name if made else time
    measures = tuple(
        found
        for column, seen in zip(planned, profile.columns, strict=True)
        if column.name not in key_columns and (found := columns.measure(column, seen))
    )
    # What has a time, a sum and a way to others happened, even if others lead to it as well.
    happened = (
        time
        and not made
        and any("sum" in measure.aggregations for measure in measures)
        and any(link.parent != profile.entity for link in profile.links)
    )
    is_dimension = (is_dimension and not happened) or (
        not time and not measures and not profile.links and bool(key)
    )
    kind = "dim" if is_dimension else "fct"
    key_column = (
        key_columns[0] if len(key_columns) == 1 else columns.free(f"{one}_key", names.values())
    )
    plain = profile.entity.strip("_")
    questions = [f"{profile.entity}.{c.name}: {c.doubt}" for c in planned if c.doubt]
    if not key and profile.rows > 1:
        questions.append(_key_question(profile, nearly))
    elif key and key.copies:
        questions.append(
            f"{profile.entity}: {key.copies:,} rows are copies of whole rows, so that "
            f"{joined(list(key.columns))} would be there twice: they are left out. Right?"
        )
    return Entity(
        name=profile.entity,
        source=source,
        one=one,
        many=called if one != called else plural(one),
        staging=f"stg_{source}__{plain}",
        judged=f"int_{plain}__judged",
        mart=f"{kind}_{plain}",
        rows=profile.rows,
        columns=planned,
        key=key_columns,
        key_column=key_column,
        time=time,
        measures=measures,
        key_doubt="" if key or profile.rows == 1 else _key_question(profile, nearly),
        copies=key.copies if key else 0,
        calendar=made,
        parts=tuple(names[part] for part in parts),
        questions=tuple(questions),
    )


def _key_question(profile: TableProfile, nearly: Key | None) -> str:
    if nearly is None:
        return (
            f"{profile.entity}: which columns tell its rows apart? None do, nor do up to four "
            "together; each row's file and line are its key."
        )
    name = joined(list(nearly.columns))
    wrong = []
    if nearly.repeated:
        again = f"{nearly.repeated:,} rows repeat one"
        wrong.append(
            again + (f" ({nearly.copies:,} are copies of whole rows)" if nearly.copies else "")
        )
    if nearly.missing:
        wrong.append(f"{nearly.missing:,} rows have none")
    return (
        f"{profile.entity}: is {name} the key? {joined(wrong).capitalize()}; each row's file and "
        "line are its key until that is settled."
    )


def _with_links(profile: TableProfile, entity: Entity, entities: Mapping[str, Entity]) -> Entity:
    own = entity.columns[len(entity.columns) - len(profile.columns) :]
    names = {p.name: c.name for p, c in zip(profile.columns, own, strict=True)}
    counts: dict[str, int] = {}
    for link in profile.links:
        counts[link.parent] = counts.get(link.parent, 0) + 1
    links, questions = list(entity.links), list(entity.questions)
    as_text: set[str] = set()
    taken = {entity.one, *(link.entity for link in links)}
    for found in profile.links:
        parent = entities.get(found.parent)
        if parent is None:
            continue
        column = names[found.column]
        kind = _kind(entity, column)
        key_kind = _kind(parent, found.parent_column) or kind
        if kind != key_kind and key_kind != "text":
            questions.append(
                f"{entity.name}.{column} is {kind}, {parent.name}.{found.parent_column}, where its "
                f"values stand, {key_kind}: no join is offered."
            )
            continue
        if kind != key_kind:
            as_text.add(column)
        holds = parent.is_natural and parent.key_column == found.parent_column
        name = _link_name(column, parent, alone=counts[found.parent] == 1)
        if name in taken:
            name = _link_name(column, parent, alone=False)
        taken.add(name)
        if not holds:
            questions.append(
                f"{entity.name}.{column} leads to {parent.name}.{found.parent_column}, which does "
                "not tell its rows apart: a join would multiply rows, so none is offered."
            )
        links.append(
            Link(
                column=column,
                entity=name,
                parent=parent.name,
                parent_mart=parent.mart,
                parent_column=found.parent_column,
                holds=holds,
                given=found.given,
                orphans=found.orphans,
                examples=tuple(f"{one.value} ({one.rows:,} rows)" for one in found.examples),
            )
        )
    linked = tuple(
        _linked(_as_text(column) if column.name in as_text else column, links)
        for column in entity.columns
    )
    leading = {link.column for link in links}
    entity = replace(
        entity,
        columns=linked,
        links=tuple(links),
        measures=tuple(m for m in entity.measures if m.column not in leading),
        questions=tuple(questions),
    )
    entity = replace(entity, texts=texts.of(entity, profile, names))
    return entity if entity.list_of else replace(entity, context=context.of(entity, profile))


def _kind(entity: Entity, name: str) -> str:
    """The type of a column as far as values of two columns can be compared; empty if unknown."""
    found = next((one.data_type for one in entity.columns if one.name == name), "")
    return _INTEGERS.get(found, found)


def _as_text(column: Column) -> Column:
    """The column as the key that it leads to is: a text, of which some are numbers."""
    return replace(
        column, reader="clean_id", arguments="", data_type="text", typed=False, usual=None
    )


def _link_name(column: str, parent: Entity, *, alone: bool) -> str:
    """`carrier` leads to airlines as `airline`; `dest` to airports as `dest_airport`.

    What ends the other's name means just that: `habitat_id` leads to `pokemon_habitats`.
    """
    stem = link_stem(column)
    if alone and (
        stem in (parent.one, parent.name)
        or column == parent.key_column
        or parent.one.endswith(f"_{stem}")
    ):
        return parent.one
    return stem if stem.endswith(parent.one) else f"{stem}_{parent.one}"


def _linked(column: Column, links: Sequence[Link]) -> Column:
    link = next((one for one in links if one.column == column.name), None)
    if link is None:
        return column
    meaning = f"{column.meaning} Leads to `{link.parent_column}` of {link.parent}"
    if link.orphans:
        meaning += (
            f"; {link.orphans:,} of {link.given:,} rows find nothing there, such as "
            f"{joined([f'`{one}`' for one in link.examples[:3] if '{' not in one])}"
        )
    tests = [one for one in column.tests if one.name != "accepted_values"]
    if link.holds:
        tests.append(
            Test(
                "relationships",
                (("to", f"ref('{link.parent_mart}')"), ("field", link.parent_column)),
                warns=bool(link.orphans),
            )
        )
    role: Role = column.role if column.role == "key" else "link"
    return replace(column, role=role, meaning=f"{meaning}.", tests=tuple(tests))
