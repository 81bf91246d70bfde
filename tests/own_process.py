"""Python code in a process of its own, forked off one that has dbt ready: dbt keeps state, such as
the manifest, so each build of a test has a process, and to import dbt takes one 4 seconds.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.dbt_made_ready"])


def in_process(script: str, *arguments: str) -> str:
    """Run it as `python -c` would, here, with the environment as it is now; returns its output."""
    with TemporaryDirectory(prefix="assay-process-") as folder:
        files = Path(folder, "out"), Path(folder, "err")
        process = _processes.Process(
            target=_run, args=(script, arguments, dict(os.environ), Path.cwd(), *files)
        )
        process.start()
        process.join()
        written, errors = (file.read_text("utf-8") if file.exists() else "" for file in files)
    assert process.exitcode == 0, errors[-3_000:] + written[-2_000:]
    return written


def _run(
    script: str, arguments: tuple[str, ...], environment: dict[str, str], folder: Path,
    out: Path, err: Path,
) -> None:  # fmt: skip
    for file, number in ((out, 1), (err, 2)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    gc.disable()  # It took a fifth of a build's time, in a process that ends soon.
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["-c", *arguments]
    exec(script, {"__name__": "__main__"})
