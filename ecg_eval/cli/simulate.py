"""`ecg-eval simulate`: a cohort or readers of one's own, to rehearse a study before anybody has read anything."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Make a simulated cohort, or simulated readers, to rehearse a study.")

Out = Annotated[Path, typer.Option("--out", help="New folder for what is made.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed and words give the same files.")]


@app.command()
def cohort(
    out: Out,
    records: Annotated[int, typer.Option(help="How many ECGs.")] = 1000,
    prevalence: Annotated[str, typer.Option(help="enriched, or primary_care: mostly normal.")] = "enriched",
    sampling_rate: Annotated[list[int] | None, typer.Option(help="100 or 500 Hz; may be given twice. [500]")] = None,
    seed: Seed = 1,
) -> None:
    """Write simulated 12-lead ECGs in PTB-XL's layout, with the truth behind each tracing."""
    from ecg_eval.pipeline.simulate import simulate_cohort

    made = simulate_cohort(
        out, n_records=records, seed=seed, prevalence=prevalence, rates_hz=tuple(sampling_rate or (500,))
    )
    print(f"{made.n_records:,} simulated ECGs of {made.n_patients:,} patients that nobody is: {made.folder}")
    print(f"Use them:  dataset: {{name: ptb_xl, root: {made.folder}}}")
    print(f"Read them: ecg-eval simulate readers {made.folder} --out {made.folder}-readers")


@app.command()
def readers(  # noqa: PLR0913, PLR0917 - each is one option
    archive: Annotated[Path, typer.Argument(help="A simulated cohort, PTB-XL, or a study (YAML).", show_default=False)],
    out: Out,
    finding: Annotated[list[str] | None, typer.Option(help="Code or label set; may repeat. [gp_core]")] = None,
    fold: Annotated[list[int] | None, typer.Option(help="Fold that is read; may repeat. [all]")] = None,
    n: Annotated[int, typer.Option("--readers", help="How many readers.")] = 12,
    expertise: Annotated[str, typer.Option(help="gp, student, resident, cardiologist or mixed.")] = "gp",
    design: Annotated[
        str, typer.Option(help="crossover, crossed, sequential, half_and_half, parallel, split_plot or stepped_wedge.")
    ] = "crossover",
    ai_sensitivity: Annotated[float, typer.Option(help="Of the AI that is shown in the aided arm.")] = 0.85,
    ai_specificity: Annotated[float, typer.Option(help="Of the AI that is shown in the aided arm.")] = 0.92,
    no_ai: Annotated[bool, typer.Option("--no-ai", help="No AI, hence no aided arm.")] = False,
    reliance: Annotated[float, typer.Option(help="How readily advice is taken: 1 as published, 0 never.")] = 1.0,
    missing: Annotated[float, typer.Option(help="Share of readings that were not given.")] = 0.01,
    seed: Seed = 1,
) -> None:
    """Write the readings of simulated readers, who they are, and the configuration that evaluates them."""
    from ecg_eval.pipeline.simulate import Accuracy, simulate_readers

    made = simulate_readers(
        archive,
        out,
        findings=tuple(finding or ("gp_core",)),
        folds=tuple(fold or ()),
        n_readers=n,
        expertise=expertise,
        design=design,
        ai=None if no_ai else Accuracy(ai_sensitivity, ai_specificity),
        reliance=reliance,
        missing=missing,
        seed=seed,
    )
    print(f"{made.n_readings:,} readings of {made.n_records:,} ECGs by simulated readers: {made.folder}")
    print(f"Evaluate them: ecg-eval run {made.folder / 'study.yaml'}")
