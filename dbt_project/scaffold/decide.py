"""From profiles to plans: names, readers, roles, keys, links, measures, tests; and the questions.

What is decided here follows evidence in the profile. A name breaks ties only, or says what a number
is not: a year, a code or a latitude is nothing to sum up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from dbt_project.profiling.values import NUMBERS, TIMES, ColumnProfile, Key, TableProfile
from dbt_project.profiling.words import joined, label, plural, singular
from dbt_project.scaffold import describe
from dbt_project.scaffold.plan import RESERVED, Column, Entity, Link, Measure, Project, Role, Test

MOST_ACCEPTED = 12
"""Values of a column up to which a test may list them."""

_READERS: dict[str, tuple[str, str, str]] = {
    "boolean": ("to_boolean", "", "boolean"),
    "integer": ("to_integer", "", "integer"),
    "number": ("to_number", "", "numeric"),
    "share": ("to_share", "", "numeric"),
    "epoch": ("to_timestamp_epoch", "", "timestamp with time zone"),
    "epoch_millis": ("to_timestamp_epoch_millis", "", "timestamp with time zone"),
    "email": ("clean_email", "", "text"),
    "url": ("clean_id", "", "text"),
    "code": ("clean_id", "", "text"),
    "text": ("clean_text", "", "text"),
    "prose": ("clean_prose", "", "text"),
    "json": ("to_json", "", "jsonb"),
    "empty": ("clean_text", "", "text"),
}
_DATES = {"": "to_date", "dmy": "to_date_dmy", "mdy": "to_date_mdy"}
_TIMESTAMPS = {"": "to_timestamp_iso", "dmy": "to_timestamp_dmy", "mdy": "to_timestamp_mdy"}

NO_MEASURE = re.compile(
    r"(^|_)(id|ids|key|code|no|nr|num|number|index|idx|rank|position|pos|year|month|day|week|weekday|"
    r"hour|minute|second|quarter|season|decade|zip|zipcode|postcode|postal|plz|phone|fax|lat|latitude|"
    r"lon|lng|long|longitude|x|y|isbn|ean|version|level|order|seq|sequence|line|row|page|chapter|"
    r"tz|timezone|offset|direction|dir|angle|bearing|heading|pin|ssn|fips|geo|rownames|unnamed)(_|[0-9]*$)"
    r"|_?(time|hhmm)$|(^|_)(time|dep_time|arr_time)$|^(date|year|born|died|founded|yob|dob)"
)  # fmt: skip
_DURATION = re.compile(
    r"(duration|elapsed|air_time|travel_time|run_?time|minutes|seconds|hours|play_time|wait)"
)
_INTENSIVE = re.compile(
    r"(price|rate|ratio|share|percent|pct|temp|humid|pressure|speed|score|rating|grade|average|"
    r"mean|median|density|index|level|height|width|weight|depth|length|diameter|visib|dewp|gust|"
    r"per_|_per|probability|altitude|elevation|magnitude|stars|concentration|intensity|capacity|"
    r"radius|fertility|expectancy|glucose)|(^|_)(age|avg|alt|min|max|tmin|tmax|bmi|gpa|era|size|"
    r"seats|open|high|low|close|adj_close)(_|$)"
)  # fmt: skip
_TIME_NAMES = (
    r"(order|invoice|purchase|sale|sold|event|transaction|booking|game|match|visit|trip|flight|"
    r"occurred|happened|posted|published|opened|started|start|pickup)",
    r"(created|date$|_date$|^date|time|_at$|_on$)",
)
_OURS = frozenset(
    {"issues", "loaded_on", "source", "reading", "records", "kept_instead", "is_excluded"}
)


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
        one.entity: _with_free_names(_entity(one, source, led_to), models, words)
        for one in profiles
    }
    linked = {name: _with_links(known[name], one, entities) for name, one in entities.items()}
    beginning = _beginning(list(linked))
    named = {
        name: replace(
            one,
            short=plural(one.one.removeprefix(beginning))
            if beginning and one.one.startswith(beginning)
            else "",
            entity_names=tuple(
                sorted(
                    {
                        link.entity
                        for other in linked.values()
                        for link in other.links
                        if link.parent == name and link.holds
                    }
                    - {one.one}
                )
            ),
        )
        for name, one in linked.items()
    }
    return Project(source, tuple(named[one.entity] for one in profiles))


def _with_free_names(entity: Entity, models: Set[str], words: Set[str]) -> Entity:
    """The plan with the source's name before names that others in the project have."""
    if models & {f"dim_{entity.name}", f"fct_{entity.name}", entity.judged}:
        kind = entity.mart.partition("_")[0]
        stem = f"{entity.source}_{entity.name}"
        entity = replace(entity, judged=f"int_{stem}__judged", mart=f"{kind}_{stem}")
    if words & {entity.name, entity.one, entity.many}:
        one = f"{entity.source}_{entity.one}"
        entity = replace(entity, one=one, many=plural(one))
    return entity


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
    holding = [key for key in profile.keys if key.holds and not key.repeated]
    return max(
        holding,
        key=lambda key: led_to[profile.entity, key.columns[0]] if len(key.columns) == 1 else 0,
        default=None,
    )


def _entity(profile: TableProfile, source: str, led_to: Counter[tuple[str, str]]) -> Entity:
    one = singular(profile.entity)
    columns = {column.name: column for column in profile.columns}
    names = _names(columns, one)
    key = _key(profile, led_to)
    is_dimension = bool(key and len(key.columns) == 1 and led_to[profile.entity, key.columns[0]])
    nearly = None if key else next(iter(profile.keys), None)
    key_columns = tuple(names[name] for name in key.columns) if key else ()
    planned = tuple(_column(column, names[column.name], profile, key) for column in profile.columns)
    time = _time(planned, profile)
    has_measures = any(
        _measure(column, p) for column, p in zip(planned, profile.columns, strict=True)
    )
    kind = "dim" if is_dimension or (not time and not has_measures and key) else "fct"
    key_column = key_columns[0] if len(key_columns) == 1 else _free(f"{one}_key", names.values())
    questions = [f"{profile.entity}.{c.name}: {c.doubt}" for c in planned if c.doubt]
    if not key:
        questions.append(_key_question(profile, nearly))
    return Entity(
        name=profile.entity,
        source=source,
        one=one,
        many=plural(one),
        staging=f"stg_{source}__{profile.entity}",
        judged=f"int_{profile.entity}__judged",
        mart=f"{kind}_{profile.entity}",
        rows=profile.rows,
        columns=planned,
        key=key_columns,
        key_column=key_column,
        time=time,
        measures=tuple(
            found
            for column, p in zip(planned, profile.columns, strict=True)
            if column.name not in key_columns and (found := _measure(column, p))
        ),
        key_doubt="" if key else _key_question(profile, nearly),
        repeated=nearly.repeated if nearly else 0,
        copies=nearly.copies if nearly else 0,
        questions=tuple(questions),
        arrays=profile.arrays,
    )


def _names(columns: Mapping[str, ColumnProfile], one: str) -> dict[str, str]:
    """Column names that SQL takes as they are: reserved words get the entity's name before them."""
    names: dict[str, str] = {}
    for name in columns:
        plain = name.strip("_") or name
        if plain[0].isdigit() or plain in RESERVED or plain in _OURS:
            plain = f"{one}_{plain}"
        names[name] = _free(plain, names.values())
    return names


def _free(name: str, taken: Iterable[str]) -> str:
    used, number, free = set(taken), 2, name
    while free in used:
        free, number = f"{name}_{number}", number + 1
    return free


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


def _column(profile: ColumnProfile, name: str, table: TableProfile, key: Key | None) -> Column:
    reader, arguments, data_type = _reader(profile)
    in_key = bool(key and profile.name in key.columns)
    return Column(
        name=name,
        path=profile.path,
        reader=reader,
        arguments=arguments,
        data_type=data_type,
        role=_role(profile, in_key),
        label=_label(profile),
        meaning=describe.column(profile),
        typed=not profile.stored_as_json
        and profile.kind not in ("url", "code", "text", "prose", "empty"),
        personal=profile.personal,
        doubt=profile.doubt,
        synonyms=_synonyms(profile, name),
        tests=_tests(profile, table, in_key),
    )


def _label(profile: ColumnProfile) -> str:
    written = (profile.label or "").strip()
    if written and " " in written and len(written) <= 40 and not set(written) & set("{}\"'`\n"):
        return written[:1].upper() + written[1:]
    return label(profile.name)


def _synonyms(profile: ColumnProfile, name: str) -> tuple[str, ...]:
    words = label(name).lower()
    written = (profile.label or "").strip().lower()
    found = [words] if " " in words else []
    if written and written != words and re.fullmatch(r"[\w %/.-]{2,40}", written):
        found.append(written.replace("_", " "))
    return tuple(dict.fromkeys(one for one in found if one != _label(profile).lower()))


def _reader(profile: ColumnProfile) -> tuple[str, str, str]:
    if profile.stored_as_json:
        return "", "", "jsonb"
    if profile.kind == "integer" and _is_big(profile):
        return "to_bigint", "", "bigint"
    if profile.kind == "date":
        return _DATES[profile.order], "", "date"
    if profile.kind == "timestamp":
        return _TIMESTAMPS[profile.order], "", "timestamp with time zone"
    if profile.kind == "amount":
        return "to_money", f", decimal='{profile.decimal}'", "numeric"
    if profile.personal == "name" and profile.kind in ("text", "code"):
        return "clean_name", "", "text"
    reader, arguments, data_type = _READERS[profile.kind]
    if profile.codes_like_nothing and reader in ("clean_id", "clean_text"):
        words = sorted({one.value.lower() for one in profile.codes_like_nothing})
        arguments = f", null_tokens_but({words!r})"
    return reader, arguments, data_type


def _is_big(profile: ColumnProfile) -> bool:
    """Whether a whole number can pass what `to_integer` takes: nine digits."""
    return any(
        len(bound.lstrip("-").partition(".")[0]) > 9 for bound in (profile.low, profile.high)
    )


def _role(profile: ColumnProfile, in_key: bool) -> Role:
    if in_key:
        return "key"
    if profile.kind in TIMES:
        return "time"
    if profile.kind == "prose":
        return "text"
    if profile.kind in ("boolean", "code", "text") and profile.distinct > 0:
        return "category"
    if profile.kind in NUMBERS:
        return "attribute" if NO_MEASURE.search(profile.name) else "measure"
    return "attribute"


def _measure(column: Column, profile: ColumnProfile) -> Measure | None:
    if profile.kind not in NUMBERS or profile.distinct < 2:
        return None
    name = profile.name
    if NO_MEASURE.search(name) and not _DURATION.search(name):
        return None
    if profile.kind == "integer" and profile.unique and profile.rows > 20:
        return None
    if profile.kind == "share" or _INTENSIVE.search(name):
        return Measure(column.name, ("average",), "rate" if profile.kind == "share" else "")
    return Measure(column.name, ("sum", "average"))


def _time(planned: Sequence[Column], table: TableProfile) -> str:
    """The time column that metrics count by: filled, and named like when something happened."""
    best, most = "", 0.0
    for profile, column in zip(table.columns, planned, strict=True):
        if profile.kind not in TIMES or profile.personal == "birth_date":
            continue
        filled = profile.given / profile.rows if profile.rows else 0.0
        if filled < 0.5:
            continue
        score = filled
        for weight, pattern in zip((0.4, 0.3), _TIME_NAMES, strict=True):
            score += weight if re.search(pattern, profile.name) else 0.0
        if re.search(r"(update|modif|delete|due|end|expir|birth|born|death|died)", profile.name):
            score -= 0.6
        if score > most:
            best, most = column.name, score
    return best


def _tests(profile: ColumnProfile, table: TableProfile, in_key: bool) -> tuple[Test, ...]:
    """What the data support: of a sample only what cannot be by chance, as warnings."""
    sampled = table.sampled
    tests = []
    if profile.nulls == 0 and profile.fits == 1 and profile.given and not in_key:
        tests.append(Test("not_null", warns=sampled))
    if (
        profile.kind in ("code", "text")
        and not profile.personal
        and 2 <= profile.distinct <= MOST_ACCEPTED
        and profile.given >= 20 * profile.distinct
        and len(profile.top) == profile.distinct
        and all(_plain(one.value) for one in profile.top)
    ):
        values = tuple(sorted({one.value.strip() for one in profile.top}))
        tests.append(Test("accepted_values", (("values", values),), warns=True))
    return tuple(tests)


def _plain(value: str) -> bool:
    return re.fullmatch(r"[ -~]+", value) is not None and not set(value) & set("{}'\"\\")


def _with_links(profile: TableProfile, entity: Entity, entities: Mapping[str, Entity]) -> Entity:
    names = {p.name: c.name for p, c in zip(profile.columns, entity.columns, strict=True)}
    counts: dict[str, int] = {}
    for link in profile.links:
        counts[link.parent] = counts.get(link.parent, 0) + 1
    links, questions, taken = [], list(entity.questions), {entity.one}
    for found in profile.links:
        parent = entities.get(found.parent)
        if parent is None:
            continue
        column = names[found.column]
        if column == entity.key_column and entity.is_natural and parent.name != entity.name:
            pass
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
    columns = tuple(_linked(column, links) for column in entity.columns)
    leading = {link.column for link in links}
    return replace(
        entity,
        columns=columns,
        links=tuple(links),
        measures=tuple(m for m in entity.measures if m.column not in leading),
        questions=tuple(questions),
    )


def _link_name(column: str, parent: Entity, *, alone: bool) -> str:
    """`carrier` leads to airlines as `airline`; `dest` to airports as `dest_airport`."""
    stem = re.sub(r"_?(id|code|key|no|number)$", "", column) or column
    if alone and (stem in (parent.one, parent.name) or column == parent.key_column):
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
