"""A model takes part: it is taught, its thresholds are frozen, it reads. What fails costs its own answers only.

A model that raises over many recordings is asked about fewer of them, down to single ones, so that a recording which it
cannot read is named and the others are read: a score depends on its own recording alone. A model that breaks its
contract, or fails on every recording, leaves no reading but the reason.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter, process_time

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.config.schema import Explanations, ThresholdRule
from ecg_eval.domain.contracts import Model, PanelReadings, Recordings
from ecg_eval.domain.facts.model import ModelCard, ModelFacts, Threshold
from ecg_eval.domain.reading import ABSENT, PRESENT, no_readings, readers_table, readings_table
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.result import left_out_table
from ecg_eval.errors import ClusterError, EcgEvalError, PluginError, SignalError
from ecg_eval.pipeline.apart.processes import NO_LIMIT, Allowed, apart, calling, can_copy, in_words
from ecg_eval.pipeline.apart.stand_ins import ModelApart
from ecg_eval.pipeline.energy import Energy, estimated_energy
from ecg_eval.pipeline.explanations import Explained, explained
from ecg_eval.pipeline.metering import metered
from ecg_eval.pipeline.study.costs import NOTHING, CostRequest, energy_facts, measured_cost
from ecg_eval.pipeline.study.door import card_of, scores_of
from ecg_eval.pipeline.study.thresholds import freeze

_PROBES = 8  # single recordings, spread over all, on which a model that failed is tried before it is given up
_LESSONS = 8  # times that teaching begins anew without what a model refused

Floats = NDArray[np.float64]
LeftOut = tuple[str, str, str, str]


GetRecordings = Callable[[Sequence[str], str], Recordings]
"""(record ids, what is being done) -> them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelRequest:
    """What a model takes part in.

    Attributes
    ----------
    findings : tuple of str
    split : mapping
        "train", "threshold" and "test" to record ids.
    threshold_folds : tuple of int
    threshold_rule : ThresholdRule
    labels : DataFrame or None
        The dataset's labels, index record_id, one column a finding; None where the run needs none.
    other_units : mapping of str to str
        Record id -> unit of its signal, where that is not mV.
    recordings : callable
        (record ids, what is being done) -> Recordings.
    rng : numpy Generator
        For teaching.
    recordings_alone : callable
        The same, for a process that must not ask others to share its work.
    costs : CostRequest
        What is measured of its costs.
    stored : callable or None
        Record ids -> its answer about each, as shards of this run left it; None where it is asked itself.
    counted : mapping
        What its card counts of the recordings that others had it read.
    was_shared : bool
        Whether others did a part of its reading, so that what that took was not seen here.
    explanations : Explanations or None
        What is asked about where its answers come from.
    explaining_rng : numpy Generator
        For that.
    level : float
        Of intervals.
    """

    findings: tuple[str, ...]
    split: Mapping[str, Sequence[str]]
    threshold_folds: tuple[int, ...]
    threshold_rule: ThresholdRule
    labels: pd.DataFrame | None
    other_units: Mapping[str, str]
    recordings: GetRecordings
    recordings_alone: GetRecordings
    rng: np.random.Generator
    costs: CostRequest = NOTHING
    stored: Callable[[Sequence[str]], Iterator[object]] | None = None
    counted: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    was_shared: bool = False
    explanations: Explanations | None = None
    explaining_rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    level: float = 0.95

    def of_others(self, got: Callable[[GetRecordings], GetRecordings]) -> "ModelRequest":
        """Return the request for other recordings too, of which neither costs nor explanations are asked.

        Parameters
        ----------
        got : callable
            How they are got, made of how recordings are got as usual: in this process and in one of the model's own.
        """
        return replace(
            self,
            recordings=got(self.recordings),
            recordings_alone=got(self.recordings_alone),
            costs=NOTHING,
            explanations=None,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelAnswers:
    """What a model leaves.

    Attributes
    ----------
    readings : PanelReadings
        Without any reading where the model failed.
    thresholds : list of Threshold
        One a finding.
    facts : ModelFacts
        What it is, what teaching took, and, where it failed, the reason.
    explained : Explained or None
        Where its answers come from; None where nobody asked, or it failed.
    """

    readings: PanelReadings
    thresholds: list[Threshold]
    facts: ModelFacts
    explained: Explained | None = None


def is_apart(model: Model, allowed: Allowed) -> bool:
    """Return whether a model takes part in a process of its own: it is from outside, or has limits."""
    return (isinstance(model, ModelApart) or allowed.is_limited) and can_copy()


def answers_apart(label: str, model: Model, request: ModelRequest, allowed: Allowed = NO_LIMIT) -> ModelAnswers:
    """Return the readings of a model, in a process of its own where it is not to be trusted with this one."""
    if not is_apart(model, allowed):
        return answers_of(label, model, request)
    alone = replace(request, recordings=request.recordings_alone)
    try:
        return apart(lambda: answers_of(label, model, alone), f"model {label}", "answers", allowed)
    except EcgEvalError as error:
        return _nothing(label, model, request, str(error))


def answers_of(label: str, model: Model, request: ModelRequest) -> ModelAnswers:
    """Return the readings of a model, or the reason why it has none.

    Parameters
    ----------
    label : str
        Its reader id.
    model : Model
    request : ModelRequest
    """
    try:
        with estimated_energy(request.costs.energy_country if request.split["train"] else None) as of_teaching:
            taught, refused = _teach(label, model, request)
        thresholds, unread = _freeze(label, model, request)
        with metered() as read:
            readings = _read(label, model, request, thresholds, [*refused, *unread])
        facts = replace(taught, card=_with_counts(card_of(model, label), request.counted))
        if not request.was_shared:
            facts = replace(facts, read_s=round(read.seconds, 2), read_cpu_s=round(read.cpu_s, 2))
        facts = _with_costs(label, model, request, facts, of_teaching)
        why = _explained(label, model, request)
    except ClusterError:  # not the model's fault: the run ends, and goes on where it was
        raise
    except EcgEvalError as error:
        return _nothing(label, model, request, str(error))
    return ModelAnswers(readings=readings, thresholds=thresholds, facts=facts, explained=why)


def _explained(label: str, model: Model, request: ModelRequest) -> Explained | None:
    """Return where its answers come from, if somebody asked."""
    if request.explanations is None:
        return None
    recordings = request.recordings(request.split["test"], f"Explaining {label}")
    return explained(
        label,
        model,
        recordings,
        request.findings,
        asked=request.explanations,
        rng=request.explaining_rng,
        level=request.level,
    )


def _with_counts(card: ModelCard, others: Mapping[str, Mapping[str, int]]) -> ModelCard:
    """Return a card that counts what was read elsewhere too."""
    counts = {what: dict(Counter(others.get(what, {})) + Counter(card.counts.get(what, {}))) for what in others}
    return replace(card, counts={**card.counts, **counts})


def _with_costs(label: str, model: Model, request: ModelRequest, facts: ModelFacts, of_teaching: Energy) -> ModelFacts:
    """Return the facts with what reading costs; its card stays as reading left it."""
    recordings = request.recordings(request.split["test"], f"Costs of {label}")
    s_each = (facts.read_s or 0.0) / max(len(recordings), 1)
    cost, of_reading = measured_cost(model, recordings, request.findings, s_each=s_each, asked=request.costs)
    return replace(facts, cost=cost, energy=energy_facts(of_reading, of_teaching if facts.n_train else Energy()))


def _stated(model: Model) -> ModelFacts:
    return ModelFacts(plugin=model.name, trained_on=model.trained_on, needs=model.needs)


def _nothing(label: str, model: Model, request: ModelRequest, reason: str) -> ModelAnswers:
    """Return what is left of a model that failed: who it was, and why it answers nothing."""
    no_scores = np.empty(0)
    thresholds = [
        freeze(label, f, no_scores, no_scores, request.threshold_folds, request.threshold_rule)
        for f in request.findings
    ]
    readings = PanelReadings(
        readings=no_readings(),
        readers=_reader(label, model),
        left_out=left_out_table([("", label, "model", reason)]),
    )
    return ModelAnswers(readings=readings, thresholds=thresholds, facts=replace(_stated(model), failed=reason))


def _teach(label: str, model: Model, request: ModelRequest) -> tuple[ModelFacts, list[LeftOut]]:
    """Let a model learn from the training split; return what that took, and which recordings it refused."""
    ids, labels = list(request.split["train"]), request.labels
    if not ids or labels is None:
        return _stated(model), []
    refused: list[LeftOut] = []
    start, cpu = perf_counter(), process_time()
    for _ in range(_LESSONS):
        last: list[Recording] = []
        recordings = request.recordings(ids, f"Teaching {label}")
        lesson = replace(recordings, load=_remembering(recordings.load, last))
        try:
            with calling(f"model {label}", "fit", "done without an error"):
                model.fit(lesson, labels.loc[ids], rng=request.rng)
        except SignalError as error:
            if not last:
                raise
            unit = request.other_units.get(last[0].record_id)
            gone = {r for r in ids if request.other_units.get(r) == unit} if unit else {last[0].record_id}
            refused += [(r, label, "train", str(error)) for r in ids if r in gone]
            ids = [r for r in ids if r not in gone]
            continue
        seconds, cpu_s = perf_counter() - start, process_time() - cpu
        facts = replace(_stated(model), n_train=len(ids), fit_s=round(seconds, 2), fit_cpu_s=round(cpu_s, 2))
        return facts, refused
    rule = f"done after leaving out what it refused, {_LESSONS} times"
    raise PluginError(f"model {label}", "fit", rule, refused[-1][3])


def _remembering(load: Callable[[str], Recording], last: list[Recording]) -> Callable[[str], Recording]:
    def loaded(record_id: str) -> Recording:
        last[:] = [load(record_id)]
        return last[0]

    return loaded


@dataclass(frozen=True, kw_only=True, eq=False)
class Asking:
    """A model that is asked for scores, and what came of it.

    Attributes
    ----------
    label : str
    model : Model
    request : ModelRequest
    doing : str
        What a progress bar says meanwhile.
    failed : dict of str to str
        Record id -> why it has no scores.
    """

    label: str
    model: Model
    request: ModelRequest
    doing: str
    failed: dict[str, str] = field(default_factory=dict)

    def together(self, ids: Sequence[str]) -> Floats | None:
        """Return the scores of some recordings, shape (n_recordings, n_findings); None where it fails on them."""
        try:
            recordings = self.request.recordings(ids, self.doing)
            return scores_of(self.model, self.label, recordings, self.request.findings)
        except (PluginError, ClusterError):
            raise
        except (Exception, SystemExit) as error:
            if len(ids) == 1:
                self.failed[ids[0]] = str(error) if isinstance(error, EcgEvalError) else in_words(error)
            return None

    def in_parts(self, ids: Sequence[str]) -> Iterator[Floats]:
        """Yield the scores of recordings, in parts; NaN for one that it fails on alone."""
        scores = self.together(ids) if len(ids) > 1 or ids[0] not in self.failed else None
        if scores is not None:
            yield scores
        elif len(ids) == 1:
            yield np.full((1, len(self.request.findings)), np.nan)
        else:
            half = len(ids) // 2
            yield from self.in_parts(ids[:half])
            yield from self.in_parts(ids[half:])

    def stored(self, ids: Sequence[str], answers: Iterator[object]) -> Iterator[Floats]:
        """Yield the scores that were stored, recording by recording; where nothing was, it is asked."""
        for record_id, answer in zip(ids, answers, strict=True):
            if answer is None:
                yield from self.in_parts([record_id])
            elif isinstance(answer, str):
                self.failed[record_id] = answer
                yield np.full((1, len(self.request.findings)), np.nan)
            else:
                yield np.asarray(answer, dtype=np.float64).reshape(1, len(self.request.findings))

    def refuse(self, ids: Sequence[str], probes: Sequence[str]) -> PluginError:
        """Return the error for a model that failed on every recording that it was tried on."""
        rule = f"handed over for {len(ids)} recordings, or for one of {len(probes)} of them alone"
        return PluginError(f"model {self.label}", "scores", rule, self.failed[probes[0]])


def _scores(label: str, model: Model, request: ModelRequest, part: str, doing: str) -> tuple[Floats, dict[str, str]]:
    """Return a model's scores of a part of the split, and why recordings have none that it fails on.

    Raises
    ------
    PluginError
        When it breaks its contract, or fails on all recordings that it was tried on.
    """
    asking = Asking(label=label, model=model, request=request, doing=doing)
    ids = list(request.split[part])
    stored = None if request.stored is None else np.vstack(list(asking.stored(ids, request.stored(ids))))
    scores = asking.together(ids) if stored is None else stored
    if scores is not None and not asking.failed:
        return scores, {}
    probes = [ids[i] for i in np.unique(np.linspace(0, len(ids) - 1, _PROBES).astype(int))]
    if all(
        record_id in asking.failed or (stored is None and asking.together([record_id]) is None) for record_id in probes
    ):
        raise asking.refuse(ids, probes)
    return np.vstack(list(asking.in_parts(ids))) if scores is None else scores, asking.failed


def _freeze(label: str, model: Model, request: ModelRequest) -> tuple[list[Threshold], list[LeftOut]]:
    """Return a model's threshold of every finding, and the recordings that it could not read for them."""
    findings, ids = request.findings, list(request.split["threshold"])
    scores = truth = np.empty((0, len(findings)))
    failed: dict[str, str] = {}
    if ids and request.labels is not None:
        scores, failed = _scores(label, model, request, "threshold", f"Thresholds of {label}")
        truth = request.labels.loc[ids, list(findings)].to_numpy(dtype=float)
    thresholds = [
        freeze(label, f, scores[:, i], truth[:, i], request.threshold_folds, request.threshold_rule)
        for i, f in enumerate(findings)
    ]
    return thresholds, [(r, label, "threshold", reason) for r, reason in failed.items()]


def _read(
    label: str, model: Model, request: ModelRequest, thresholds: Sequence[Threshold], left_out: Sequence[LeftOut]
) -> PanelReadings:
    """Return a model's readings of the test split in the table that people's readings stand in too."""
    findings, ids = request.findings, list(request.split["test"])
    scores, failed = _scores(label, model, request, "test", f"{label} reads")
    calls = np.column_stack([t.apply(scores[:, i]) for i, t in enumerate(thresholds)])
    words = np.where(calls == 1, PRESENT, ABSENT).astype(object)
    words[np.isnan(calls)] = None
    table = pd.DataFrame(
        {
            "record_id": np.repeat(ids, len(findings)),
            "reader_id": label,
            "finding": np.tile(findings, len(ids)),
            "reading": words.ravel(),
            "score": scores.ravel(),
        }
    )
    silent = np.isnan(scores)
    reasons = {r: failed.get(r, "no score for any finding") for r, s in zip(ids, silent, strict=True) if s.all()}
    untaught = [f for i, f in enumerate(findings) if silent[:, i].all()]
    rows = [
        *left_out,
        *((r, label, "model", reason) for r, reason in reasons.items()),
        *(("", label, "model", f"cannot score {f}") for f in untaught),
        *(
            ("", label, "threshold", f"{t.finding}: {t.reason}")
            for t in thresholds
            if not t.calls and t.finding not in untaught
        ),
    ]
    return PanelReadings(
        readings=readings_table(table, who=label), readers=_reader(label, model), left_out=left_out_table(rows)
    )


def _reader(label: str, model: Model) -> pd.DataFrame:
    kind = model.kind if isinstance(model, ModelApart) else type(model)
    about = (kind.__doc__ or label).strip().split("\n", maxsplit=1)[0]
    row: dict[str, object] = {
        "reader_id": label,
        "kind": "model",
        "trained_on": list(model.trained_on),
        "description": about,
    }
    row["is_floor"] = model.is_floor
    return readers_table(pd.DataFrame([row]), who=label)
