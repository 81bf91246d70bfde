"""Files in S3, against moto's server over HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

import extract
from extract import s3
from extract.errors import SourceNotFound

Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = boto3.resource("s3").create_bucket(Bucket=f"b-{database.replace('_', '-')}")
    yield bucket
    bucket.objects.all().delete()


def test_a_prefix_is_loaded_once_and_a_new_version_replaces(bucket: Any, rows: Rows) -> None:
    put = bucket.put_object
    put(Key="shop/orders/2026-01.csv", Body=b"a,b\n1,2\n")
    put(Key="shop/events/1.jsonl.gz", Body=gzip.compress(b'{"id": 1}\n'))
    put(Key="shop/_tmp/x.csv", Body=b"a,b\n9,9\n")
    put(Key="shop_old/orders/2020-01.csv", Body=b"a,b\n9,9\n")
    where = f"s3://{bucket.name}/shop"
    first = extract.load([where])
    assert [file.uri.removeprefix(where) for file in first.files] == [
        "/events/1.jsonl.gz", "/orders/2026-01.csv",
    ]  # fmt: skip
    assert first.ok
    assert {file.outcome for file in extract.load([where]).files} == {"unchanged"}
    put(Key="shop/orders/2026-01.csv", Body=b"a,b\n3,4\n5,6\n")
    assert [file.outcome for file in extract.load([where]).files] == ["unchanged", "replaced"]
    assert rows("orders", "a") == [("3",), ("5",)]


def test_one_object_and_formats_that_jump_about(bucket: Any, rows: Rows, tmp_path: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "t.parquet")
    bucket.upload_file(str(tmp_path / "t.parquet"), "x/items_2026-Q1.parquet")
    assert extract.load([f"s3://{bucket.name}/x/items_2026-Q1.parquet"]).ok
    assert rows("items", "a") == [("1",), ("2",)]


def test_more_objects_than_a_page(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "PAGE_SIZE", 4)
    for number in range(11):
        bucket.put_object(Key=f"many/{number:04d}.csv", Body=b"")
    report = extract.load([f"s3://{bucket.name}/many"], dry_run=True)
    assert len(report.files) == 11


@pytest.mark.parametrize("where", ["s3://no-such-bucket-here/x", "s3://{bucket}/nothing", "s3://"])
def test_what_is_not_there(bucket: Any, where: str) -> None:
    with pytest.raises(SourceNotFound):
        extract.load([where.format(bucket=bucket.name)])
