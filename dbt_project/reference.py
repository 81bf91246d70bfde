"""docs/reference.md: settings, errors and metrics, made from the code and the models' YAML.

The code is read, not run, so that this package need not know the others. `make docs` runs it; a
test requires that each setting which the code names is explained here, and that the page is fresh.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PACKAGES = ("extract", "dbt_project", "llm")


@dataclass(frozen=True)
class Setting:
    """An environment variable.

    Attributes:
        default: what holds if it is not set, in words.
        meaning: what it does.
    """

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("PGHOST", "the embedded server", "Host of Postgres, or the folder of its socket."),
    Setting("PGPORT", "5432", "Its port."),
    Setting("PGDATABASE", "`assay`", "The database."),
    Setting("PGUSER", "`assay_owner`", "The role that loads and builds."),
    Setting("PGPASSWORD", "none", "Its password; all other variables of libpq hold as well."),
    Setting("PGSSLMODE", "`prefer`", "Encryption of the connection."),
    Setting("PGSERVICE", "none", "A service of libpq's, in place of the above."),
    Setting("ASSAY_HOME", "`.assay` in the project", "What is kept between commands."),
    Setting(
        "ASSAY_READER_PASSWORD", "none", "Password of `assay_reader`; without one, the owner's"
        " login takes that role. `assay init` sets it.",
    ),
    Setting("ASSAY_OWNER_PASSWORD", "none", "What `assay init` sets as `assay_owner`'s password."),
    Setting("ASSAY_SOURCES", "`extract/sources.yml`", "Overrides of how files are read."),
    Setting("ASSAY_QUEUE", "none", "Queue of `assay worker`, if `--queue` is not given."),
    Setting("ASSAY_MODEL", "the offline planner", "The model that answers. Naming one is what lets"
            " anything leave the machine."),
    Setting("OPENAI_API_KEY", "none", "Key of the endpoint; alone it sends nothing anywhere."),
    Setting("OPENAI_BASE_URL", "OpenAI's", "Any endpoint that speaks the same protocol."),
    Setting("ASSAY_MODEL_TIMEOUT", "60", "Seconds for one call of the model."),
    Setting("ASSAY_MODEL_PRICE", "none", "What a million tokens in and out cost, such as"
            " `0.15/0.60`; answers then say what they cost."),
    Setting("ASSAY_SMALL_MODEL", "by the size in the model's name", "`1`: fewer tools and shorter"
            " prompts, for models of up to four billion parameters; `0`: not."),
    Setting("ASSAY_CATALOG_TOKENS", "3000", "How much of the prompt the catalogue may take."),
    Setting("ASSAY_EMBEDDING_MODEL", "the built-in one", "Model of an endpoint that embeds texts,"
            " which are then sent there."),
    Setting("ASSAY_EMBEDDING_BASE_URL", "`OPENAI_BASE_URL`", "That endpoint."),
    Setting("ASSAY_TODAY", "the last day in the data", "The day from which \"last month\" counts."),
    Setting("ASSAY_CONVERSATION_DAYS", "30", "Days that the questions of a conversation are kept."),
    Setting("ASSAY_TRACING", "off", "`1` leaves LangSmith's own variables in force; otherwise its"
            " tracing is forced off."),
    Setting("DBT_TARGET_PATH", "`target`", "Where dbt writes, and the manifest is read."),
)  # fmt: skip


def page(root: Path) -> str:
    """The whole page.

    Args:
        root: the checkout.
    """
    return "\n".join(
        [
            "# Reference",
            "",
            "Settings, errors and metrics, written by `make docs` from the code and the models."
            " Commands: [commands.md](commands.md). Rules: [cleaning.md](cleaning.md)."
            " The worker's own metrics: [worker.md](worker.md#watching-it).",
            "",
            "## Settings",
            "",
            "All are environment variables. AWS's region and credentials come from boto3's chain.",
            "",
            "| variable | if not set | what it does |",
            "| --- | --- | --- |",
            *(f"| `{one.name}` | {one.default} | {one.meaning} |" for one in SETTINGS),
            "",
            "## Errors",
            "",
            "What a Python caller catches. Each error has `what`, `where`, `hint` and `retryable`;"
            " a command prints them and ends with the exit code.",
            "",
            *_errors(root),
            "",
            "## Metrics",
            "",
            "What can be asked for by name, with the words that are understood for it.",
            "",
            *_metrics(root),
            "",
        ]
    )


def _errors(root: Path) -> Iterator[str]:
    for package in PACKAGES:
        path = root / package / "errors.py"
        classes = [
            node
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ClassDef) and node.bases
        ]
        yield f"**`{package}.errors`**"
        yield ""
        yield "| error | is a | meaning | try again | exit code |"
        yield "| --- | --- | --- | --- | --: |"
        known: dict[str, dict[str, Any]] = {}
        for node in classes:
            base = ast.unparse(node.bases[0])
            if base not in known and base != "Exception":
                continue
            facts = {"retryable": False, "exit_code": 1, **known.get(base, {})}
            for line in node.body:
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
                    facts |= {ast.unparse(target): line.value.value for target in line.targets}
            known[node.name] = facts
            meaning = (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ")
            again = "may help" if facts["retryable"] else ""
            yield f"| `{node.name}` | `{base}` | {meaning} | {again} | {facts['exit_code']} |"
        yield ""


def _metrics(root: Path) -> Iterator[str]:
    yield "| metric | unit | meaning | also |"
    yield "| --- | --- | --- | --- |"
    found = [
        metric
        for path in (root / "models").rglob("*.yml")
        for metric in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("metrics") or []
    ]
    for metric in sorted(found, key=lambda each: str(each["name"])):
        meta = metric.get("config", {}).get("meta", {})
        words = ", ".join(meta.get("synonyms", []))
        meaning = " ".join(metric["description"].split())
        yield f"| `{metric['name']}` | {meta.get('unit', '')} | {meaning} | {words} |"


def named_in_code(root: Path) -> set[str]:
    """Assay's own variables that the code names anywhere."""
    return {
        name
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
        for name in re.findall(r"\bASSAY_[A-Z_]+\b", path.read_text(encoding="utf-8"))
        if path.name != "reference.py"
    }


def main() -> None:
    """Write docs/reference.md."""
    root = Path(__file__).resolve().parent.parent
    (root / "docs" / "reference.md").write_text(page(root), encoding="utf-8")


if __name__ == "__main__":
    main()
