"""What the stack costs a month, from its sizes: the table in docs/architecture.md. No CDK here.

    python -m extract.aws.cost

Prices are assumptions, on-demand, of one region and day; check them before you believe the sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from extract.aws.sizes import SIZES, Size

REGION = "us-east-1"
AS_OF = "as known in early 2026 and not fetched since: check them"
HOURS = 730
DAYS = 30.4
KEPT_DAYS = 365
DATABASE_DAYS = 90
ROOM = 14.5
"""Bytes in the database for each byte of the files, as docs/scaling.md has it measured."""
ENDPOINTS = 5
PAGE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"
START, END = "<!-- begin cost -->", "<!-- end cost -->"


@dataclass(frozen=True)
class Price:
    """USD for so many of a unit."""

    usd: float
    unit: str
    per: int = 1


PRICES = {
    "s3": Price(0.023, "GB-month in S3 Standard"),
    "s3_cold": Price(0.004, "GB-month in Glacier Instant Retrieval"),
    "s3_put": Price(0.005, "1,000 PUTs into S3", 1_000),
    "s3_cold_put": Price(0.02, "1,000 objects moved to Glacier Instant Retrieval", 1_000),
    "sqs": Price(0.40, "million SQS requests", 1_000_000),
    "vcpu": Price(0.04048, "vCPU-hour of Fargate, x86"),
    "memory": Price(0.004445, "GB-hour of Fargate, x86"),
    "endpoint": Price(0.01, "interface endpoint, by hour and zone"),
    "rds": Price(0.065, "hour of RDS db.t4g.medium, one zone"),
    "rds_storage": Price(0.115, "GB-month of RDS gp3"),
    "acu": Price(0.12, "hour of an Aurora capacity unit, Standard"),
    "aurora_storage": Price(0.10, "GB-month of Aurora, Standard"),
    "logs": Price(0.50, "GB of logs taken in"),
    "alarm": Price(0.10, "alarm-month"),
    "insights": Price(0.30, "custom metric-month (Container Insights)"),
    "secret": Price(0.40, "secret-month"),
    "key": Price(1.0, "KMS key-month"),
    "dashboard": Price(3.0, "dashboard-month"),
}


def _usd(name: str) -> float:
    return PRICES[name].usd / PRICES[name].per


def storage(size: Size) -> float:
    """S3: what comes in a day, kept a year, warm at first and then cold."""
    load = size.load
    warm = load.gb_a_day * size.cold_after_days * _usd("s3")
    cold = load.gb_a_day * (KEPT_DAYS - size.cold_after_days) * _usd("s3_cold")
    objects = load.files_a_day * DAYS
    return warm + cold + objects * (_usd("s3_put") + _usd("s3_cold_put"))


def messages(size: Size) -> float:
    """SQS: sent, received and deleted for each file, and the waiting of idle workers."""
    idle = size.load.workers * size.processes * HOURS * 3600 / 20
    return (size.load.files_a_day * DAYS * 3 + idle) * _usd("sqs")


def tasks(size: Size) -> float:
    """Fargate: workers all day, builds by the hour."""

    def hour(cpu: int, memory: int) -> float:
        return cpu / 1024 * _usd("vcpu") + memory / 1024 * _usd("memory")

    work = size.load.workers * HOURS * hour(size.worker_cpu, size.worker_memory)
    return work + size.load.build_hours * DAYS * hour(size.build_cpu, size.build_memory)


def network(size: Size) -> float:
    """Interface endpoints; S3's gateway costs nothing."""
    return ENDPOINTS * size.zones * HOURS * _usd("endpoint")


def database(size: Size) -> float:
    """Aurora by its average capacity, or the RDS instance; and the storage."""
    gb = rows_gb(size)
    if size.aurora:
        return size.load.capacity * HOURS * _usd("acu") + gb * _usd("aurora_storage")
    return HOURS * _usd("rds") + gb * _usd("rds_storage")


def rows_gb(size: Size) -> float:
    """GB that the database holds; at least what RDS is given to begin with."""
    return max(size.load.gb_a_day * ROOM * DATABASE_DAYS, size.storage_gb)


def watching(size: Size) -> float:
    """Logs, alarms, metrics, dashboard, secrets, key."""
    fixed = 10 * _usd("alarm") + 15 * _usd("insights") + 3 * _usd("secret")
    return fixed + _usd("key") + _usd("dashboard") + size.load.log_gb * _usd("logs")


PARTS: dict[str, Callable[[Size], float]] = {
    "S3": storage,
    "SQS": messages,
    "workers and builds": tasks,
    "endpoints": network,
    "database and its storage": database,
    "logs, alarms, secrets, key": watching,
}


def table() -> str:
    """Loads, parts and sums of the three sizes, and the prices, as Markdown."""
    sizes = list(SIZES.values())

    def row(name: str, cells: list[str], bold: bool = False) -> str:
        mark = "**" if bold else ""
        return f"| {mark}{name}{mark} | " + " | ".join(f"{mark}{c}{mark}" for c in cells) + " |"

    lines = [
        row("", list(SIZES)),
        "| --- | --: | --: | --: |",
        row("new files a day", [f"{s.load.gb_a_day:g} GB, {s.load.files_a_day:,}" for s in sizes]),
        row("workers, on average", [f"{s.load.workers:g}" for s in sizes]),
        row("builds, hours a day", [f"{s.load.build_hours:g}" for s in sizes]),
        row(
            "database",
            [
                f"{'Aurora, ' + format(s.load.capacity, 'g') + ' ACU' if s.aurora else 'RDS'},"
                f" {rows_gb(s):,.0f} GB"
                for s in sizes
            ],
        ),
        *(row(name, [f"{part(s):,.0f}" for s in sizes]) for name, part in PARTS.items()),
        row("USD a month", [f"{total(s):,.0f}" for s in sizes], bold=True),
        row(
            "USD for a GB that comes in",
            [f"{total(s) / (s.load.gb_a_day * DAYS):,.2f}" for s in sizes],
        ),
    ]
    prices = "; ".join(f"{price.unit} {price.usd:g}" for price in PRICES.values())
    return (
        "\n".join(lines)
        + f"\n\nPrices assumed, USD, {REGION}, {AS_OF}: {prices}. {HOURS} hours and"
        f" {DAYS} days a month; files kept for {KEPT_DAYS} days, in the coldest class from"
        f" {', '.join(str(s.cold_after_days) for s in sizes)} days on; rows for {DATABASE_DAYS}"
        f" days, {ROOM} bytes for each of the files."
    )


def total(size: Size) -> float:
    """USD a month."""
    return sum(part(size) for part in PARTS.values())


def fresh_page(page: str) -> str:
    """The page with the table between its markers."""
    before, rest = page.split(START)
    return f"{before}{START}\n{table()}\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Write the table into docs/architecture.md."""
    PAGE.write_text(fresh_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
