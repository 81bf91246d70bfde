"""How old what stands behind an answer is: the data, the files, the build, the search index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from llm.catalog import Catalog
from llm.database import Door
from llm.request import MetricRequest


def told(
    catalog: Catalog,
    built: Sequence[datetime | None],
    loaded: Sequence[datetime | None],
    now: datetime | None = None,
) -> tuple[str, ...]:
    """The ages in words.

    Args:
        built: when each model behind the answer was built.
        loaded: when each source file was loaded.
    """
    moment = now or datetime.now(UTC)
    said = [f"The data end on {catalog.window.last}."]
    files = [one for one in loaded if one]
    if files:
        said.append(f"The newest source file was loaded {_ago(moment - max(files))}.")
    builds = [one for one in built if one]
    if builds:
        said.append(f"The oldest model behind this was built {_ago(moment - min(builds))}.")
    return tuple(said)


def warnings(
    catalog: Catalog,
    request: MetricRequest | None,
    built: Sequence[datetime | None],
    loaded: Sequence[datetime | None],
) -> tuple[str, ...]:
    """What makes an answer older or shorter than it looks."""
    said = []
    last = catalog.window.last
    if request is not None and request.time.end and request.time.end > last:
        said.append(f"The data end on {last}, before the end of the time asked for.")
    builds = [one for one in built if one]
    files = [one for one in loaded if one]
    if builds and files and max(files) > min(builds):
        said.append("Files were loaded after the last build: run `assay build`.")
    return tuple(said)


def index_warning(door: Door, built: Sequence[datetime | None]) -> tuple[str, ...]:
    """Whether the search index is older than the texts.

    Raises:
        QueryError: the runs cannot be read.
    """
    if door.relations().find("index_runs", "knowledge") is None:
        return ()
    ended = door.fetch("select max(ended_at) from knowledge.index_runs")[0][0]
    builds = [one for one in built if one]
    if builds and (ended is None or ended < max(builds)):
        return ("The texts were built anew after they were indexed: run `assay index`.",)
    return ()


def _ago(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
