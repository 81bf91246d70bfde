"""`assay worker`: objects that arrive in S3 are landed as their events come through a queue.

`run` is the one call that does it all. How an object lands is the loader's business (`loader`,
`landing`); which queue, bucket and machine there are is the infrastructure's.
"""

from __future__ import annotations

from extract.worker.settings import Settings
from extract.worker.supervisor import Summary, run

__all__ = ["Settings", "Summary", "run"]
