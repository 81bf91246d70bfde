"""Files in S3, against moto's server over HTTP."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

import extract
from extract import s3
from extract.errors import SourceChanged, SourceNotFound, SourceUnreadable
from tests.extract.shaky_proxy import Seen, ShakyProxy

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


@pytest.fixture
def proxy(
    endpoint: str, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ShakyProxy]:  # fmt: skip
    """S3 behind a proxy that counts and cuts."""
    shaky = ShakyProxy(endpoint)
    monkeypatch.setenv("AWS_ENDPOINT_URL", shaky.url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(s3, "_PAUSE", 0.001)
    yield shaky
    shaky.stop()


def csv_of(count: int) -> bytes:
    return b"a,b\n" + b"".join(b"%d,some text to make it longer\n" % n for n in range(count))


def test_the_fewest_requests(bucket: Any, proxy: ShakyProxy) -> None:
    for number in range(5):
        bucket.put_object(
            Key=f"t/{number}.csv", Body=b"a,b\n%d,2\n%b" % (number, b"3,4\n" * number)
        )
    assert extract.load([f"s3://{bucket.name}/t"]).ok
    assert [(seen.method, "list-type" in seen.path) for seen in proxy.seen] == [
        ("GET", True), *[("GET", False)] * 5,
    ]  # fmt: skip
    assert all("if-match" in seen.headers for seen in proxy.seen[1:])
    proxy.seen.clear()
    extract.load([f"s3://{bucket.name}/t"])
    assert len(proxy.seen) == 1


def test_a_broken_connection_is_taken_up_where_it_broke(
    bucket: Any, proxy: ShakyProxy, rows: Rows
) -> None:
    data = csv_of(100_000)
    bucket.put_object(Key="t.csv", Body=data)
    proxy.cut = lambda count, _: 1_000_000 if count < 3 else None
    report = extract.load([f"s3://{bucket.name}/t.csv"])
    assert report.ok
    assert len(rows("t")) == 100_000
    asked = [seen.headers.get("range") for seen in proxy.gets(f"/{bucket.name}/t.csv")]
    assert len(asked) == 3
    assert asked[0] is None
    assert all(part and part.startswith("bytes=") for part in asked[1:])


def test_the_stored_hash_is_that_of_the_whole_object_after_a_break(
    bucket: Any, proxy: ShakyProxy, fetch: Rows
) -> None:
    data = csv_of(60_000)
    bucket.put_object(Key="t.csv", Body=data)
    proxy.cut = lambda count, _: 700_000 if count == 1 else None
    assert extract.load([f"s3://{bucket.name}/t.csv"]).ok
    assert fetch("select content_hash from raw._files") == [(hashlib.sha256(data).hexdigest(),)]


def test_a_connection_that_breaks_for_good(bucket: Any, proxy: ShakyProxy, rows: Rows) -> None:
    bucket.put_object(Key="t/1.csv", Body=csv_of(60_000))
    bucket.put_object(Key="t/2.csv", Body=csv_of(10))
    proxy.cut = lambda count, path: (400_000 if count == 1 else 0) if "1.csv" in path else None
    report = extract.load([f"s3://{bucket.name}/t"])
    assert [file.outcome for file in report.files] == ["failed", "loaded"]
    error = report.files[0].error
    assert isinstance(error, SourceUnreadable)
    assert error.retryable
    assert "broke at byte 400,000" in str(error)
    assert len(rows("t")) == 10
    proxy.cut = lambda _count, _path: None
    assert extract.load([f"s3://{bucket.name}/t"]).ok
    assert len(rows("t")) == 60_010


def test_an_object_replaced_while_it_is_read(bucket: Any, proxy: ShakyProxy, rows: Rows) -> None:
    bucket.put_object(Key="t.csv", Body=csv_of(60_000))
    other = boto3.client("s3", endpoint_url=proxy.url)

    def replace(seen: Seen) -> None:
        if "range" in seen.headers:
            proxy.before = lambda _: None
            other.put_object(Bucket=bucket.name, Key="t.csv", Body=csv_of(5))

    proxy.before = replace
    proxy.cut = lambda count, _: 500_000 if count == 1 else None
    report = extract.load([f"s3://{bucket.name}/t.csv"])
    assert isinstance(report.files[0].error, SourceChanged)
    assert rows("t") == []
    assert extract.load([f"s3://{bucket.name}/t.csv"]).ok
    assert len(rows("t")) == 5


def test_version_and_etag_in_the_ledger(bucket: Any, fetch: Rows) -> None:
    bucket.Versioning().enable()
    made = bucket.put_object(Key="t.csv", Body=b"a\n1\n")
    assert extract.load([f"s3://{bucket.name}/t.csv"]).ok
    assert fetch("select version, dialect->'s3' from raw._files") == [
        (
            made.e_tag.strip('"'),
            {"etag": made.e_tag.strip('"'), "version_id": made.version_id},
        )
    ]
    assert made.version_id
    bucket.object_versions.delete()


def test_the_reader_pays_when_asked(bucket: Any, proxy: ShakyProxy) -> None:
    bucket.put_object(Key="t.csv", Body=b"a\n1\n")
    where = f"s3://{bucket.name}/t.csv"
    assert extract.load([where], requester_pays=True).ok
    assert [seen.headers.get("x-amz-request-payer") for seen in proxy.seen] == ["requester"] * 2
    proxy.seen.clear()
    assert extract.load([where], replay=True, requester_pays=False).ok
    assert [seen.headers.get("x-amz-request-payer") for seen in proxy.seen] == [None] * 2


def test_members_of_an_archive_in_s3(bucket: Any, proxy: ShakyProxy, rows: Rows) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.csv", csv_of(50_000))
        archive.writestr("b.csv", b"x\n1\n")
    bucket.put_object(Key="e/export.zip", Body=sink.getvalue())
    proxy.cut = lambda count, _: 900_000 if count % 2 else None
    report = extract.load([f"s3://{bucket.name}/e"])
    assert [file.uri.rpartition("/")[2] for file in report.files] == [
        "export.zip#a.csv", "export.zip#b.csv",
    ]  # fmt: skip
    assert report.ok
    assert len(rows("a")) == 50_000


def test_patterns(bucket: Any, rows: Rows) -> None:
    for key in ("o/2026/a.csv", "o/2026/b.json", "o/2025/a.csv", "o/x/y/a.csv"):
        bucket.put_object(
            Key=key,
            Body=b'[{"k":"%b"}]' % key.encode() if "json" in key else key.encode() + b"\n1\n",
        )

    def found(pattern: str) -> list[str]:
        report = extract.load([f"s3://{bucket.name}/{pattern}"], dry_run=True)
        return [file.uri.removeprefix(f"s3://{bucket.name}/o/") for file in report.files]

    assert found("o/*/a.csv") == ["2025/a.csv", "2026/a.csv"]
    assert found("o/**/a.csv") == ["2025/a.csv", "2026/a.csv", "x/y/a.csv"]
    assert found("o/202[56]/?.json") == ["2026/b.json"]
    with pytest.raises(SourceNotFound):
        found("o/*.parquet")


def test_workers_read_s3_too(bucket: Any, rows: Rows) -> None:
    for number in range(4):
        bucket.put_object(Key=f"t/{number}.csv", Body=csv_of(1000 + number))
    assert extract.load([f"s3://{bucket.name}/t"], workers=2).ok
    assert len(rows("t")) == 4006


def test_wrong_credentials_say_so(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(SourceUnreadable, match="credentials"):
        extract.load([f"s3://{bucket.name}/x"])
