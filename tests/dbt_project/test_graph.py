"""Rules of the project's graph, by `manifest.json`: who reads whom, what is documented and tested.

An exception is named here with its reason, or the rule is broken.
"""

from __future__ import annotations

import copy
import csv
import json
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.built import Built

Node = dict[str, Any]

# Models that read raw tables beside staging, and why.
READS_RAW = {
    "issues": "shows the value as it arrived, which staging no longer has",
}
# Models outside `intermediate` that may read staging, and why.
READS_STAGING = {
    "files": "the ledger for reading; it has no row to judge",
    "rejects": "the ledger for reading; it has no row to judge",
    "row_flow": "counts files of the ledger",
    "dim_dates": "the span of days is that of the files",
}
# Models without a tested key, and why.
KEYLESS = {
    "run_results": "filled behind the build; the table's own primary key holds",
    "node_status": "a view of the latest rows of run_results",
    "int_text__lexicon": "a word may begin several phrases",
    "stg_ledger__rejects": "one line may hold two rejects, of several sheets or archive members",
}
# How many views may stand on one another.
CHAINED_VIEWS = 3
# Children of one model that are not read further: beyond it, something is missing in between.
LEAVES = 12


class Graph:
    """The manifest, by name and by kind."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        self.manifest = manifest
        self.nodes: dict[str, Node] = manifest["nodes"] | manifest["sources"]

    def of(self, kind: str) -> list[Node]:
        """The project's own nodes of a kind."""
        return [
            node
            for node in self.nodes.values()
            if node["resource_type"] == kind and node["package_name"] == "assay"
        ]

    @cached_property
    def models(self) -> list[Node]:
        return self.of("model")

    def parents(self, node: Node, kind: str) -> list[Node]:
        """The nodes of a kind that a node reads."""
        found = [self.nodes[i] for i in node["depends_on"]["nodes"] if i in self.nodes]
        return [parent for parent in found if parent["resource_type"] == kind]

    def children(self, node: Node) -> list[Node]:
        """The models and snapshots that read a node."""
        return [
            child
            for child in [*self.models, *self.of("snapshot")]
            if node["unique_id"] in child["depends_on"]["nodes"]
        ]

    def tests(self, node: Node) -> list[Node]:
        """The data tests attached to a node."""
        return [t for t in self.of("test") if t.get("attached_node") == node["unique_id"]]


def layer(node: Node) -> str:
    """The folder under `models`."""
    return str(node["fqn"][1])


@pytest.fixture(scope="module")
def graph(built_once: Built) -> Graph:
    """The project as dbt read it for the shop that is built already."""
    return Graph(json.loads((built_once.target / "manifest.json").read_text()))


def test_only_staging_reads_sources(graph: Graph) -> None:
    readers = {m["name"] for m in graph.models if graph.parents(m, "source")}
    staging = {m["name"] for m in graph.models if layer(m) == "staging"}
    assert readers - staging == set(READS_RAW)
    assert staging <= readers


def test_each_source_table_is_read_by_one_staging_model(graph: Graph) -> None:
    for source in graph.of("source"):
        readers = [c["name"] for c in graph.children(source) if layer(c) == "staging"]
        assert len(readers) == 1, (source["name"], readers)


def test_staging_joins_nothing(graph: Graph) -> None:
    for model in graph.models:
        if layer(model) == "staging":
            assert len(graph.parents(model, "source")) == 1, model["name"]
            assert graph.parents(model, "model") == [], model["name"]


def test_marts_read_what_was_judged_and_not_staging(graph: Graph) -> None:
    readers = {
        model["name"]
        for model in graph.models
        if layer(model) in ("marts", "quality")
        and any(layer(parent) == "staging" for parent in graph.parents(model, "model"))
    }
    assert readers <= set(READS_STAGING), readers - set(READS_STAGING)


def test_nothing_below_reads_what_is_above(graph: Graph) -> None:
    order = ["staging", "intermediate", "marts", "quality"]
    for model in graph.models:
        for parent in graph.parents(model, "model"):
            assert order.index(layer(parent)) <= order.index(layer(model)), model["name"]


def test_names_say_the_layer(graph: Graph) -> None:
    patterns = {
        "staging": r"stg_{folder}__\w+",
        "intermediate": r"int_\w+",
        "marts": r"(dim|fct|context)_\w+",
        "quality": r"[a-z_]+",
    }
    for model in graph.models:
        pattern = patterns[layer(model)].format(folder=model["fqn"][2])
        assert re.fullmatch(pattern, model["name"]), model["name"]


def test_views_are_not_chained(graph: Graph) -> None:
    def depth(node: Node) -> int:
        if node["resource_type"] != "model" or node["config"]["materialized"] != "view":
            return 0
        return 1 + max((depth(parent) for parent in graph.parents(node, "model")), default=0)

    chains = {m["name"]: depth(m) for m in graph.models}
    assert max(chains.values()) <= CHAINED_VIEWS, chains


def test_no_model_fans_out_to_leaves(graph: Graph) -> None:
    for model in graph.models:
        leaves = [c["name"] for c in graph.children(model) if not graph.children(c)]
        assert len(leaves) <= LEAVES, (model["name"], leaves)


def test_no_model_is_a_dead_end(graph: Graph) -> None:
    read_by_tests = {parent for t in graph.of("test") for parent in t["depends_on"]["nodes"]}
    for model in graph.models:
        if layer(model) in ("staging", "intermediate"):
            used = graph.children(model) or model["unique_id"] in read_by_tests
            assert used, f"{model['name']} is read by nothing"
            assert graph.children(model), f"{model['name']} is read by tests only"


def test_models_name_no_relation_themselves(graph: Graph) -> None:
    direct = re.compile(
        r"\b(from|join)\s+(raw|staging|intermediate|marts|quality)\.", re.IGNORECASE
    )
    for model in graph.models:
        assert not direct.search(model["raw_code"]), model["name"]


def test_every_model_says_its_grain_and_every_column_is_described(graph: Graph) -> None:
    for model in [*graph.models, *graph.of("snapshot")]:
        assert model["description"].startswith("One row"), model["name"]
        undescribed = [c["name"] for c in model["columns"].values() if not c["description"]]
        assert undescribed == [], model["name"]
    for node in [*graph.of("seed"), *graph.of("source")]:
        assert node["description"], node["name"]
        assert all(c["description"] for c in node["columns"].values()), node["name"]


def test_every_model_and_seed_has_a_tested_key(graph: Graph) -> None:
    for node in [*graph.models, *graph.of("seed")]:
        is_word_list = bool({"words", "phrases", "roots"} & node["columns"].keys())
        if node["name"] in KEYLESS or is_word_list:
            continue
        names = {test["test_metadata"]["name"] for test in graph.tests(node)}
        assert names & {"unique", "unique_together"}, node["name"]
        assert "not_null" in names, node["name"]


def test_every_table_has_a_unique_index_to_be_changed_in_place_by(graph: Graph) -> None:
    for model in graph.models:
        if model["config"]["materialized"] == "table" and model["name"] not in KEYLESS:
            assert any(index.get("unique") for index in model["config"]["indexes"]), model["name"]


def test_marts_enforce_their_contract(graph: Graph) -> None:
    for model in graph.models:
        if layer(model) == "marts":
            assert model["config"]["contract"]["enforced"], model["name"]
            assert all(c["data_type"] for c in model["columns"].values()), model["name"]


def test_every_test_says_what_a_failure_means_and_who_acts(graph: Graph) -> None:
    for test in graph.of("test"):
        meta = test["config"]["meta"]
        assert meta.get("failure_means"), test["name"]
        assert meta.get("who_acts"), test["name"]


def test_every_macro_is_described_with_its_arguments(graph: Graph, root: Path) -> None:
    own = {
        macro["name"]: macro
        for macro in graph.manifest["macros"].values()
        if macro["package_name"] == "assay"
    }
    for name, macro in own.items():
        # How an engine says it is described where it is dispatched.
        said = own.get(re.sub(r"^(postgres|default)__", "", name), macro)
        assert said["description"], name
        if name.startswith("materialization_"):
            continue
        called = re.sub("^test_", "test ", name) if name.startswith("test_") else f"macro {name}"
        declared = re.search(rf"{called}\((.*?)\)\s*-?%}}", macro["macro_sql"], re.DOTALL)
        assert declared, name
        names = [part.split("=")[0].strip() for part in declared[1].split(",") if part.strip()]
        assert [a["name"] for a in said["arguments"]] == names, name


def test_every_macro_that_dispatches_has_an_implementation_and_no_other_is_one(
    graph: Graph,
) -> None:
    own = {
        macro["name"]: macro["macro_sql"]
        for macro in graph.manifest["macros"].values()
        if macro["package_name"] == "assay"
    }
    dispatched = {
        name
        for name, sql in own.items()
        if re.search(rf"adapter\.dispatch\('{name}', 'assay'\)", sql)
    }
    assert dispatched
    for name, sql in own.items():
        others = re.findall(r"adapter\.dispatch\('(\w+)', 'assay'\)", sql)
        assert others in ([], [name]), name
        implemented = re.sub(r"^(postgres|default)__", "", name)
        if implemented in own and implemented != name:
            assert implemented in dispatched, name
    for name in dispatched:
        assert {f"postgres__{name}", f"default__{name}"} & own.keys(), name


def test_every_cleaning_macro_is_tested_on_values(graph: Graph, root: Path) -> None:
    tests = "".join(p.read_text() for p in (root / "tests/dbt").rglob("*.sql"))
    macros = {
        m["name"]: m["macro_sql"]
        for m in graph.manifest["macros"].values()
        if re.match(r"macros/(cleaning|judging)/", m["original_file_path"])
    }

    def tested(name: str) -> bool:
        """Called by a test, or by a macro that is."""
        name = re.sub(r"^(postgres|default)__", "", name)
        callers = [m for m, sql in macros.items() if m != name and re.search(rf"\b{name}\(", sql)]
        return bool(re.search(rf"\b{name}\(", tests)) or any(tested(caller) for caller in callers)

    in_models_only = {"entities", "excluding_rules", "is_excluded", "pii_columns", "masked_by_meta"}
    untested = {re.sub(r"^(postgres|default)__", "", name) for name in macros if not tested(name)}
    assert untested <= in_models_only | {"versions_of"}


def test_every_source_has_its_freshness_from_the_ledger(graph: Graph) -> None:
    for source in graph.of("source"):
        if source["source_name"] != "ledger":
            assert source["freshness"]["warn_after"]["count"], source["name"]
            assert "loaded_at(" in source["config"]["loaded_at_query"], source["name"]


def test_every_mart_has_a_reader(graph: Graph) -> None:
    exposed = {
        parent
        for exposure in graph.manifest["exposures"].values()
        for parent in exposure["depends_on"]["nodes"]
    }
    for model in graph.models:
        if layer(model) == "marts":
            assert model["unique_id"] in exposed or graph.children(model), model["name"]


def test_every_rule_is_told_by_a_model_and_every_code_is_a_rule(graph: Graph, root: Path) -> None:
    with (root / "seeds" / "rules.csv").open(newline="") as lines:
        listed = {(row["entity"], row["code"]) for row in csv.DictReader(lines)}
    entities = graph.manifest["macros"]["macro.assay.shop_entities"]["macro_sql"]
    ways = re.findall(
        r"'name': '(\w+)'.*?'staging': '(\w+)',\s+'judged': '(\w+)'", entities, re.DOTALL
    )
    models = {model["name"]: model for model in graph.models}

    def codes(model: Node, staging: str) -> set[str]:
        """The codes that a model gives, or one between it and this row's staging."""
        if layer(model) == "staging" and model["name"] != staging:
            return set()
        lists = re.findall(r"issue_codes\(\[(.*?)\]\) \}\}", model["raw_code"], re.DOTALL)
        found = set(re.findall(r"^\s+\('([a-z_]+)',", "".join(lists), re.MULTILINE))
        within = [p for p in graph.parents(model, "model") if p["name"].startswith(("stg", "int"))]
        about = model["name"].split("__")[0].removeprefix("int_")
        of_same_rows = [
            p for p in within if layer(p) == "staging" or p["name"].startswith(f"int_{about}__")
        ]
        return found.union(*(codes(p, staging) for p in of_same_rows))

    for entity, staging, judged in ways:
        given = codes(models[judged], staging)
        known = {code for name, code in listed if name == entity}
        assert known <= given, (entity, known - given)
        assert {code for _, code in listed} >= given, (entity, given)
    assert {entity for entity, _ in listed} == {entity for entity, _, _ in ways}


def _model(manifest: dict[str, Any], name: str) -> Node:
    node: Node = manifest["nodes"][f"model.assay.{name}"]
    return node


def _reads(manifest: dict[str, Any], name: str, read: str) -> None:
    _model(manifest, name)["depends_on"]["nodes"].append(read)


def _forget(manifest: dict[str, Any], kind: str, name: str) -> None:
    for node in manifest["nodes"].values():
        metadata = node.get("test_metadata") or {}
        if metadata.get("name") == kind and node.get("attached_node") == f"model.assay.{name}":
            node["attached_node"] = None


BREAKS = {
    test_only_staging_reads_sources: lambda m: _reads(m, "fct_orders", "source.assay.shop.orders"),
    test_staging_joins_nothing: lambda m: _reads(
        m, "stg_shop__orders", "model.assay.stg_shop__products"
    ),
    test_marts_read_what_was_judged_and_not_staging: lambda m: _reads(
        m, "fct_reviews", "model.assay.stg_shop__reviews"
    ),
    test_nothing_below_reads_what_is_above: lambda m: _reads(
        m, "int_orders__judged", "model.assay.fct_orders"
    ),
    test_names_say_the_layer: lambda m: _model(m, "fct_orders").update(name="orders"),
    test_models_name_no_relation_themselves: lambda m: _model(m, "fct_orders").update(
        raw_code="select 1 from raw.orders"
    ),
    test_every_model_says_its_grain_and_every_column_is_described: lambda m: _model(m, "issues")[
        "columns"
    ]["rule"].update(description=""),
    test_every_model_and_seed_has_a_tested_key: lambda m: _forget(m, "unique", "fct_orders"),
    test_marts_enforce_their_contract: lambda m: _model(m, "dim_dates")["config"][
        "contract"
    ].update(enforced=False),
    test_every_test_says_what_a_failure_means_and_who_acts: lambda m: next(
        node for node in m["nodes"].values() if node["resource_type"] == "test"
    )["config"]["meta"].pop("who_acts"),
    test_every_source_has_its_freshness_from_the_ledger: lambda m: m["sources"][
        "source.assay.shop.orders"
    ]["freshness"]["warn_after"].update(count=None),
}


@pytest.mark.parametrize("rule", BREAKS, ids=lambda rule: rule.__name__.removeprefix("test_"))
def test_a_rule_that_is_broken_is_told(graph: Graph, rule: Callable[[Graph], None]) -> None:
    manifest = copy.deepcopy(graph.manifest)
    BREAKS[rule](manifest)
    with pytest.raises(AssertionError):
        rule(Graph(manifest))
