"""`assay ask`, `query`, `index`, `document`: each parses, calls one function, and prints."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)
evaluate_app = typer.Typer()


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="In plain words, in quotes.")],
    model: Annotated[
        str | None,
        typer.Option(
            help='An OpenAI-compatible model, or "planner". Default: ASSAY_MODEL, else the planner.'
        ),
    ] = None,
    proof: Annotated[bool, typer.Option(help="Show what stands behind the answer.")] = True,
    sql: Annotated[bool, typer.Option("--sql", help="Print only the SQL that ran.")] = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help='Lean on the question before: "and by country?"')
    ] = False,
    thread: Annotated[
        str | None,
        typer.Option(help="A conversation by name, to be gone on with; several side by side."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show first how the question was read (planner).")
    ] = False,
    no_run: Annotated[
        bool, typer.Option("--no-run", help="Show how it is read and the SQL; run nothing.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Answer a question from the marts, with its proof.

    Exit code 0 if it was answered, 1 if it was declined or needs a clearer question.

    Examples: assay ask "top 5 products by revenue last quarter", then
    assay ask --follow "and for Germany?"
    """
    import llm
    from llm.model import conversations

    known = thread or (conversations.last() if follow else None)
    if explain or no_run:
        previous: tuple[str, ...] = ()
        if known:
            with conversations.opened() as kept:
                previous = kept.questions(known)
        if not _explained(question, previous, no_run, json_output, sql):
            raise typer.Exit(1)
    if no_run:
        return
    talk = known or conversations.new_if_kept()
    shown: list[str] = []
    plain = not (sql or json_output) and sys.stdout.isatty()
    answer = llm.ask(
        question,
        model=model,
        thread=talk,
        stream=sys.stdout.isatty(),
        on_step=_steps(),
        on_text=_showing(shown) if plain else None,
    )
    said = bool(shown) and "".join(shown).strip().endswith(answer.text)
    if shown:
        typer.echo()
    if talk:
        conversations.remember(talk)
    if sql and answer.proof is not None:
        typer.echo(answer.proof.sql)
    else:
        from llm.printing import render_answer

        if json_output:
            typer.echo(render_answer.as_json(answer))
        else:
            from rich.console import Console

            render_answer.print_answer(Console(), answer, proof=proof, said=said)
    if answer.kind != "answered":
        raise typer.Exit(1)


def _explained(
    question: str, previous: tuple[str, ...], no_run: bool, json_output: bool, sql: bool
) -> bool:
    """Print how the question is read; whether there is something to run, or more to print."""
    from llm import explain
    from llm.printing import render_answer

    found = explain.explain(question, previous=previous)
    if no_run and sql:
        typer.echo(found.sql)
    elif no_run and json_output:
        typer.echo(render_answer.explanation_as_json(found))
    elif not json_output and not sql:
        from rich.console import Console

        render_answer.print_explanation(Console(), found, sql=no_run)
    return found.kind == "answer" or not no_run


@evaluate_app.command()
def questions(
    set_name: Annotated[
        str, typer.Option("--set", help='"dev", "business", "test", or a YAML file of your own.')
    ] = "dev",
    model: Annotated[
        str | None, typer.Option(help="As for ask. Default: ASSAY_MODEL, else the planner.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Beside the last run of the same set.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask a set of questions and compare each result with the expected one.

    Exit code 1 if any is not as expected. Every run is added to $ASSAY_HOME/evaluations.jsonl.

    Example: assay evaluate questions --set test --compare
    """
    from llm import evaluate

    report = evaluate.run(set_name, model=model, on_verdict=_verdicts())
    difference = evaluate.compare(report) if compare else None
    if json_output:
        typer.echo(evaluate.as_json(report, difference))
    else:
        from rich.console import Console

        from llm.printing import render_report

        render_report.print_report(Console(), report, difference, compare=compare)
    if report.accuracy < 1:
        raise typer.Exit(1)


def _verdicts() -> Callable[[object], None] | None:
    """A dot for each question on a terminal's stderr, F where it is not right."""
    if not sys.stderr.isatty():
        return None
    return lambda one: typer.echo("." if getattr(one, "right", False) else "F", nl=False, err=True)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help='One SELECT; "-" reads it from standard input.')],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    csv_output: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    rows: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many rows.")] = 1_000,
) -> None:
    """Run SQL through the same read-only door as the agent.

    Example: assay query "select country, sum(revenue_eur) from fct_orders group by 1"
    """
    import llm
    from llm.printing import render

    result = llm.query(sys.stdin.read() if sql == "-" else sql, max_rows=rows)
    if json_output:
        typer.echo(render.as_json(result))
    elif csv_output:
        typer.echo(render.as_csv(result), nl=False)
    else:
        from rich.console import Console

        render.print_result(Console(), result)


@app.command()
def index(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make it anew.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Index the catalogue and what people wrote, so that both are found by meaning and by words.

    Only what is new or changed is embedded; run it after each build. The model is the built-in one,
    or ASSAY_EMBEDDING_MODEL at OPENAI_BASE_URL, to which the texts are then sent.

    Example: assay index
    """
    import dataclasses
    import json

    import llm

    run = llm.index(rebuild=rebuild, on_progress=_progress())
    if json_output:
        typer.echo(json.dumps(dataclasses.asdict(run)))
        return
    typer.echo(
        f"{run.entries:,} catalogue entries and {run.passages:,} passages; "
        f"{run.embedded:,} embedded, {run.removed:,} removed, {run.seconds:.1f} s"
    )
    typer.echo(f"{run.model}, {run.dimensions} dimensions; texts: {', '.join(run.sources)}")


@app.command()
def document(
    models: Annotated[
        list[str] | None, typer.Argument(help="dbt models; none named means all.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="A language model to word the drafts. Default: ASSAY_MODEL, else none."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only report; exit code 1 if anything is undescribed.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    allow_values: Annotated[
        bool,
        typer.Option(
            "--allow-values", help="Let the language model see stored values (never personal ones)."
        ),
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON; write nothing.")] = False,
) -> None:
    """Describe models and columns that say nothing, and show the change before it is written.

    A column that is handed on inherits its description along its lineage; others are drafted from
    their SQL, their tests and what they hold. What a person wrote is never replaced. A model that
    is named, or not built yet, is described by what its SQL would give, with the types that its
    contract wants.

    Example: assay document fct_orders
    """
    from rich.console import Console

    import llm
    from dbt_project.postgres import project_root
    from llm import document as documenter
    from llm.printing import render_document

    plan = llm.describe(models or (), model=model, allow_values=allow_values, on_model=_steps())
    if json_output:
        typer.echo(render_document.as_json(plan))
        raise typer.Exit(0 if plan.complete else 1)
    render_document.print_plan(Console(), plan, project_root(), diff=not check)
    if check or not plan.changes:
        raise typer.Exit(0 if plan.complete else 1)
    if not yes and not (sys.stdin.isatty() and typer.confirm("Write these changes?")):
        typer.echo("Nothing was written; --yes writes it.")
        raise typer.Exit(1)
    for path in documenter.write(plan):
        typer.echo(f"wrote {path.relative_to(project_root())}")
    raise typer.Exit(1 if plan.problems else 0)


def _showing(shown: list[str]) -> Callable[[str], None]:
    """Show text as it comes, and keep it in `shown`."""

    def show(text: str) -> None:
        shown.append(text)
        typer.echo(text, nl=False)

    return show


def _progress() -> Callable[[int, int], None] | None:
    """Count on a terminal's stderr; nothing when piped."""
    if not sys.stderr.isatty():
        return None

    def told(done: int, total: int) -> None:
        typer.echo(f"\r  embedded {done:,} of {total:,} ", nl=done >= total, err=True)

    return told


def _steps() -> Callable[[str], None] | None:
    """Say on a terminal's stderr what is being done; nothing when piped."""
    if not sys.stderr.isatty():
        return None
    return lambda tool: typer.secho(f"  {tool} ...", err=True, dim=True)
