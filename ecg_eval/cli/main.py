"""The command line: parses words, calls ``ecg_eval.pipeline``, and prints what came of it."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ecg_eval.cli import adjudicate, gallery, ledger, models, observatory, plan, rehearse, shards, simulate, watch
from ecg_eval.cli.bars import bar, silent
from ecg_eval.errors import (
    ArgumentError,
    ConfigError,
    EcgEvalError,
    InputFileError,
    PluginError,
    ProblemsError,
    ReadingsError,
    RunFolderError,
    UnknownNameError,
    suggestion,
)

if TYPE_CHECKING:
    from ecg_eval.config.schema import RunConfig
    from ecg_eval.pipeline.locked_plan import Lock
    from ecg_eval.pipeline.study.run import RunOutcome

# done, the run itself failed, wrong usage or input
DONE, FAILED, WRONG = 0, 1, 2
_INTERRUPTED = 130  # what the command-line library exits with on Ctrl-C
_WRONG_INPUT = (
    *(ArgumentError, ConfigError, InputFileError, PluginError, ProblemsError, ReadingsError, RunFolderError),
    UnknownNameError,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Compare how AI and doctors read ECGs: accuracy, agreement and what help does, with honest intervals.",
)

Set = Annotated[list[str] | None, typer.Option("--set", help="Override a.b.c=value; may be given several times.")]
Out = Annotated[Path | None, typer.Option("--out", help="Run folder [runs/NAME].")]
Seed = Annotated[int | None, typer.Option("--seed", help="Everything random is drawn from it.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Config = Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)]
RunDir = Annotated[Path, typer.Argument(help="Folder that a run wrote.", show_default=False)]


def main() -> None:
    """Run the command line; turn errors into words on standard error and an exit code."""
    try:
        app()
    except EcgEvalError as error:
        _fail(str(error), WRONG if isinstance(error, _WRONG_INPUT) else FAILED)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        remedy = "Finished stages stay; run it again when that is mended."
        _fail(f"ecg-eval: {error.strerror or error}{where}. {remedy}", FAILED)
    except SystemExit as ended:
        if ended.code != _INTERRUPTED:
            raise
        _fail("Interrupted; finished stages stay and are not repeated.", FAILED)


def _fail(message: str, code: int) -> NoReturn:
    """Say what went wrong, in JSON where JSON was asked for, and exit."""
    print(message, file=sys.stderr)
    if "--json" in sys.argv:
        print(json.dumps({"ok": False, "error": message, "exit_code": code}, ensure_ascii=False, indent=1))
    sys.exit(code)


@app.command()
def run(
    config: Config,
    set_: Set = None,
    out: Out = None,
    seed: Seed = None,
    shard: Annotated[
        str | None, typer.Option(help="Only the i-th of n shares of the recordings, for `ecg-eval merge`: 3/8.")
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Run a configuration: readings, evaluation, tracking, report."""
    from ecg_eval.pipeline.locked_plan import compared_with_lock, lock_lines
    from ecg_eval.pipeline.study.check import check_file

    if shard is not None:
        shards.run_shard(config, _overrides(set_, out, seed), shard, quiet=quiet, as_json=as_json)
        return
    made = check_file(config, _overrides(set_, out, seed))
    lock = compared_with_lock(config, made)
    if lock is not None and lock.deviations:
        print("\n".join(lock_lines(lock)), file=sys.stderr)
    _run(made, lock, quiet=quiet, as_json=as_json)


@app.command()
def merge(
    config: Config,
    folders: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders of shards, or run folders that hold them [--out].", show_default=False),
    ] = None,
    set_: Set = None,
    out: Out = None,
    seed: Seed = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Make a run of its shards (`run --shard i/n`): what one run without shards would have left."""
    from ecg_eval.pipeline.locked_plan import compared_with_lock, lock_lines
    from ecg_eval.pipeline.shards.merge import merge as merge_shards
    from ecg_eval.pipeline.study.check import check_file

    made = check_file(config, _overrides(set_, out, seed))
    lock = compared_with_lock(config, made)
    if lock is not None and lock.deviations:
        print("\n".join(lock_lines(lock)), file=sys.stderr)
    watch = silent if quiet or as_json else bar
    merged = merge_shards(made, folders or (), plan=lock.facts if lock else None, progress=watch)
    if not quiet and not as_json:
        print("\n".join(shards.merged_lines(merged)))
    _say(merged.run, quiet=quiet, as_json=as_json, more=shards.merged_json(merged))


@app.command()
def lock(
    config: Config,
    file: Annotated[
        list[Path] | None, typer.Option(help="A file that is locked too, by its SHA-256: ECGs, key; may repeat.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Lock the choices of a configuration as the analysis plan; run it again to compare."""
    from ecg_eval.pipeline.locked_plan import lock_lines, lock_plan

    locked = lock_plan(config, file or ())
    if as_json:
        print(json.dumps({**vars(locked), "path": str(locked.path)}, ensure_ascii=False, indent=1))
    else:
        print("\n".join(lock_lines(locked)))
    if locked.deviations:
        raise typer.Exit(FAILED)


@app.command()
def demo(set_: Set = None, out: Out = None, seed: Seed = None, quiet: Quiet = False, as_json: Json = False) -> None:
    """Run the embedded default: simulated ECGs, a baseline and simulated GPs, unaided and aided."""
    from ecg_eval.pipeline.demo import demo_config

    _run(demo_config(_overrides(set_, out, seed)), quiet=quiet, as_json=as_json)


@app.command()
def check(config: Config, set_: Set = None, as_json: Json = False) -> None:
    """Say everything wrong with a configuration and its inputs, and what is odd in its data, without running."""
    from ecg_eval.pipeline.oddities import odd_lines
    from ecg_eval.pipeline.study.check import examine_file

    examined = examine_file(config, _overrides(set_, None, None))
    problems = [*examined.problems, *examined.failing]
    odd = odd_lines(examined.odd)
    if as_json:
        noted = examined.noted
        answer = {"ok": not problems, "problems": [str(p) for p in problems], "odd": odd, "noted": noted}
        print(json.dumps(answer, ensure_ascii=False, indent=1))
        if problems:
            raise typer.Exit(WRONG)
        return
    if problems:
        raise ProblemsError(str(config), problems)
    print(f"{config}: nothing wrong found.")
    if examined.noted:
        print("Not used, or read in another way than it is written:")
        print("\n".join(f"  - {line}" for line in examined.noted))
    _say_odd(odd)


@app.command("import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="Files of readings, truth, readers; or their folder.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="The configuration that is written.")] = Path("study.yaml"),
    as_json: Json = False,
) -> None:
    """Draft the configuration of a study from a look at its files, with a comment at each guess."""
    from ecg_eval.pipeline.drafting.draft import draft_studies

    drafts = draft_studies(files, out)
    if as_json:
        drafted = [{"path": str(d.path), "guesses": d.guesses, "notes": d.notes} for d in drafts]
        print(json.dumps(drafted, ensure_ascii=False, indent=1))
        return
    for draft in drafts:
        advice = "1 guess. Read it" if draft.guesses == 1 else f"{draft.guesses} guesses. Read them"
        print(f"{draft.path}: a draft with {advice}, then: ecg-eval check {draft.path}")
    for note in dict.fromkeys(note for draft in drafts for note in draft.notes):
        print(f"  - {note}")


@app.command()
def fetch(  # noqa: PLR0913, PLR0917 - each is one option
    archive: Annotated[str, typer.Argument(help="ptb-xl, or another public archive.", show_default=False)],
    to: Annotated[Path, typer.Option(help="Folder of archives; each gets a folder of its own in it.")] = Path("data"),
    folds: Annotated[list[str] | None, typer.Option(help="Only these folds, such as 9,10 or 1-8.")] = None,
    ids: Annotated[list[str] | None, typer.Option(help="Only these records, such as 1,2,50-60.")] = None,
    first: Annotated[int | None, typer.Option(help="Only the first so many records.")] = None,
    sampling_rate: Annotated[int | None, typer.Option(help="Only recordings of this rate in Hz (100, 500).")] = None,
    mirror: Annotated[bool, typer.Option("--mirror", help="From PhysioNet's bucket at Amazon.")] = False,
    url: Annotated[str | None, typer.Option(help="From another address with the same layout.")] = None,
    threads: Annotated[int, typer.Option(help="Files at once.")] = 4,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Fetch a public archive or a part of it; run it again to go on after an interruption."""
    from ecg_eval.pipeline.archives.fetch import fetch as fetch_archive
    from ecg_eval.pipeline.archives.fetch import fetched_text, spread

    fetched = fetch_archive(
        archive,
        to=to,
        folds=_folds(spread(folds or [])),
        ids=spread(ids or []),
        first=first,
        sampling_rate_hz=sampling_rate,
        mirror=mirror,
        url=url,
        threads=threads,
        progress=silent if quiet or as_json else bar,
        ask=_ask if sys.stdin.isatty() else None,
    )
    if as_json:
        outcome = {**vars(fetched), "folder": str(fetched.folder), "seconds": round(fetched.seconds, 1)}
        print(json.dumps({"complete": fetched.is_complete, **outcome}, ensure_ascii=False, indent=1))
    elif not quiet or not fetched.is_complete:
        print(fetched_text(fetched), file=sys.stdout if fetched.is_complete else sys.stderr)
    if not fetched.is_complete:
        raise typer.Exit(FAILED)


@app.command("list")
def list_(
    kind: Annotated[str, typer.Argument(help="datasets, models, metrics, sections, perturbations, findings ...")],
    as_json: Json = False,
) -> None:
    """List what a configuration can name, with one-line descriptions."""
    from ecg_eval.pipeline.listing import LISTS, listing

    if kind not in LISTS:
        raise UnknownNameError("ecg-eval list", "kind", f"one of {', '.join(LISTS)}", kind, suggestion(kind, LISTS))
    plugins = listing(kind)
    if as_json:
        print(json.dumps(plugins, ensure_ascii=False, indent=1))
        return
    width = max((len(name) for name in plugins), default=0)
    for name, words in plugins.items():
        print(f"{name:<{width}}  {words}")


@app.command()
def untranslated(config: Config, set_: Set = None, as_json: Json = False) -> None:
    """List what a configuration's dataset states that the vocabulary has no finding for, and how often."""
    from ecg_eval.pipeline.archives.untranslated import untranslated as statements_left

    left = statements_left(config, _overrides(set_, None, None))
    if as_json:
        statements = [{"statement": s, "times": n, "why": why} for s, n, why in left]
        print(json.dumps(statements, ensure_ascii=False, indent=1))
        return
    for statement, times, why in left:
        print(f"{times:>7}  {statement}{f' ({why})' if why else ''}")
    if not left:
        print(f"{config}: everything stated has a translation.")


@app.command()
def report(
    run_dir: RunDir,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print report and summary as PDF too.")] = False,
    sheets: Annotated[
        bool, typer.Option("--sheets", help="Write a sheet for each human reader, HTML and PDF.")
    ] = False,
    dossier: Annotated[
        bool,
        typer.Option("--dossier", help="Write what reviewers ask for: checklists, cards, tables, methods with BibTeX."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write report, summary and appendix anew from a run folder alone."""
    from ecg_eval.pipeline.papers.printing import print_reports, write_sheets
    from ecg_eval.pipeline.study.run import rebuild_report

    pages = rebuild_report(run_dir)
    if pdf:
        pages += print_reports(run_dir)
    if sheets:
        pages += write_sheets(run_dir, progress=silent if as_json else bar)
    if dossier:
        from ecg_eval.pipeline.papers.dossier import write_dossier

        written = write_dossier(run_dir)
        pages += [*written.pages, *written.files]
        if written.left_out:
            print(f"No Word files. {written.left_out}", file=sys.stderr)
    print(json.dumps([str(p) for p in pages]) if as_json else "\n".join(f"Report: {p}" for p in pages))


@app.command()
def compare(
    run_dirs: Annotated[list[Path], typer.Argument(help="Run folders, two or more.", show_default=False)],
    metric: Annotated[list[str] | None, typer.Option(help="Metric to show; may be given several times.")] = None,
    finding: Annotated[str, typer.Option(help="Finding to show.")] = "macro",
    out: Annotated[Path | None, typer.Option(help="Folder for pages and a table of the paired runs.")] = None,
    as_json: Json = False,
) -> None:
    """Show what the readers of several runs reached, side by side, and paired where they read the same ECGs."""
    from ecg_eval.pipeline.comparison.paired_runs import paired_runs
    from ecg_eval.pipeline.comparison.side_by_side import (
        DEFAULT_METRICS,
        compare_runs,
        comparison_text,
        differences_text,
    )

    metrics = metric or DEFAULT_METRICS
    comparison = compare_runs(run_dirs, metrics=metrics, finding=finding)
    paired = paired_runs(run_dirs, metrics=metrics)
    pages = [] if out is None else paired.write(out)
    if as_json:
        rows, pairs = (
            json.loads(table.to_json(orient="records")) for table in (comparison.table, paired.differences(finding))
        )
        answer = {"estimates": rows, "warnings": comparison.warnings, "paired": pairs, "remarks": paired.remarks}
        print(json.dumps(answer | {"pages": [str(page) for page in pages]}, indent=1))
        return
    print(comparison_text(comparison))
    print(differences_text(paired, finding))
    for page in pages:
        print(f"Written: {page}")


@app.command()
def overlap(
    first: Annotated[Path, typer.Argument(help="Configuration, or folder that a run wrote.", show_default=False)],
    second: Annotated[Path, typer.Argument(help="The other.", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="Write the pairs of the same tracing to this CSV file.")] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Say which recordings two archives share, by what is known of them and by the tracings themselves."""
    from ecg_eval.pipeline.archives.overlap import overlap as find_overlap
    from ecg_eval.pipeline.archives.overlap import overlap_text

    shared = find_overlap(first, second, progress=silent if quiet or as_json else bar)
    if out is not None:
        shared.shared.to_csv(out, index=False, lineterminator="\n")
    if as_json:
        pairs = json.loads(shared.shared.to_json(orient="records"))
        print(json.dumps({"by_lineage": shared.by_lineage, "shared": pairs}, indent=1))
    elif not quiet:
        print(overlap_text(shared))


@app.command()
def card(
    dataset: Annotated[str, typer.Argument(help="Configuration (YAML), or name of a dataset.", show_default=False)],
    root: Annotated[Path | None, typer.Option(help="Folder of a dataset given by name.")] = None,
    form: Annotated[str, typer.Option("--format", help="md (a page) or croissant (JSON-LD).")] = "md",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """Say what a dataset is, what is there, and what it shares with others: a page, or Croissant metadata."""
    from ecg_eval.pipeline.archives.card import card_text, make_card, write_card
    from ecg_eval.pipeline.archives.croissant import croissant_text

    forms = {"md": card_text, "croissant": croissant_text}
    if form not in forms:
        raise ArgumentError("ecg-eval card", "--format", "md or croissant", form, suggestion(form, forms))
    text = forms[form](make_card(dataset, root=root))
    if out is None:
        print(text, end="")
    else:
        write_card(text, out)


@app.command()
def track(run_dir: RunDir) -> None:
    """Log a finished run to MLflow, when the store could not be reached before."""
    from ecg_eval.pipeline.study.run import track_again

    print(track_again(run_dir))


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 5000) -> None:
    """Open MLflow on this machine in its classic machine-learning view."""
    from ecg_eval.pipeline.ui import serve

    raise typer.Exit(serve(port, say=print))


@app.command()
def schema() -> None:
    """Print the JSON schema of the configuration, for editors."""
    from ecg_eval.config.load import json_schema

    print(json_schema(), end="")


@app.command()
def version() -> None:
    """Print the version."""
    from ecg_eval.pipeline.study.version import own_version

    print(own_version())


# the help lists commands as they are registered: first what a study needs most
app.add_typer(simulate.app, name="simulate")
app.add_typer(plan.app, name="plan")
app.command()(rehearse.rehearse)
app.command()(watch.progress)
app.command()(gallery.gallery)
app.command()(adjudicate.adjudicate)
app.command()(models.check_model)
app.command()(models.stress)
app.command()(models.train)
app.command()(models.matrix)
app.command()(observatory.export)
app.command()(observatory.pool)
app.command()(ledger.ledger)


def _overrides(set_: Sequence[str] | None, out: Path | None, seed: int | None) -> list[str]:
    given = list(set_ or [])
    if out is not None:
        given.append(f"out={json.dumps(str(out))}")
    if seed is not None:
        given.append(f"seed={seed}")
    return given


def _run(config: "RunConfig", lock: "Lock | None" = None, *, quiet: bool, as_json: bool) -> None:
    """Run a configuration and say what came of it."""
    from ecg_eval.pipeline.study.run import run as run_config

    outcome = run_config(config, plan=lock.facts if lock else None, progress=silent if quiet or as_json else bar)
    _say(outcome, quiet=quiet, as_json=as_json, more={})


def _say(outcome: "RunOutcome", *, quiet: bool, as_json: bool, more: Mapping[str, object]) -> None:
    """Say what came of a run."""
    from ecg_eval.pipeline.ledger import ledger_json

    if as_json:
        answer = {
            "folder": str(outcome.folder),
            "headline": outcome.headline,
            "reports": [str(p) for p in outcome.reports],
            "tracking": outcome.tracking,
            "ledger": ledger_json(outcome.ledger) if outcome.ledger else {"sentences": outcome.looks},
            "stages_done": outcome.stages_done,
            "compared": outcome.compared,
            "failed": outcome.failed,
            "left_out": outcome.left_out,
            "odd": outcome.odd,
            "seconds": round(outcome.seconds, 1),
            **more,
        }
        print(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    for reader, reason in outcome.failed.items():
        what = "gave no truth" if reader.startswith("reference ") else "left no reading"
        print(f"{reader} {what}. {reason}", file=sys.stderr)
    if quiet:
        return
    print("\n".join(outcome.headline))
    print()
    for stage, n in outcome.left_out.items():
        print(f"Left out or flagged ({stage}): {n}; see {outcome.folder / 'excluded.csv'}")
    _say_odd(outcome.odd)
    if outcome.note:
        print(f"Note: {outcome.note}.")
    if not outcome.stages_done:
        print(f"Nothing had changed: all stages stood already. {outcome.compared}".rstrip())
    for page in outcome.reports:
        print(f"Report:  {page}")
    print(f"Numbers: {outcome.folder / 'evaluation.csv'}")
    print(f"MLflow:  {outcome.tracking}")
    if outcome.tracked:
        print("         Open it with: ecg-eval ui")
    if outcome.looks:
        print(f"Ledger:  {' '.join(outcome.looks)}")
    print(f"Done in {outcome.seconds:.0f} s.")


def _say_odd(lines: Sequence[str]) -> None:
    """Say what is odd in the data, one line a kind, the most harmful first."""
    if lines:
        print("Odd in these data (the report says what follows):")
        print("\n".join(f"  - {line}" for line in lines))


def _folds(words: Sequence[str]) -> list[int]:
    wrong = [word for word in words if not word.isdecimal()]
    if wrong:
        raise ArgumentError("ecg-eval fetch", "--folds", "whole numbers", wrong)
    return [int(word) for word in words]


def _ask(question: str, hide: bool) -> str:
    """Ask for what must not stand on a command line."""
    return str(typer.prompt(question.rstrip(": "), hide_input=hide, err=True))
