"""How large everything is: small, medium or large. Numbers only; no CDK here.

The stack is built from these, and the cost table of docs/architecture.md is computed from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Name = Literal["small", "medium", "large"]


@dataclass(frozen=True)
class Load:
    """What arrives and what is asked of the database on average: what costs are reckoned with.

    Attributes:
        gb_a_day: gigabytes of new files a day, as they lie in S3.
        files_a_day: new objects a day.
        workers: tasks at work, averaged over the day.
        build_hours: hours a day that a build runs.
        capacity: Aurora's capacity units, averaged over the day, writer and readers together.
        log_gb: gigabytes of logs a month.
    """

    gb_a_day: float
    files_a_day: int
    workers: float
    build_hours: float
    capacity: float
    log_gb: float


@dataclass(frozen=True)
class Size:
    """One size of the stack.

    Attributes:
        aurora: Aurora serverless v2; otherwise one RDS instance.
        instance: RDS's instance type.
        storage_gb: RDS's storage to begin with; it grows by itself up to four times that.
        capacity: least and most capacity units of Aurora, for each of its instances.
        readers: Aurora's readers, which also take over when the writer fails.
        zones: availability zones.
        workers: least and most worker tasks.
        worker_cpu: CPU units of a worker; 1024 are one vCPU.
        worker_memory: MiB of a worker.
        processes: of each worker.
        backlog: waiting messages that one worker is to have before another is started.
        build_cpu: CPU units of a build.
        build_memory: MiB of a build.
        build_hours: hours between two builds by the clock; those by event come on top.
        keep_days: days that older versions of a file, and backups at most 35 of them, are kept.
        cold_after_days: days until a file goes to Glacier Instant Retrieval.
        quiet_hours: hours without a new file after which somebody is told; at most 24.
        late_seconds: age of the oldest message at which somebody is told.
        budget: USD a month at which somebody is told.
        load: what it is reckoned for.
    """

    aurora: bool
    instance: str
    storage_gb: int
    capacity: tuple[float, float]
    readers: int
    zones: int
    workers: tuple[int, int]
    worker_cpu: int
    worker_memory: int
    processes: int
    backlog: int
    build_cpu: int
    build_memory: int
    build_hours: int
    keep_days: int
    cold_after_days: int
    quiet_hours: int
    late_seconds: int
    budget: int
    load: Load


SIZES: dict[Name, Size] = {
    "small": Size(
        aurora=False,
        instance="t4g.medium",
        storage_gb=150,
        capacity=(0, 0),
        readers=0,
        zones=2,
        workers=(1, 2),
        worker_cpu=512,
        worker_memory=1024,
        processes=1,
        backlog=500,
        build_cpu=1024,
        build_memory=4096,
        build_hours=24,
        keep_days=30,
        cold_after_days=90,
        quiet_hours=24,
        late_seconds=3600,
        budget=300,
        load=Load(0.1, 500, 1, 1, 0, 1),
    ),
    "medium": Size(
        aurora=True,
        instance="",
        storage_gb=0,
        capacity=(1, 32),
        readers=1,
        zones=2,
        workers=(1, 8),
        worker_cpu=1024,
        worker_memory=2048,
        processes=2,
        backlog=500,
        build_cpu=2048,
        build_memory=8192,
        build_hours=6,
        keep_days=30,
        cold_after_days=30,
        quiet_hours=6,
        late_seconds=1800,
        budget=2_500,
        load=Load(5, 20_000, 1, 6, 8, 5),
    ),
    "large": Size(
        aurora=True,
        instance="",
        storage_gb=0,
        capacity=(8, 128),
        readers=2,
        zones=3,
        workers=(2, 40),
        worker_cpu=1024,
        worker_memory=2048,
        processes=2,
        backlog=500,
        build_cpu=4096,
        build_memory=16384,
        build_hours=2,
        keep_days=30,
        cold_after_days=30,
        quiet_hours=2,
        late_seconds=900,
        budget=20_000,
        load=Load(50, 200_000, 4, 20, 48, 40),
    ),
}
