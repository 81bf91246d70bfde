"""The index and its search on the built shop: what is found, filtered, kept up to date, refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import llm
from dbt_project import postgres, status
from llm import embeddings, retrieval
from llm.database import Door
from llm.errors import (
    EmbeddingError,
    IndexMissingError,
    LlmError,
    RequestError,
    SettingsError,
    SqlRefusedError,
)
from llm.question import sayings
from llm.request import TimeRange
from llm.retrieval import TextFilter
from llm.search import texts
from llm.search.knowledge import IndexRun
from tests.built import Built


@pytest.fixture
def indexed(built_database: Built) -> IndexRun:
    """The built shop, indexed: once, then brought up to date."""
    return llm.index()


@pytest.fixture
def door(indexed: IndexRun) -> Iterator[Door]:
    with Door() as opened:
        yield opened


def test_every_text_is_indexed_once(indexed: IndexRun, door: Door) -> None:
    for mart, columns in (
        ("fct_reviews", "title, body"),
        ("fct_support_tickets", "subject, first_message"),
    ):
        rows = door.fetch(
            f"select (select count(*) from marts.{mart} where concat({columns}) <> ''), "
            f"(select count(distinct key) from knowledge.passages where source = '{mart}')"
        )
        assert rows[0][0] == rows[0][1] > 300
    assert set(indexed.sources) == {
        "fct_reviews.title",
        "fct_reviews.body",
        "fct_support_tickets.subject",
        "fct_support_tickets.first_message",
    }


def test_a_second_run_embeds_nothing(indexed: IndexRun) -> None:
    again = llm.index()
    assert (again.embedded, again.removed, again.rebuilt) == (0, 0, False)
    assert (again.entries, again.passages) == (indexed.entries, indexed.passages)
    assert status.collect().indexed_at is not None


def test_only_what_changed_is_embedded(indexed: IndexRun) -> None:
    text = "The kettle whistles like a steam train at dawn."
    with postgres.connect(autocommit=True) as connection:
        key, body = connection.execute(
            "select review_id, body from marts.fct_reviews where body <> '' order by 1 limit 1"
        ).fetchone() or ("", "")
        set_body = "update marts.fct_reviews set body = %s where review_id = %s"
        try:
            connection.execute(set_body, [text, key])
            assert llm.index().embedded == 1
            with Door() as door:
                found = retrieval.search(door, "whistling kettle", limit=1).passages[0]
            assert (found.key, found.quote) == (key, text)
            connection.execute(
                "update marts.fct_reviews set title = null, body = null where review_id = %s", [key]
            )
            gone = llm.index()
            assert (gone.embedded, gone.removed) == (0, 1)
        finally:
            connection.execute(
                "update marts.fct_reviews set title = 'x', body = %s where review_id = %s",
                [body, key],
            )


def test_a_text_that_only_moved_keeps_its_vector(indexed: IndexRun) -> None:
    with postgres.connect(autocommit=True) as connection:
        key, day = connection.execute(
            "select key, said_on from knowledge.passages where source = 'fct_reviews' limit 1"
        ).fetchone() or ("", None)
        move = "update marts.fct_reviews set review_date = %s where review_id = %s"
        try:
            connection.execute(move, [date(1999, 1, 1), key])
            assert llm.index().embedded == 0
            with Door() as door:
                where = TextFilter(time=TimeRange(end=date(2000, 1, 1)))
                found = retrieval.search(door, "anything", where=where).passages
            assert [one.key for one in found] == [key]
        finally:
            connection.execute(move, [day, key])


def test_an_english_question_finds_german_text(door: Door) -> None:
    where = TextFilter(languages=("de",))
    found = retrieval.search(door, "the zip is stuck", where=where, limit=5).passages
    assert {one.language for one in found} == {"de"}
    assert any("Reißverschluss" in one.quote for one in found)


def test_words_find_what_meaning_cannot(door: Door) -> None:
    order = door.fetch("select text from knowledge.passages where text ~ 'O-[0-9]{7}' limit 1")
    number = order[0][0].partition("O-")[2][:7]
    found = retrieval.search(door, f"O-{number}", limit=3).passages
    assert f"O-{number}" in found[0].text
    assert found[0].by_words


def test_filters_hold_for_every_passage(door: Door) -> None:
    where = TextFilter(
        facets={"country": ("Germany", "Austria"), "rating": ("1", "2")},
        time=TimeRange(date(2025, 1, 1), date(2025, 12, 31)),
    )
    found = retrieval.search(door, "bad quality", where=where, limit=30).passages
    assert len(found) >= 5
    for one in found:
        assert one.facets["country"] in ("Germany", "Austria")
        assert one.facets["rating"] in ("1", "2")
        assert one.said_on is not None
        assert one.said_on.year == 2025


def test_texts_without_a_value_can_count_too(door: Door) -> None:
    where = TextFilter(facets={"rating": ("1", retrieval.NO_VALUE)})
    found = retrieval.search(door, "broken", where=where, limit=30)
    assert {one.source for one in found.tallies} == {"fct_reviews", "fct_support_tickets"}
    assert {one.facets.get("rating") for one in found.passages} <= {"1", None}


def test_a_narrow_filter_still_finds_all(door: Door) -> None:
    """The vector index is searched on until enough rows pass the filter."""
    product, count = door.fetch(
        "select facets ->> 'product', count(*) from knowledge.passages "
        "where facets ? 'product' group by 1 order by 2 limit 1"
    )[0]
    where = TextFilter(facets={"product": (product,)})
    found = retrieval.search(door, "something else entirely", where=where, limit=30)
    assert len(found.passages) == min(count, 30)
    assert sum(tally.texts for tally in found.tallies) == count


def test_counts_are_those_of_the_texts(door: Door) -> None:
    tallies = {t.source: t for t in retrieval.search(door, "zip stuck").tallies}
    held = door.fetch(
        "select count(*) from marts.fct_reviews "
        "where language = 'en' and body ~* '\\mzip\\M' and body ~* '\\mstuck\\M'"
    )
    assert tallies["fct_reviews"].all_words == held[0][0] > 0


def test_the_catalogue_is_found_by_meaning(door: Door) -> None:
    assert retrieval.entries(door, "turnover", kinds=("metric",))[0].name == "revenue"
    german = retrieval.entries(door, "Umsatz nach Land", kinds=("metric",), limit=5)
    assert any("revenue" in one.name for one in german)


def test_the_reader_may_read_the_index_and_no_more(door: Door) -> None:
    assert door.query("select count(*) from knowledge.passages").rows[0][0] > 0
    with pytest.raises(SqlRefusedError):
        door.query("delete from knowledge.passages")


def test_another_model_s_index_is_not_searched(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_EMBEDDING_MODEL", "another")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(IndexMissingError, match="use-multilingual-v3, not with another"):
        retrieval.search(door, "x")


def test_without_an_index_one_is_told_how_to_make_it(
    indexed: IndexRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.connect(autocommit=True) as connection:
        connection.execute("alter table knowledge.passages rename to away")
        try:
            answer = llm.ask("what do customers say about the zip?")
        finally:
            connection.execute("alter table knowledge.away rename to passages")
    assert answer.kind == "declined"
    assert "assay index" in answer.text


def test_what_customers_say(indexed: IndexRun) -> None:
    answer = llm.ask("What do customers in Germany say about the zip getting stuck?")
    assert answer.kind == "answered"
    assert answer.warnings == ()
    assert "Reißverschluss" in answer.text
    assert answer.columns == ("source", "key", "said_on", "language", "similarity", "text")
    assert answer.proof is not None
    assert answer.proof.written_by == "the text search"
    assert "fct_reviews" in {model.name for model in answer.proof.models}
    assert any("country is Germany" in one for one in answer.proof.assumptions)
    assert "<embedding of the text>" in answer.proof.sql


def test_nothing_written_is_said_so(indexed: IndexRun) -> None:
    answer = llm.ask("what did customers say about the zip in 1999?")
    assert answer.rows == ()
    assert "nothing to report" in answer.text


@pytest.mark.parametrize(
    ("key", "model"), [("R-000001", "fct_reviews"), ("O-0000014", "fct_orders")]
)
def test_a_row_is_explained(built_database: Built, key: str, model: str) -> None:
    answer = llm.ask(f"where does {key} come from?")
    found = dict(answer.rows)
    assert found["mart"] == model
    assert ", line " in found["came from"]
    assert str(built_database.data) in found["came from"]
    assert model in answer.text


def test_an_unknown_row_is_declined(built_database: Built) -> None:
    answer = llm.ask("explain order O-9999999")
    assert answer.kind == "declined"
    assert "O-9999999" in answer.text


TODAY = date(2026, 10, 31)
REVIEWS, TICKETS = {"source": "review"}, {"source": "ticket"}
SPAIN, GERMANY = {"country": "Spain"}, {"country": "Germany"}
LOW = {"rating": "1"}


@pytest.mark.usefixtures("built_database")
class TestSayings:
    """Which questions are about texts, and what of them is topic, filter and time."""

    @pytest.fixture
    def read(self) -> Any:
        from llm import catalog, semantic
        from llm.answer import project_artifacts
        from llm.question.lexicon import Lexicon

        with Door() as door:
            layer = semantic.load(project_artifacts().semantic_manifest_path)
            lexicon = Lexicon(catalog.load(layer, door))
        return lambda question: sayings.read(question, lexicon, TODAY)

    @pytest.mark.parametrize(
        ("question", "topic", "filters"),
        [
            ("what do customers say about battery life?", "battery life", {}),
            ("What did people in Spain write about delays?", "delays", {"country": "Spain"}),
            ("show me reviews that mention the zip", "zip", REVIEWS),
            ("complaints about wobbly chairs in Germany", "wobbly chairs", GERMANY | LOW),
            ("what are customers saying about our app?", "app", {}),
            ("find tickets about damaged goods since March 2026", "damaged goods", TICKETS),
            ("feedback on packaging", "packaging", {}),
            ("do buyers complain about the smell?", "smell", LOW),
            ("what do people love about our lamps?", "lamps", {"rating": "4"}),
            ("what do they complain about regarding headphones?", "headphones", LOW),
            ("what do people say about delivery in their tickets", "delivery", TICKETS),
            ("show bad reviews about packaging", "packaging", REVIEWS | {"rating": "1"}),
            ("good reviews about the app", "app", REVIEWS | {"rating": "4"}),
            ("3 star reviews mentioning the zip", "zip", REVIEWS | {"rating": "3"}),
            ("what do German reviews say about the fit", "fit", REVIEWS | {"language": "de"}),
            ("show reviews in French about delays", "delays", REVIEWS | {"language": "fr"}),
            ("how many reviews mention scratches", "scratches", REVIEWS),
            ("reviews about smells from customers in Spain", "smells", REVIEWS | SPAIN),
        ],
    )  # fmt: skip
    def test_topics(self, read: Any, question: str, topic: str, filters: dict[str, str]) -> None:
        found = read(question)
        assert found.text == topic
        assert {name: values[0] for name, values in found.filters} == filters

    @pytest.mark.parametrize(
        "question",
        [
            "revenue by country",
            "number of reviews by language",
            "average rating by category",
            "which products have the most negative reviews?",
            "how many support tickets do we have about refunds",
            "support tickets about late delivery by month",
            "satisfaction by channel",
            "do premium customers complain less",
            "how many tickets mention late delivery by month",
        ],
    )
    def test_figures_are_left_to_the_metrics(self, read: Any, question: str) -> None:
        assert read(question) is None

    def test_a_time_is_no_topic(self, read: Any) -> None:
        found = read("what did people say about shipping last quarter?")
        assert found.text == "shipping"
        assert found.time == TimeRange(date(2026, 7, 1), date(2026, 9, 30))


@pytest.mark.parametrize(
    ("dimension", "facet"),
    [
        ("order__country", "country"),
        ("customer__customer_country", "country"),
        ("product__product_name", "product"),
        ("product__supplier_country", "supplier_country"),
        ("review__language", "language"),
    ],
)
def test_facets_carry_short_names(dimension: str, facet: str) -> None:
    assert texts.facet_name(dimension) == facet


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": "x", "filters": {"contry": "Germany"}}, "country"),
        ({"text": "x", "filters": {"country": "Germny"}}, "Germany"),
        ({"text": "x", "filters": {"source": "letters"}}, "reviews, support tickets"),
        ({"text": "..."}, "few words"),
    ],
)
def test_wrong_filters_are_told_with_the_right_ones(
    door: Door, arguments: dict[str, Any], message: str
) -> None:
    from llm.search import text_search

    with pytest.raises(RequestError) as caught:
        text_search.run(door, arguments["text"], arguments.get("filters", {}), TimeRange(), 5)
    assert message in caught.value.advice


@pytest.mark.usefixtures("built_database")
def test_only_the_texts_that_are_asked_for_are_searched() -> None:
    answer = llm.ask("show bad reviews about delays")
    assert answer.kind == "answered"
    assert {row[0] for row in answer.rows} == {"fct_reviews"}
    keys = [row[1] for row in answer.rows]
    with Door() as door:
        given = door.fetch(
            "select distinct rating from marts.fct_reviews where review_id = any(%(keys)s)",
            {"keys": keys},
        )
    assert {row[0] for row in given} <= {1, 2}


def test_tampered_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(embeddings.BUILT_IN_FILES, "weights.npz", "0" * 64)
    with pytest.raises(EmbeddingError, match=r"weights\.npz"):
        embeddings.MultilingualEncoder()


def test_an_embedding_model_needs_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="no endpoint"):
        embeddings.settings("some-model")


@contextmanager
def embedding_server(answer: Any, code: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A loopback server of /v1/embeddings."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(body)
            payload = json.dumps(answer(body)).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def vectors(body: dict[str, Any]) -> dict[str, Any]:
    data = [
        {"object": "embedding", "index": i, "embedding": [float(len(text)), 1.0, 0.0]}
        for i, text in enumerate(body["input"])
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "data": data, "model": body["model"], "usage": usage}


def test_an_endpoint_embeds_texts_as_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    with embedding_server(vectors) as (url, asked):
        monkeypatch.setenv("ASSAY_EMBEDDING_BASE_URL", url)
        monkeypatch.setenv("ASSAY_EMBEDDING_MODEL", "nomic")
        model = embeddings.model(embeddings.settings())
        assert model.embed_query("four") == [4.0, 1.0, 0.0]
        assert len(model.embed_documents(["a"] * 300)) == 300
    assert asked[0]["model"] == "nomic"
    assert all(isinstance(text, str) for body in asked for text in body["input"])


@pytest.mark.parametrize("answer", [{"error": {"message": "no such model"}}, {"data": []}])
def test_an_endpoint_that_does_not_embed(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    with embedding_server(lambda _: answer, 404 if "error" in answer else 200) as (url, _):
        monkeypatch.setenv("ASSAY_EMBEDDING_BASE_URL", url)
        with pytest.raises(LlmError, match="nomic"):
            embeddings.model(embeddings.settings("nomic")).embed_query("x")
