"""From a column's profile to its plan: name, reader, role, measure, words and tests."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from dbt_project.profiling import keys
from dbt_project.profiling.currencies import named_by
from dbt_project.profiling.evidence import READ_VALUES
from dbt_project.profiling.fields import name_of
from dbt_project.profiling.values import NUMBERS, TIMES, ColumnProfile, Key, TableProfile
from dbt_project.profiling.words import in_full, label
from dbt_project.scaffold import describe
from dbt_project.scaffold.plan import RESERVED, UNPARSED, Column, Measure, Role, Test

LONGEST_CATEGORY = 200
"""Characters up to which values are ones to break down by; longer ones are whole documents."""
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
    "month": ("to_month", "", "date"),
    "time_of_day": ("to_time_of_day", "", "time without time zone"),
    "duration": ("to_duration", "", "interval"),
    "empty": ("clean_text", "", "text"),
}
_DATES = {
    "": "to_date", "dmy": "to_date_dmy", "mdy": "to_date_mdy", "named": "to_date_named",
    "historic": "to_date_historic",
}  # fmt: skip
_TIMESTAMPS = {"": "to_timestamp_iso", "dmy": "to_timestamp_dmy", "mdy": "to_timestamp_mdy"}

NO_MEASURE = re.compile(
    r"(^|_)(id|ids|key|code|no|nr|num|number|index|idx|rank|position|pos|year|month|day|week|weekday|"
    r"hour|minute|second|quarter|season|decade|zip|zipcode|postcode|postal|plz|phone|fax|lat|latitude|"
    r"lon|lng|long|longitude|x|y|isbn|ean|version|level|order|seq|sequence|line|row|page|chapter|"
    r"tz|timezone|offset|direction|dir|angle|bearing|heading|pin|ssn|fips|geo|bbox|rownames|unnamed)(_|[0-9]*$)"
    r"|(^|_)(type|kind|class|category|status|group)$|_?(time|hhmm)$|(^|_)(time|dep_time|arr_time)$|^(date|year|born|died|founded|yob|dob)"
)  # fmt: skip
_DURATION = re.compile(
    r"(duration|elapsed|air_time|travel_time|run_?time|minutes|seconds|hours|play_time|wait)"
)
_INTENSIVE = re.compile(
    # Within other words these mean nothing: generation, crates, attempts, paper_count, operating.
    r"(price|(?<!c)(?<!pi)rate(?=s?(_|[0-9]|$))|ratio(?!n)|share(?!d|h)|percent|pct|temp(?!t|l|o)|"
    r"humid|pressure|speed|score(?!d)|(?<!ope)(?<!gene)rating|(?<!up)grade|average|mean(?!ing)|median|"
    r"density|index|level|height|width|weight|depth|length|diameter|visib|dewp|(?<!au)gust|"
    r"probability|altitude|elevation|magnitude|stars(?=_|$)|concentration|intensity|capacity|"
    r"radius|fertility|expectancy|glucose|horsepower|displacement)|(^|_)(age|avg|alt|min|max|tmin|"
    r"tmax|bmi|gpa|era|size|per|percap|wind|wages?|open|high|low|close|adj_close)(_|$)"
)  # fmt: skip
_TIME_NAMES = (
    r"(order|invoice|purchase|sale|sold|event|transaction|booking|game|match|visit|trip|flight|"
    r"occurred|happened|posted|published|opened|started|start|pickup)",
    r"(created|date$|_date$|^date|time|_at$|_on$)",
)
OURS = frozenset(
    {"issues", "loaded_on", "source", "reading", "records", "kept_instead", "is_excluded"}
)


def names(columns: Mapping[str, ColumnProfile], one: str) -> dict[str, str]:
    """Column names that SQL takes as they are: reserved words get the entity's name before them."""
    found: dict[str, str] = {}
    for name in columns:
        plain = name.strip("_") or name
        if plain[0].isdigit() or plain in RESERVED | UNPARSED | OURS:
            plain = f"{one}_{plain}"
        found[name] = free(plain, found.values())
    return found


def free(name: str, taken: Iterable[str]) -> str:
    """The name, with a number behind it if it is taken."""
    used, number, found = set(taken), 2, name
    while found in used:
        found, number = f"{name}_{number}", number + 1
    return found


def planned(profile: ColumnProfile, name: str, table: TableProfile, key: Key | None) -> Column:
    """The plan of a column, by the name that it has in the models."""
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
        synonyms=_synonyms(profile, name, table),
        nothing=_nothing(profile),
        usual=_usual(profile),
        tests=_tests(profile, table, in_key),
    )


def _label(profile: ColumnProfile) -> str:
    written = (profile.label or "").strip()
    if written and " " in written and len(written) <= 40 and not set(written) & set("{}\"'`\n"):
        return written[:1].upper() + written[1:]
    return label(profile.name)


def _synonyms(profile: ColumnProfile, name: str, table: TableProfile) -> tuple[str, ...]:
    """Further words for a column: its name's in full, the label's, of JSON the last key's."""
    others = [other for other in table.columns if other is not profile]
    taken = {found for other in others for found in (other.name, name_of(other.path[-1:]))}
    words = label(name).lower()
    found = [words if " " in words else "", in_full(name)]
    leaf = name_of(profile.path[-1:])
    if leaf not in taken:
        found.append(label(leaf).lower())
    if profile.kind == "boolean" and (question := re.fullmatch(r"(is|has|was|can)_(\w+)", name)):
        found.append(label(question[2]).lower() if question[2] not in taken else "")
    written = (profile.label or "").strip()
    if re.fullmatch(r"[\w %/.-]{2,40}", written):
        # `hasParking` says no more than its words.
        found.append(
            written.lower().replace("_", " ") if name_of([written]) != profile.name else ""
        )
    known = _label(profile).lower()
    return tuple(dict.fromkeys(one for one in found if one and one != known))


def _in_order(macros: Mapping[str, str], order: str) -> tuple[str, str]:
    """A macro and its further arguments: `mdy 20yy` is month first, years of two digits of 20yy."""
    parts, _, years = order.partition(" ")
    return macros[parts], f", century='{years[:2]}'" if years else ""


def _reader(profile: ColumnProfile) -> tuple[str, str, str]:
    if profile.stored_as_json:
        return ("to_json" if len(profile.path) > 1 else ""), "", "jsonb"
    if profile.kind == "integer" and _is_big(profile):
        return "to_bigint", "", "bigint"
    if profile.kind == "date":
        return *_in_order(_DATES, profile.order), "date"
    if profile.kind == "timestamp":
        return *_in_order(_TIMESTAMPS, profile.order), "timestamp with time zone"
    if profile.kind == "measure":
        unit = "".join(map(_literal, profile.unit.lower()))
        return "to_measure", f", [{unit!r}], decimal='{profile.decimal}'", "numeric"
    if profile.kind == "amount":
        return "to_money", f", decimal='{profile.decimal}'", "numeric"
    if profile.personal == "name" and profile.kind in ("text", "code"):
        return "clean_name", "", "text"
    reader, arguments, data_type = _READERS[profile.kind]
    if profile.codes_like_nothing and reader in ("clean_id", "clean_text"):
        words = sorted({one.value.lower() for one in profile.codes_like_nothing})
        arguments = f", null_tokens_but({words!r})"
    if profile.odd_ones and reader in ("clean_id", "clean_text", "clean_email"):
        arguments = f"{arguments or ', null_tokens()'} + {list(_nothing(profile))!r}"
    return reader, arguments, data_type


def _literal(character: str) -> str:
    """A character as it stands in a regular expression."""
    if character.isalnum() or character in " %²³°":
        return character
    return f"\\{character}" if character in "^\\" else f"[{character}]"


def _nothing(profile: ColumnProfile) -> tuple[str, ...]:
    return tuple(sorted({one.value.strip().lower() for one in profile.odd_ones}))


def _usual(profile: ColumnProfile) -> tuple[int, int] | None:
    """From the lowest to the highest number, and as much again on both sides; not below nought.

    More where not all values were read, so that the highest may not be known.
    """
    if profile.kind not in NUMBERS or not profile.low or _is_no_measure(profile.name):
        return None
    low, high = float(profile.low), float(profile.high)
    slack = max(high - low, abs(high), 1.0) * (1 if profile.distinct <= READ_VALUES else 4)
    return (0 if low >= 0 else math.floor(low - slack)), math.ceil(high + slack)


def _is_big(profile: ColumnProfile) -> bool:
    """Whether a whole number can pass what `to_integer` takes: nine digits.

    By the longest value of all, for the bounds are those of the values that were read.
    """
    return profile.longest > 9 or any(
        len(bound.lstrip("-").partition(".")[0]) > 9 for bound in (profile.low, profile.high)
    )


def _role(profile: ColumnProfile, in_key: bool) -> Role:
    if in_key:
        return "key"
    if profile.kind in TIMES:
        return "time"
    if profile.kind == "prose" or profile.longest > LONGEST_CATEGORY:
        return "text"
    if profile.kind in ("boolean", "code", "text") and profile.distinct > 0:
        return "category"
    if profile.kind in (*NUMBERS, "duration"):
        return "attribute" if _is_no_measure(profile.name) else "measure"
    return "attribute"


def _is_no_measure(name: str) -> bool:
    """Whether the name is that of a number not to be added up; `num_votes` counts votes."""
    counted = re.sub(r"^(num|number|no|nr)_(of_)?(?=[a-z])", "", name)
    return counted == name and NO_MEASURE.search(name) is not None


def measure(column: Column, profile: ColumnProfile) -> Measure | None:
    """How a column is added up; None if it is no measure."""
    if profile.kind not in (*NUMBERS, "duration") or profile.distinct < 2:
        return None
    name = profile.name
    if _is_no_measure(name) and not _DURATION.search(name):
        return None
    numbered = profile.kind == "integer" and profile.unique and profile.rows > 20
    if numbered and not keys.differs_by_chance(profile):
        return None
    if profile.kind == "duration":
        minutes = f"extract(epoch from {column.name}) / 60"
        return Measure(column.name, ("sum", "average"), "minutes", minutes)
    if profile.kind == "share":
        return Measure(column.name, ("average",), "rate")
    written = profile.unit if profile.kind == "amount" else ""
    how = ("average",) if _INTENSIVE.search(name) else ("sum", "average")
    return Measure(column.name, how, (written or named_by(column.name)).lower())


def time(planned: Sequence[Column], table: TableProfile) -> str:
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
