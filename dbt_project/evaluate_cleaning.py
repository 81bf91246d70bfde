"""How much of what the sample data plant the models find: precision and recall, rule by rule.

Reads the answer key that `assay datagen` writes beside its data, and what the built models say of
the same rows. Nothing else reads the key: not the loader, not dbt.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from dbt_project import postgres
from dbt_project.errors import AnswerKeyMissing, mapped

KEY_FOLDER = "_answer_key"

# A defect is found when the models flag the same record: its file, as folder and name, its line.
FOUND_DEFECTS = """
    select
        found.entity,
        found.rule,
        regexp_replace(files.uri, '^.*/([^/]*/[^/]*)$', '\\1') as file,
        found.line
    from (
        select entity, rule, _file_id as file_id, _line as line from quality.issues
        union all
        select files.entity, rejects.reason, rejects.file_id, rejects.line
        from raw._rejects as rejects
        inner join quality.files as files on rejects.file_id = files.file_id
    ) as found
    inner join quality.files as files on found.file_id = files.file_id and files.status = 'loaded'
"""
FOUND_ANOMALIES = """
    select
        case position_in_band when 'above' then 'revenue_spike' else 'revenue_dip' end as kind,
        country_code as subject,
        order_date as first_day
    from marts.context_daily_revenue
    where position_in_band in ('above', 'below')
    union all
    select 'order_value_outlier', order_id, order_date
    from marts.context_orders
    where is_value_outlier
    union all
    select 'return_surge', product_id, month_start
    from marts.context_product_months
    where is_unusual
    union all
    select 'conversion_drop', 'all', session_date
    from marts.context_daily_traffic
    where is_conversion_drop
    union all
    select 'ticket_surge', topic, week_start
    from marts.context_weekly_tickets
    where is_unusual
"""

Place = tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """How well one rule, or one kind of anomaly, is found.

    Attributes:
        entity: the kind of rows; `anomaly` for anomalies.
        name: the rule's code or the anomaly's kind.
        planted: how many the answer key states.
        found: how many the models state.
        hits: how many are in both.
        missed: some of those that only the key has, `file:line` or `subject day`.
        wrong: some of those that only the models have.
    """

    entity: str
    name: str
    planted: int
    found: int
    hits: int
    missed: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def precision(self) -> float:
        """Hits as a share of what was found; 1 when nothing was."""
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Hits as a share of what was planted; 1 when nothing was."""
        return self.hits / self.planted if self.planted else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.planted + self.found
        return 2 * self.hits / both if both else 1.0

    def facts(self) -> dict[str, object]:
        """The fields and the rates, for JSON."""
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return asdict(self) | rates


@dataclass(frozen=True)
class CleaningReport:
    """Scores of all planted rules and anomalies, and of the rules that nothing was planted for.

    Attributes:
        defects: one score a kind of row and planted rule.
        anomalies: one score a kind of anomaly.
        unplanted: rules that found rows though the key has none of them.
    """

    defects: tuple[Score, ...]
    anomalies: tuple[Score, ...]
    unplanted: tuple[Score, ...]

    def facts(self) -> dict[str, object]:
        """The scores as plain values, for JSON."""
        return {
            name: [score.facts() for score in scores]
            for name, scores in (
                ("defects", self.defects),
                ("anomalies", self.anomalies),
                ("unplanted", self.unplanted),
            )
        }

    def below(self, floor: float, anomaly_floor: float) -> tuple[Score, ...]:
        """The scores under a floor: precision or recall of a rule, F1 of a kind of anomaly."""
        return (
            *(s for s in self.defects if min(s.precision, s.recall) < floor),
            *(s for s in self.anomalies if s.f1 < anomaly_floor),
            *self.unplanted,
        )


def evaluate(data: Path | str) -> CleaningReport:
    """Compare the built models with the answer key of the data they were built from.

    Args:
        data: the folder that `assay datagen` wrote and `assay load` loaded.

    Raises:
        AnswerKeyMissing: the folder has no answer key.
        ServerError: the models are not built, or Postgres cannot be used.
    """
    folder = Path(data) / KEY_FOLDER
    planted = _places(
        ((row["entity"], row["rule"]), (row["file"], row["line"]))
        for row in _rows(folder / "defects.csv")
    )
    kinds = _places(
        (("anomaly", row["kind"]), (row["subject"], row["period_start"]))
        for row in _rows(folder / "anomalies.csv")
    )
    with postgres.connect() as connection, mapped("the built models"):
        found = _places(
            ((entity, rule), (file, str(line)))
            for entity, rule, file, line in _read(connection, FOUND_DEFECTS)
        )
        unusual = _places(
            (("anomaly", kind), (subject, str(start)))
            for kind, subject, start in _read(connection, FOUND_ANOMALIES)
        )
    return CleaningReport(
        defects=_scores(planted, found, sorted(planted)),
        anomalies=_scores(kinds, unusual, sorted(kinds)),
        unplanted=_scores(planted, found, sorted(found.keys() - planted.keys())),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as lines:
            return list(csv.DictReader(lines))
    except OSError as error:
        raise AnswerKeyMissing(
            f"the answer key cannot be read: {error.strerror}",
            where=str(path),
            hint="name the folder that `assay datagen` wrote",
        ) from error


def _read(connection: psycopg.Connection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(query.encode()).fetchall()


def _places(
    pairs: Iterable[tuple[tuple[object, object], tuple[object, ...]]],
) -> dict[Place, set[Place]]:
    places: dict[Place, set[Place]] = defaultdict(set)
    for kind, place in pairs:
        places[tuple(map(str, kind))].add(tuple(map(str, place)))
    return places


def _scores(
    planted: Mapping[Place, set[Place]], found: Mapping[Place, set[Place]], kinds: list[Place]
) -> tuple[Score, ...]:
    scores = []
    for kind in kinds:
        key, models = planted.get(kind, set()), found.get(kind, set())
        missed, wrong = sorted(key - models)[:5], sorted(models - key)[:5]
        scores.append(
            Score(
                entity=kind[0],
                name=kind[1],
                planted=len(key),
                found=len(models),
                hits=len(key & models),
                missed=tuple(":".join(place) for place in missed),
                wrong=tuple(":".join(place) for place in wrong),
            )
        )
    return tuple(scores)
