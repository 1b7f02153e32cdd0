"""The same evaluation from Python: frames in, a tidy table, figures and a report out, no files needed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pandas as pd

from ecg_eval.config.load import make_part
from ecg_eval.config.schema import (
    DEFAULT_METRICS,
    Primary,
    ReaderSubgroups,
    Report,
    StatedPrevalence,
    Subgroups,
    TargetPopulation,
    Tracking,
)
from ecg_eval.domain.columns import text_column
from ecg_eval.domain.contracts import Metric, Section
from ecg_eval.domain.design import ADJUSTABLE, ANALYSES
from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.facts.provenance import ReferenceFacts, StudyFacts
from ecg_eval.domain.joins import join
from ecg_eval.domain.oddities import Oddity
from ecg_eval.domain.own_words import NO_WORDS, OwnWords, speaking
from ecg_eval.domain.reading import declared_arms
from ecg_eval.domain.result import STAGE_KEPT, Figure, StudyResult, left_out_table
from ecg_eval.domain.study import AnswerPolicy, ReaderStudy
from ecg_eval.domain.vote import with_votes
from ecg_eval.errors import ArgumentError, ProblemsError, ReadingsError, suggestion
from ecg_eval.pipeline.declared_words import declared
from ecg_eval.pipeline.frames import WHO, LeftOut, asked_for, readers_of, readings_of, records_of, reference_of
from ecg_eval.pipeline.plugins import make
from ecg_eval.pipeline.study.build import margin_rule, metric_arguments, prevalence_problems
from ecg_eval.pipeline.study.evaluate import evaluate_study
from ecg_eval.pipeline.study.families import Family
from ecg_eval.pipeline.study.form import members_of
from ecg_eval.pipeline.study.own_words import own_words_of, speaking_as
from ecg_eval.pipeline.study.provenance import interval_facts, metric_facts, provenance_of
from ecg_eval.pipeline.study.run import checked_folder, config_of, said_of
from ecg_eval.pipeline.study.screen import quality_table
from ecg_eval.pipeline.study.stages import read_result
from ecg_eval.pipeline.study.store import store_uri
from ecg_eval.reports.sections.oddities import oddities_of
from ecg_eval.storage.run_folder import PROVENANCE_FILE, RunFolder

_ROWS_AT_ONCE = 1 << 22


@dataclass(frozen=True, eq=False)
class Analysis:
    """An evaluated study: numbers, figures, report.

    Attributes
    ----------
    result : StudyResult
        The same object that the command line's report is made from.
    tracked : str
        What came of logging to MLflow, and how often the test set was scored, in sentences.
    own_words : OwnWords
        Findings, kinds and groups that the study defines.
    """

    result: StudyResult
    tracked: str = ""
    own_words: OwnWords = NO_WORDS

    @property
    def frame(self) -> pd.DataFrame:
        """The tidy table of estimates, columns as in evaluation.csv (docs/formats.md)."""
        return self.result.evaluation.frame

    @property
    def study(self) -> ReaderStudy:
        """The readings, readers and reference that were evaluated."""
        return self.result.study

    def oddities(self) -> list[Oddity]:
        """Return what is odd in the data, the most harmful first; the report's second section says the same."""
        with speaking(self.own_words):
            return oddities_of(self.result)

    def figures(self, *, language: str = "en") -> dict[str, Figure]:
        """Return the report's figures by their caption; each shows itself in a notebook and carries its table."""
        with speaking(self.own_words):
            blocks = [b for s in _sections() for b in s.blocks(self.result, language=language)]
        return {b.caption: b for b in blocks if isinstance(b, Figure)}

    def report(self, path: str | Path | None = None, *, language: str = "en") -> str:
        """Return the report as one HTML page, and write it where a path is given."""
        from ecg_eval.reports.build import render_report

        with speaking(self.own_words):
            page = render_report(self.result, language=language, sections=_sections())
        if path is not None:
            Path(path).write_text(page, encoding="utf-8")
        return page


def evaluate(  # noqa: PLR0913 - the face is kind: everything but the first argument may be left out
    readings: pd.DataFrame,
    reference: pd.DataFrame | str | Mapping[str, object] | None = None,
    *,
    readers: Mapping[str, str] | pd.DataFrame,
    records: pd.DataFrame | None = None,
    findings: Sequence[str | Mapping[str, object]] | None = None,
    kinds: Mapping[str, Mapping[str, object]] | None = None,
    groups: Mapping[str, Sequence[str] | Mapping[str, object]] | None = None,
    arms: Mapping[str, str | Mapping[str, str]] | None = None,
    exclusive: Sequence[Sequence[str]] = (),
    metrics: Sequence[str | Mapping[str, object] | Metric] = DEFAULT_METRICS,
    primary: Sequence[str | Mapping[str, object]] = (),
    family: Family = "metric",
    subgroups: Sequence[str] | Mapping[str, object] = (),
    quality: pd.DataFrame | None = None,
    tracking: Mapping[str, object] | None = None,
    vote: Sequence[str] = (),
    reader_subgroups: Sequence[str] | Mapping[str, object] = (),
    target_population: Mapping[str, object] | None = None,
    prevalence: Mapping[str, Mapping[str, object]] | None = None,
    design: str = "auto",
    adjust_for: Sequence[str] = (),
    uncertain: str = "absent",
    refer: str = "present",
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 20260101,
    title: str = "",
) -> Analysis:
    """Evaluate readings against a reference, or against one another. No argument is changed.

    Parameters
    ----------
    readings : DataFrame
        Long form: `record_id`, `reader_id`, `finding`, `reading` (present, absent, uncertain, refer, or 1 and 0), and
        optionally `arm`, `score`, `ai_reading`, ... (docs/formats.md). Ids of all frames are joined as text: trimmed,
        and a number without a fraction as a whole one (12.0 and 12 are the same id).
    reference : DataFrame, str, mapping or None
        Truth as a frame with `record_id` and one column a finding (1, 0, blank unknown; further columns and recordings
        are counted as left out), or the name of a reference plug-in with its arguments (``{"name": "majority",
        "kinds": ["gp"]}``); None for agreement alone.
    readers : mapping of reader id to kind, or DataFrame
        Kinds: gp, cardiologist, resident, student, nurse, model, vendor, panel, simulated.
    records : DataFrame, optional
        `record_id`, `patient_id` (records of one patient are not independent), `age_years`, `sex`, ...; without it, or
        without patients in it, every record is taken for a patient of its own.
    findings : sequence of str or mapping, optional
        Codes and label sets to be evaluated, and definitions of the study's own (``{"code": "STEMI", "en": ...,
        "fr": ..., "broader": ["MI"]}``); all that the readings are about when not given.
    kinds : mapping, optional
        What kinds of readers are called that only this study knows: ``{"paramedic": {"en": ..., "fr": ...}}``.
    groups : mapping, optional
        Readers taken together, who may overlap: ``{"juniors": ["a", "b"], "north": {"where": {"site": ["n"]}}}``.
    arms : mapping, optional
        The study's own words for arms -> "unaided", "aided", or a third arm's name; with the AI that helped in it,
        ``{"arm": "aided", "by": "my model"}``.
    exclusive : sequence of sequences of str
        Groups of findings of which each recording has exactly one.
    metrics : sequence of str, mapping or Metric
        A mapping gives arguments beside the name: ``{"name": "sensitivity"}``.
    primary : sequence of str or mapping
        What the analysis plan named: a metric, or ``{"metric": ..., "reader": ..., "finding": ...}``.
    family : str
        Which tests are adjusted together: "metric" (all findings of one metric and question) or "finding" (finding by
        finding).
    subgroups : sequence of str, or mapping
        Columns of `records` in whose groups metrics are repeated ("age" cuts `age_years`), or the configuration's
        mapping: ``{"by": ["sex"], "minimum_n": 20}``.
    quality : DataFrame, optional
        Flaws of recordings: `record_id`, `kind`, `action` ("exclude" leaves the recording out, "flag" keeps and names
        it, "note" does nothing), as in quality.csv.
    tracking : mapping, optional
        Where MLflow keeps the result: `uri`, `experiment`, as in a configuration. Not tracked when not given.
    vote : sequence of str
        Kinds of readers whose majority is a reader of its own, "vote of gp"; a tie is no answer.
    reader_subgroups : sequence of str, or mapping
        Ways to divide the readers ("training", "practice_id", "years_experience", "ecgs_per_year"), or the
        configuration's mapping: ``{"by": ["ecgs_per_year"], "ecgs_per_year": [28, 100]}``.
    target_population : mapping, optional
        Whom numbers "in the population" are for (docs/questions/population.md):
        ``{"by": "age", "shares": {"0-64": 0.6, "65+": 0.4}, "source": "..."}``; the column `sampling_weight` of
        `records` says it otherwise.
    prevalence : mapping, optional
        How common findings are where readers would work, for every metric that asks and has none of its own
        (docs/questions/in-practice.md): ``{"AF": {"value": 0.068, "source": "SAFE, age 65 and over"}}``.
    design : str
        Who read what with and without help, as the protocol says (docs/questions/design.md); recognised from the
        readings when not given.
    adjust_for : sequence of str
        What a model takes out of the effect of help: "period", "practice", "position", "experience".
    uncertain, refer : str
        What these answers count as: present, absent or missing.
    level : float
        Coverage of the intervals.
    resamples, seed : int
    title : str
        Heading of the report.

    Returns
    -------
    Analysis

    Raises
    ------
    ProblemsError, ReadingsError, ArgumentError, UnknownNameError
        Naming what is wrong with the frames or the other arguments.
    """
    if family not in get_args(Family):
        families = get_args(Family)
        raise ArgumentError(WHO, "family", f"one of {', '.join(families)}", family, suggestion(str(family), families))
    study_words = declared(findings, kinds, groups, who=WHO)
    with speaking(study_words.words):
        stated = _prevalence(prevalence, metrics)
        made = [_metric(metric, stated) for metric in metrics]
        meanings, helpers = declared_arms(arms or {}, who=WHO)
        taken = readings_of(readings, meanings)
        left_out: LeftOut = list(taken.left_out)
        table = taken.table
        del taken  # millions of rows are held once
        recordings, flaws = without_flawed(records_of(records, table), quality)
        codes, others = asked_for(study_words.codes, table)
        left_out += [*flaws, *others]
        evaluated = (table["record_id"].isin(recordings.index) & table["finding"].isin(codes)).to_numpy()
        if not evaluated.all():
            table = table[evaluated].reset_index(drop=True)
        who = readers_of(readers, table)
        truth = reference_of(
            reference, records=recordings, findings=codes, readings=table, readers=who, left_out=left_out
        )
        if truth.is_reading_of:
            table = table[(table["reader_id"] != truth.is_reading_of).to_numpy()].reset_index(drop=True)
            who = who.drop(index=truth.is_reading_of)
        policy = AnswerPolicy(uncertain=uncertain, refer=refer)
        table, who = with_votes(table, who, vote, policy)
        study = ReaderStudy(
            records=recordings,
            readers=who,
            readings=table,
            reference=truth,
            findings=codes,
            answers=policy,
            declared_design=_one_of("design", design, ("auto", *ANALYSES)),
            adjust_for=tuple(_one_of("adjust_for", word, ADJUSTABLE) for word in adjust_for),
            groups={name: members_of(name, group, who) for name, group in study_words.groups.items()},
        )
        divided = _subgroups(subgroups, recordings)
        evaluation = evaluate_study(
            study,
            made,
            seed=seed,
            level=level,
            n_resamples=resamples,
            primary=[_primary(item, made, study) for item in primary],
            subgroups=divided,
            reader_subgroups=_reader_subgroups(reader_subgroups),
            target_population=None
            if target_population is None
            else make_part(TargetPopulation, target_population, key="target_population"),
            family=family,
        )
        facts = StudyFacts(
            dataset=DatasetFacts(name="frames", title="Frames given from Python", digests=_digests(study)),
            simulated=bool((who["kind"] == "simulated").any()),
            aided_by={arm: ai for arm, ai in helpers.items() if arm in set(table["arm"])},
            reference=ReferenceFacts(method=truth.method, formed_by=truth.formed_by, agreement=truth.agreement),
        )
        made_from = replace(
            provenance_of(facts),
            seed=seed,
            metrics=metric_facts(made),
            answers=study.answers,
            intervals=interval_facts(level, resamples, family),
            subgroups=divided.by,
            exclusive=tuple(tuple(group) for group in exclusive),
            design=study.declared_design,
            adjust_for=study.adjust_for,
        )
        result = StudyResult(
            study=study,
            evaluation=evaluation,
            left_out=left_out_table(left_out),
            provenance=made_from,
            name="frames",
            heading=title,
        )
        return Analysis(result, _tracked(result, tracking), study_words.words)


def open_run(run_dir: str | Path) -> Analysis:
    """Return the analysis that a run folder holds.

    Raises
    ------
    RunFolderError
        When it is no run folder.
    """
    folder = checked_folder(Path(run_dir), but=("report",))
    config = config_of(folder.path)
    with speaking_as(config):
        return Analysis(read_result(config, folder), own_words=own_words_of(config))


def without_flawed(records: pd.DataFrame, quality: pd.DataFrame | None) -> tuple[pd.DataFrame, LeftOut]:
    """Return the recordings whose flaws do not exclude them, and what became of those with flaws."""
    if quality is None:
        return records, []
    needed = ["record_id", "kind", "action"]
    if any(column not in quality for column in needed):
        raise ReadingsError(WHO, "quality", f"a frame with {', '.join(needed)}", [str(c) for c in quality.columns])
    flaws = pd.DataFrame({column: text_column(quality[column]).astype("string") for column in needed})
    for action in flaws["action"].unique():
        if action not in _ACTIONS:
            remedy = suggestion(str(action), _ACTIONS)
            raise ReadingsError(WHO, "action in quality", f"one of {', '.join(_ACTIONS)}", str(action), remedy)
    match = join(flaws["record_id"].dropna().unique(), records.index)
    if match.near:
        rule = f"the same as in the readings ({match.counts('quality', 'the recordings')})"
        raise ReadingsError(WHO, "record_id in quality", rule, list(match.near)[:5], match.remedy(records.index))
    here = flaws[flaws["record_id"].isin(records.index)]
    stages = {"exclude": "signal", "flag": STAGE_KEPT}
    rows = [
        (str(row.record_id), "", stages[str(row.action)], str(row.kind))
        for row in here.itertuples()
        if row.action in stages
    ]
    excluded = here.loc[here["action"] == "exclude", "record_id"]
    return records[~records.index.isin(excluded)], rows


_ACTIONS = ("exclude", "flag", "note", "off")


def _metric(
    metric: str | Mapping[str, object] | Metric, prevalence: Mapping[str, StatedPrevalence] | None = None
) -> Metric:
    """Return a metric from its name, its name with arguments, or as it is."""
    if isinstance(metric, Metric):
        return metric
    name, arguments = _asked_metric(metric)
    made: Metric = make("metrics", name, metric_arguments(name, arguments, prevalence))
    return made


def _asked_metric(metric: str | Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Return the name and the arguments of a metric that is asked for."""
    if isinstance(metric, str):
        return metric, {}
    if "name" not in metric:
        raise ArgumentError(WHO, "metric", "a name, or a mapping with one", dict(metric))
    return str(metric["name"]), {k: v for k, v in metric.items() if k not in ("name", "id")}


def _prevalence(
    given: Mapping[str, Mapping[str, object]] | None, metrics: Sequence[str | Mapping[str, object] | Metric]
) -> dict[str, StatedPrevalence] | None:
    """Return the prevalence stated for all metrics, of findings that are known and used by one of them."""
    if given is None:
        return None
    stated = {
        str(code): make_part(StatedPrevalence, dict(one), key=f"prevalence.{code}") for code, one in given.items()
    }
    problems = prevalence_problems(stated, [_asked_metric(m) for m in metrics if not isinstance(m, Metric)])
    if problems:
        raise ProblemsError(WHO, problems)
    return stated


def _primary(item: str | Mapping[str, object], metrics: Sequence[Metric], study: ReaderStudy) -> Primary:
    """Return what the plan named, each word of it known."""
    named: dict[str, object] = {"metric": item} if isinstance(item, str) else dict(item)
    for key in named:
        if key not in Primary.model_fields:
            raise ArgumentError(WHO, "primary", "known keys", key, suggestion(str(key), Primary.model_fields))
    choices = {"metric": [metric.name for metric in metrics], "finding": [*study.findings, MACRO, POOLED]}
    for key, names in choices.items():
        if named.get(key, names[0]) not in names:
            raise ArgumentError(WHO, f"primary {key}", "of the study", named[key], suggestion(str(named[key]), names))
    if "metric" not in named:
        raise ArgumentError(WHO, "primary", "a metric, or a mapping with one", named)
    asked = next(getattr(metric, "margin", None) for metric in metrics if metric.name == named["metric"])
    if named.get("margin") not in (None, asked):
        raise ArgumentError(WHO, "primary margin", margin_rule(asked), named["margin"])
    return Primary.model_validate(named)


def _one_of(what: str, word: str, words: Sequence[str]) -> str:
    """Return a word that must be among some."""
    if word not in words:
        raise ArgumentError(WHO, what, f"one of {', '.join(words)}", word, suggestion(str(word), words))
    return word


def _subgroups(given: Sequence[str] | Mapping[str, object], records: pd.DataFrame) -> Subgroups:
    """Return the ways to divide the records, each a column that they have."""
    if isinstance(given, str):
        given = [given]
    asked = dict(given) if isinstance(given, Mapping) else {"by": list(given)}
    for key in asked:
        if key not in Subgroups.model_fields:
            raise ArgumentError(WHO, "subgroups", "known keys", key, suggestion(str(key), Subgroups.model_fields))
    columns = ["age" if column == "age_years" else str(column) for column in records.columns]
    for column in _listed(asked.get("by", ())):
        for part in str(column).split(" x "):
            if part.strip() not in columns:
                remedy = suggestion(part.strip(), columns)
                raise ArgumentError(WHO, "subgroups", "columns of `records`", part.strip(), remedy)
    return Subgroups.model_validate(asked)


def _reader_subgroups(given: Sequence[str] | Mapping[str, object]) -> ReaderSubgroups:
    """Return the ways to divide the readers, each a column that readers may have."""
    fields = dict(given) if isinstance(given, Mapping) else {"by": [given] if isinstance(given, str) else list(given)}
    for key in fields:
        if key not in ReaderSubgroups.model_fields:
            remedy = suggestion(str(key), ReaderSubgroups.model_fields)
            raise ArgumentError(WHO, "reader_subgroups", "known keys", key, remedy)
    columns = ("training", "practice_id", "years_experience", "ecgs_per_year")
    for column in _listed(fields.get("by", ())):
        _one_of("reader_subgroups", str(column), columns)
    return ReaderSubgroups.model_validate(fields)


def _listed(value: object) -> list[object]:
    """Return what was given as one thing or several as a list."""
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]


def _tracked(result: StudyResult, tracking: Mapping[str, object] | None) -> str:
    """Log a result to MLflow and say what came of it."""
    if tracking is None:
        return "Not tracked: no `tracking` was given."
    for key in tracking:
        if key not in Tracking.model_fields:
            raise ArgumentError(WHO, "tracking", "known keys", key, suggestion(str(key), Tracking.model_fields))
    settings = Tracking.model_validate(tracking)
    if not settings.enabled:
        return "Not tracked: tracking is switched off."
    from ecg_eval.tracking.log_items import log_items
    from ecg_eval.tracking.mlflow_tracker import log_to_mlflow

    with TemporaryDirectory() as made:
        folder = RunFolder(Path(made))
        folder.write_study(result.study, result.left_out, quality_table())
        folder.write_evaluation(result.evaluation)
        folder.write_facts(PROVENANCE_FILE, result.provenance)
        uri = settings.uri or store_uri()
        runs = log_items(result, sentences_of=said_of(result))
        outcome = log_to_mlflow(runs, uri=uri, experiment=settings.experiment, run_folder=folder.path)
    return " ".join([outcome.message, *outcome.looks])


def _sections() -> list[Section]:
    return [make("sections", plug.name, plug.arguments) for plug in Report().sections]


def _digests(study: ReaderStudy) -> dict[str, str]:
    """Return what the frames hold, whatever their kind; the same values in the same order give the same digest."""
    return {
        name: _digest(frame) for name, frame in (("readings", study.readings), ("reference", study.reference.table))
    }


def _digest(frame: pd.DataFrame) -> str:
    """Return the digest of a frame's rows, of which some are looked at at a time: there may be millions."""
    digest = hashlib.sha256()
    for start in range(0, len(frame), _ROWS_AT_ONCE):
        rows = pd.util.hash_pandas_object(frame.iloc[start : start + _ROWS_AT_ONCE], index=True)
        digest.update(rows.to_numpy().tobytes())
    return digest.hexdigest()
