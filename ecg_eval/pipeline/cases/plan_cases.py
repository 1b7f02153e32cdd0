"""`ecg-eval plan cases`: the ECGs of a study drawn from an archive, and the files that say which and how."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from ecg_eval.domain.findings import expand_findings
from ecg_eval.domain.own_words import speaking
from ecg_eval.errors import ArgumentError, InputFileError
from ecg_eval.pipeline.cases.eligible import eligible
from ecg_eval.pipeline.cases.source import QUALITY, Source, levels_of, source_of, with_table
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.door import labels_of, records_of
from ecg_eval.planning.cases.case_words import CasePlan, LeftOut, cases_text, reasons_text
from ecg_eval.planning.cases.draw import CasePool, draw_cases, nearest_wanted
from ecg_eval.planning.cases.wanted import NONE, WHO, Wanted, wanted_of
from ecg_eval.storage.atomic import write_atomically

__all__ = ["Cases", "cases_text", "plan_cases", "write_cases"]

_ABOUT = ("age_years", "sex", "site", "device")


@dataclass(frozen=True, kw_only=True, eq=False)
class Cases:
    """The ECGs of a study.

    Attributes
    ----------
    plan : CasePlan
        The draw, and what it rests on.
    table : DataFrame
        One row an ECG: `record_id`, `patient_id`, `sampling_stratum`, `sampling_weight`, what is known of it, and its
        truth, one column a finding: 1, 0 or missing. The dataset `study_table` reads it.
    archive : str
        What they were drawn from.
    """

    plan: CasePlan
    table: pd.DataFrame
    archive: str


def plan_cases(  # noqa: PLR0913 - each is one thing that a command line may say
    archive: str | Path,
    wanted: Sequence[str],
    *,
    by: Sequence[str] = (),
    about: Path | None = None,
    trained_on: Sequence[str] = (),
    allow_learnt: bool = False,
    signals_later: bool = False,
    look_at_signals: bool = False,
    overrides: Sequence[str] = (),
    seed: int = 1,
    progress: Progress = silent,
) -> Cases:
    """Draw the ECGs of a study from an archive: stratified, enriched, no patient twice.

    Parameters
    ----------
    archive : str or Path
        A configuration (YAML), whose dataset is drawn from, or the folder of an archive in PTB-XL's layout.
    wanted : sequence of str
        How many ECGs with a finding, and of a level among them: "AF=30", "AF/sex:F=15"; "none=60" are ECGs without any
        of the findings wanted.
    by : sequence of str
        Columns over which each of these is spread as evenly as the archive allows: sex, age, device, difficulty, ...
    about : Path, optional
        A table with `record_id` and further columns to divide ECGs by.
    trained_on : sequence of str
        What models beside those of the configuration learnt from: "ptb_xl folds 1-8".
    allow_learnt : bool
        Whether ECGs that a model learnt from may be drawn.
    signals_later : bool
        Whether ECGs may be drawn whose signals are yet to be fetched.
    look_at_signals : bool
        Whether every signal is read, and ECGs left out whose signal a run would leave out; asked for by any level of
        `quality` too.
    overrides : sequence of str
        Of the configuration: ``a.b.c=value``.
    seed : int
    progress : callable

    Returns
    -------
    Cases
        Where the archive has too few, what there is; `plan.draw.is_short` says so and `plan.nearest` what works.

    Raises
    ------
    EcgEvalError
        For what cannot be drawn, in words.
    """
    asked = wanted_of(wanted)
    source = source_of(Path(archive), overrides, trained_on)
    columns = tuple(dict.fromkeys([*by, *(w.column for w in asked if w.column)]))
    with speaking(source.own_words):
        records, n_strangers = with_table(records_of(source.dataset), about)
        may_be = eligible(
            source,
            records,
            allow_learnt=allow_learnt,
            signals_later=signals_later,
            look_at_signals=look_at_signals or QUALITY in columns,
            progress=progress,
        )
        if may_be.records.empty:
            _refuse(may_be.left_out, len(records))
        truth = _truth(source, records, asked).reindex(may_be.records.index)
    levels = levels_of(may_be.records, columns, source.subgroups.age_bands_years)
    pool, barred = _pool(may_be.records, truth, levels, asked)
    draw = draw_cases(pool, asked, by=by, seed=seed)
    plan = CasePlan(
        draw=draw,
        n_ecgs=len(pool.patient_id),
        n_patients=int(pool.patient_id.nunique()),
        left_out=(*may_be.left_out, *barred),
        learnt=may_be.learnt,
        by=tuple(by),
        seed=seed,
        nearest=nearest_wanted(pool, asked, draw, by=by, seed=seed) if draw.is_short else None,
        looked_at_signals=look_at_signals or QUALITY in columns,
        n_strangers=n_strangers,
    )
    rows = draw.cases.index
    columns_there = [c for c in _ABOUT if c in records and c not in columns]
    described = {c: may_be.records.loc[rows, c] for c in columns_there} | {c: levels.loc[rows, c] for c in columns}
    table = pd.concat([draw.cases, pd.DataFrame(described), truth.loc[rows].astype("Int64")], axis=1)
    return Cases(plan=plan, table=table.reset_index(), archive=source.dataset.name)


def write_cases(cases: Cases, out: Path) -> None:
    """Write the ECGs to a new CSV file, and how they were drawn to a JSON file beside it.

    Raises
    ------
    InputFileError
        When the file is there already: a study may be running on it.
    """
    if out.exists():
        raise InputFileError(WHO, str(out), "a new file", remedy="Choose another with --out, or remove it.")
    write_atomically(out, cases.table.to_csv(index=False, lineterminator="\n"))
    plan = cases.plan
    how = {
        "archive": cases.archive,
        "seed": plan.seed,
        "by": plan.by,
        "wanted": [
            {"of": a.wanted.label, "asked": a.wanted.n, "patients": a.n_eligible, "drawn": a.n_drawn}
            for a in plan.draw.answered
        ],
        "strata": [{"stratum": s.label, **asdict(s)} for s in plan.draw.strata],
        "left_out": [asdict(x) for x in plan.left_out],
        "learnt_and_allowed": [asdict(x) for x in plan.learnt],
        "n_ecgs": plan.n_ecgs,
        "n_patients": plan.n_patients,
        "n_out_of_reach": plan.draw.n_out_of_reach,
        "looked_at_signals": plan.looked_at_signals,
    }
    write_atomically(out.with_suffix(".json"), json.dumps(how, ensure_ascii=False, indent=1) + "\n")


def command_again(archive: Path, options: Mapping[str, object]) -> list[str]:
    """Return the words of the command that draws from an archive, without what is wanted.

    Parameters
    ----------
    archive : Path
    options : mapping
        By name: True for a flag, several values for an option that repeats; what is not given is left out.

    Examples
    --------
    >>> command_again(Path("cohort"), {"by": ["sex"], "allow-learnt": True, "about": None, "seed": 4})
    ['ecg-eval', 'plan', 'cases', 'cohort', '--by', 'sex', '--allow-learnt', '--seed', '4']
    """
    words = ["ecg-eval", "plan", "cases", str(archive)]
    for name, given in options.items():
        if given is True:
            words.append(f"--{name}")
        elif given is not None and given is not False:
            values = given if isinstance(given, list) else [given]
            words += [word for value in values for word in (f"--{name}", str(value))]
    return words


def _truth(source: Source, records: pd.DataFrame, wanted: Sequence[Wanted]) -> pd.DataFrame:
    """Return the truth of all findings wanted and of those of the configuration, index of all records."""
    codes = list(dict.fromkeys(w.finding for w in wanted if w.finding != NONE))
    for code in codes:
        if expand_findings([code], who=f"{WHO} --want") != (code,):
            raise ArgumentError(WHO, f"--want {code}", "of one finding, not of a set of them", code)
    codes += [code for code in source.findings if code not in codes]
    if not codes:
        return pd.DataFrame(index=records.index)
    return labels_of(source.dataset, codes, records).table


def _pool(
    records: pd.DataFrame, truth: pd.DataFrame, levels: pd.DataFrame, wanted: Sequence[Wanted]
) -> tuple[CasePool, list[LeftOut]]:
    """Return the ECGs of which it is known whether they are wanted, and how many are not."""
    codes = list(dict.fromkeys(w.finding for w in wanted if w.finding != NONE))
    of_wanted = truth[codes]
    present, absent = (of_wanted == 1).any(axis=1).to_numpy(), (of_wanted == 0).all(axis=1).to_numpy()
    wants_none = any(w.finding == NONE for w in wanted)
    inside = present | absent if wants_none else present
    counts = {"no_truth": int((~present & ~absent).sum()), "not_wanted": 0 if wants_none else int(absent.sum())}
    pool = CasePool(patient_id=records["patient_id"][inside], truth=of_wanted[inside], levels=levels[inside])
    return pool, [LeftOut(reason, "", n) for reason, n in counts.items() if n]


def _refuse(left_out: Sequence[LeftOut], n: int) -> None:
    """Say why nothing may be drawn."""
    came = f"{n} ECGs, none of them: {reasons_text(left_out)}"
    remedy = "Draw from other folds or another archive; --allow-learnt draws from what models may have learnt from."
    raise ArgumentError(WHO, "archive", "one with ECGs that may be drawn", came, remedy)
