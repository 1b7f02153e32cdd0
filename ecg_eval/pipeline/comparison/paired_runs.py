"""Readers of several runs on the ECGs that all of these read: differences as pairs, with intervals and adjusted p.

Two runs that read the same ECGs say more together than side by side: what is hard in an ECG is hard for both, and
cancels out. Readings, calls and truth are those of the run folders; nothing is read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval import registry
from ecg_eval.domain.evaluation import EVALUATION_COLUMNS, MACRO
from ecg_eval.domain.result import left_out_table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.pipeline.analysis import Analysis, evaluate, open_run
from ecg_eval.pipeline.study.run import config_of
from ecg_eval.reports.numbers import capital
from ecg_eval.reports.words import LANGUAGES

NUMBERS = ("auroc", "sensitivity", "specificity")
STAGE = "pairing"
TRUTHS_DIFFER = "truths of the runs differ"
OTHER_FILES = "the runs were made from other files, so that their ECGs are the same by their ids alone"
_DIFFERENCE = "_difference"
_ANSWER = ["record_id", "finding", "arm"]


@dataclass(frozen=True, eq=False)
class PairedRuns:
    """The joint evaluation of runs.

    Attributes
    ----------
    analysis : Analysis or None
        None where the runs cannot be paired.
    remarks : list of str
        On what the runs were paired and what was left out of it, or why they cannot be.
    runs_of : dict of str to frozenset of str
        Reader or group -> the runs that it comes from.
    """

    analysis: Analysis | None
    remarks: list[str]
    runs_of: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def differences(self, finding: str = MACRO) -> pd.DataFrame:
        """Return the differences between readers that no single run has both of, as rows of an evaluation.

        Parameters
        ----------
        finding : str
            Code of a finding, or "macro" for the mean over findings.
        """
        if self.analysis is None:
            return pd.DataFrame(columns=list(EVALUATION_COLUMNS))
        frame = self.analysis.frame
        chosen = frame[frame["metric"].str.endswith(_DIFFERENCE) & (frame["finding"] == finding)]
        chosen = chosen[chosen["compared_with"] != ""]
        sides = zip(chosen["reader"], chosen["compared_with"], strict=True)
        across = [not self.runs_of[first] & self.runs_of[second] for first, second in sides]
        return chosen[np.array(across, dtype=bool)].reset_index(drop=True)

    def write(self, folder: Path) -> list[Path]:
        """Write the joint evaluation as a table, and as a report in each language; nothing where there is none.

        Parameters
        ----------
        folder : Path
            Made where it is not there; comparison.csv, comparison.en.html and comparison.fr.html in it are overwritten.

        Returns
        -------
        list of Path
            What was written.
        """
        if self.analysis is None:
            return []
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / "comparison.csv", *(folder / f"comparison.{language}.html" for language in LANGUAGES)]
        files[0].write_text(self.analysis.result.evaluation.to_csv(), encoding="utf-8")
        for language, page in zip(LANGUAGES, files[1:], strict=True):
            self.analysis.report(page, language=language)
        return files


def paired_runs(run_dirs: Sequence[str | Path], *, metrics: Sequence[str] = NUMBERS) -> PairedRuns:
    """Evaluate the readers of several runs together, on the ECGs and findings that all runs have.

    A reader of the same name and the same answers in several runs stands once; of the same name and other answers, once
    a run. A truth that differs between the runs is left out and counted. ECGs are the same where their ids are.

    Parameters
    ----------
    run_dirs : sequence of str or Path
        Run folders, two or more.
    metrics : sequence of str
        What is compared; of those that have a metric of differences (``sensitivity``: ``sensitivity_difference``).

    Returns
    -------
    PairedRuns
        Without an analysis, but with the reason, where runs cannot be paired: other archives, no ECG or finding in
        common, no truth, a truth that is a vote of its own readers, or answers that are counted otherwise.

    Raises
    ------
    RunFolderError
        When a folder is no run folder.
    """
    analyses = dict(zip(_labels(run_dirs), map(open_run, run_dirs), strict=True))
    studies = {label: analysis.study for label, analysis in analyses.items()}
    first = next(iter(studies.values()))
    records = [r for r in first.records.index if all(r in study.records.index for study in studies.values())]
    findings = [f for f in first.findings if all(f in study.findings for study in studies.values())]
    names = registry.names("metrics")
    compared = [metric for metric in metrics if f"{metric}{_DIFFERENCE}" in names]
    problem = _problem(analyses, records, findings) or ("" if compared else "no metric asked for has differences")
    if problem:
        return PairedRuns(None, [f"Not paired: {problem}."])
    truth, differing = _truth(list(studies.values()), records, findings)
    readings, readers, runs_of, notes = _together(studies, records, findings)
    config = config_of(Path(run_dirs[0]))
    definitions = {f.code: f.model_dump(exclude_unset=True) for f in config.defined}
    analysis = evaluate(
        readings,
        truth,
        readers=readers.reset_index(),
        records=first.records.loc[records].reset_index(),
        findings=[definitions.get(finding, finding) for finding in findings],
        kinds={word: kind.model_dump(exclude_unset=True) for word, kind in config.kinds.items()},
        metrics=[*compared, *(f"{metric}{_DIFFERENCE}" for metric in compared)],
        uncertain=first.answers.uncertain,
        refer=first.answers.refer,
        level=config.intervals.level,
        resamples=config.intervals.resamples,
        seed=config.seed,
        title=" + ".join(studies),
    )
    everywhere = set(records)
    left_out = [
        (record, "", STAGE, "not read in every run")
        for record in dict.fromkeys(r for study in studies.values() for r in study.records.index)
        if record not in everywhere
    ]
    left_out += [(r, "", STAGE, f"{TRUTHS_DIFFER}: {f}") for r, f in differing]
    others = len({str(sorted(a.result.provenance.dataset.digests.items())) for a in analyses.values()}) > 1
    left_out += [("", "", STAGE, OTHER_FILES)] if others else []
    left_out += [("", reader, STAGE, note) for note, named in notes.items() for reader in named]
    result = analysis.result
    result = replace(result, left_out=pd.concat([result.left_out, left_out_table(left_out)], ignore_index=True))
    n_read = max(len(study.records) for study in studies.values())
    remarks = [f"Paired on the {len(records)} ECGs of all runs (of {n_read} at most), findings: {', '.join(findings)}."]
    remarks += [f"{capital(OTHER_FILES)}."] if others else []
    remarks += [f"{capital(TRUTHS_DIFFER)}, and are left out: {len(differing)}."] if differing else []
    remarks += [f"{capital(note)}: {', '.join(named)}." for note, named in notes.items() if named]
    groups = {
        group: frozenset().union(*(runs_of[member] for member in members))
        for group, members in analysis.study.human_groups.items()
    }
    return PairedRuns(replace(analysis, result=result), remarks, {**runs_of, **groups})


def _labels(run_dirs: Sequence[str | Path]) -> list[str]:
    """Return what runs are called: their folders' names, whole paths where these are not told apart."""
    names = [Path(path).name for path in run_dirs]
    return names if len(set(names)) == len(names) else [str(path) for path in run_dirs]


def _problem(analyses: Mapping[str, Analysis], records: Sequence[str], findings: Sequence[str]) -> str:
    """Return why runs cannot be paired; empty where they can."""
    if len(analyses) < 2:
        return "there is one run"
    archives = sorted({a.result.provenance.dataset.name for a in analyses.values()})
    if len(archives) > 1:
        return f"the runs read different archives ({', '.join(archives)})"
    if not records:
        return "no ECG was read in every run"
    if not findings:
        return "no finding was asked about in every run"
    if not any(a.study.readings["record_id"].isin(records).any() for a in analyses.values()):
        return "nobody read the ECGs that all runs have"
    blind = [label for label, a in analyses.items() if not a.study.reference.exists]
    if blind:
        return f"no truth is known in {', '.join(blind)}"
    for label, analysis in analyses.items():
        truth, readers = analysis.study.reference, set(analysis.study.readers.index)
        judging = sorted({*truth.votes, *truth.formed_by, truth.is_reading_of} & readers)
        if judging:
            return f"the truth of {label} is made of its readers' own answers ({', '.join(judging)})"
    if len({a.study.answers for a in analyses.values()}) > 1:
        return "the runs count uncertain and refer differently"
    return ""


def _truth(
    studies: Sequence[ReaderStudy], records: Sequence[str], findings: Sequence[str]
) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Return the truth that all runs agree on, and the record and finding of each that they do not: it is unknown."""
    tables = [study.reference.table.loc[list(records), list(findings)].to_numpy(dtype=float) for study in studies]
    same = np.all([(t == tables[0]) | (np.isnan(t) & np.isnan(tables[0])) for t in tables], axis=0)
    agreed = pd.DataFrame(np.where(same, tables[0], np.nan), columns=list(findings))
    agreed.insert(0, "record_id", list(records))
    return agreed, [(records[row], findings[column]) for row, column in zip(*np.nonzero(~same), strict=True)]


def _together(
    studies: Mapping[str, ReaderStudy], records: Sequence[str], findings: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, frozenset[str]], dict[str, list[str]]]:
    """Return readings and readers of all runs, whose each reader is, and who was joined or renamed."""
    here = {label: _by_reader(study, records, findings) for label, study in studies.items()}
    readings: list[pd.DataFrame] = []
    readers: list[pd.DataFrame] = []
    runs_of: dict[str, frozenset[str]] = {}
    joined, renamed = [], []
    for reader in dict.fromkeys(r for of_run in here.values() for r in of_run):
        answers = {label: of_run[reader] for label, of_run in here.items() if reader in of_run}
        versions = list(_distinct(answers))
        joined += [reader] if len(versions) < len(answers) else []
        renamed += [reader] if len(versions) > 1 else []
        for labels in versions:
            name = reader if len(versions) == 1 else f"{reader} ({labels[0]})"
            readings.append(answers[labels[0]].assign(reader_id=name))
            readers.append(studies[labels[0]].readers.loc[[reader]].rename(index={reader: name}))
            runs_of[name] = frozenset(labels)
    notes = {
        "the same answers in several runs, so that they count once": joined,
        "other answers under the same name, so that they stand apart": renamed,
    }
    return pd.concat(readings, ignore_index=True), pd.concat(readers), runs_of, notes


def _by_reader(study: ReaderStudy, records: Sequence[str], findings: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return each reader's readings of some records and findings; of a reader who has none there, none."""
    table = study.readings
    table = table[table["record_id"].isin(records) & table["finding"].isin(findings)]
    table = table.astype(dict.fromkeys(("reader_id", *_ANSWER), "string"))
    return {str(reader): part.reset_index(drop=True) for reader, part in table.groupby("reader_id", sort=False)}


def _distinct(answers: Mapping[str, pd.DataFrame]) -> Iterator[list[str]]:
    """Yield the runs whose answers are the same, together."""
    left = dict(answers)
    while left:
        label, table = next(iter(left.items()))
        alike = [other for other, answered in left.items() if other == label or _same(table, answered)]
        yield alike
        left = {other: answered for other, answered in left.items() if other not in alike}


def _same(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Whether two tables hold the same readings and scores, in whatever order."""
    one, other = (
        table.sort_values(_ANSWER).reset_index(drop=True)[[*_ANSWER, "reading", "score"]].astype({"reading": "string"})
        for table in (first, second)
    )
    return one.equals(other)
