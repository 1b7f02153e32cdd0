"""Where a model's answers come from, and a test that says whether that means anything.

A model hands over attributions (``Model.attributions``); the test asks the model itself, through its scores alone, what
happens when the cells that are said to speak most for a finding are deleted from the recording: its log odds must fall
further than when as many cells are deleted at random, or those of the largest deflections. Deleted is what lies on the
lead's median. So nobody's word is taken for it, whatever computed the attributions.

Sources: Samek et al., IEEE Trans Neural Netw Learn Syst 2017;28:2660 (deletion curves); Adebayo et al., NeurIPS 2018
(shuffled weights).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from ecg_eval.config.schema import Explanations
from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.attribution import (
    ABOVE_LARGEST,
    AREA,
    ATTRIBUTION_COLUMNS,
    EXPLANATION_COLUMNS,
    FALL_LARGEST,
    FALL_MOST,
    FALL_RANDOM,
    LEAD_SHARE,
    LIKENESS,
    Attribution,
    cells_of,
)
from ecg_eval.domain.leads import canonical_lead
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import EcgEvalError, InputFileError, PluginError
from ecg_eval.pipeline.apart.processes import in_words
from ecg_eval.pipeline.apart.stand_ins import ModelApart
from ecg_eval.pipeline.plugins import make
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.resampling.deletion_curves import area_between, mean_by_patient

_SHUFFLED = 10  # recordings whose attributions are made again with shuffled weights
_DRAWS = 2  # random deletions of each recording and share
_SHY = 1e-6  # of scores, so that 0 and 1 have log odds
_RESAMPLES = 1000  # of patients, for the intervals
NONE_GIVEN = "its answers come with no attributions"

Floats = NDArray[np.float64]
ByRecord = Mapping[str, Mapping[str, Attribution]]


@dataclass(frozen=True, kw_only=True)
class Explained:
    """What explains a model's answers.

    Attributes
    ----------
    table : DataFrame
        ``EXPLANATION_COLUMNS``, one row a number; where there is none, one row with the reason.
    maps : DataFrame
        ``ATTRIBUTION_COLUMNS``.
    """

    table: pd.DataFrame = field(default_factory=lambda: _table([]))
    maps: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(ATTRIBUTION_COLUMNS), dtype=object))

    @classmethod
    def of_all(cls, several: Sequence["Explained"]) -> "Explained":
        """Return what explains several models' answers, in one."""
        if not several:
            return cls()
        tables = pd.concat([one.table for one in several], ignore_index=True)
        return cls(table=tables, maps=pd.concat([one.maps for one in several], ignore_index=True))


def explained(
    label: str,
    model: Model,
    recordings: Recordings,
    findings: Sequence[str],
    *,
    asked: Explanations,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Explained:
    """Return where a model's answers come from; what it cannot say, or fails at, is a reason in the table.

    Parameters
    ----------
    label : str
        Its reader id.
    model : Model
        Taught.
    recordings : Recordings
        Of those, `asked.records`, spread over all.
    findings : sequence of str
    asked : Explanations
    rng : numpy Generator
    level : float
    """
    kind = model.kind if isinstance(model, ModelApart) else type(model)
    if kind.attributions is Model.attributions:
        return _without(label, NONE_GIVEN)
    places = np.unique(np.linspace(0, len(recordings) - 1, min(asked.records, len(recordings))).round().astype(int))
    some = replace(recordings, ids=tuple(recordings.ids[i] for i in places), share=None)
    try:
        return _explained(label, model, some, findings, asked, rng, level)
    except (Exception, SystemExit) as error:
        return _without(label, str(error) if isinstance(error, EcgEvalError) else in_words(error))


def explain(
    model: Model | Mapping[str, object],
    recordings: Iterable[Recording],
    findings: Sequence[str],
    *,
    shares: Sequence[float] = Explanations().shares,
    seed: int = 0,
    level: float = 0.95,
) -> Explained:
    """Return where a model's answers about some recordings come from, and whether that means anything.

    Parameters
    ----------
    model : Model or mapping
        Taught; or name and arguments of one that needs no teaching, as a configuration gives them.
    recordings : iterable of Recording
    findings : sequence of str
    shares : sequence of float
        Shares of a recording that are deleted, rising.
    seed : int
    level : float

    Returns
    -------
    Explained
        `table` and `maps` with the columns of explanations.csv and attributions.parquet (docs/explanations.md).

    Raises
    ------
    EcgEvalError
        When there is no such model. What a model cannot say is a reason in the table.
    """
    if not isinstance(model, Model):
        arguments = {key: value for key, value in model.items() if key not in ("name", "id")}
        made: Model = make("models", str(model["name"]), arguments)
        return explain(made, recordings, findings, shares=shares, seed=seed, level=level)
    by_id = {recording.record_id: recording for recording in recordings}
    asked = Explanations(records=max(len(by_id), 1), shares=tuple(shares))
    handed = Recordings(tuple(by_id), by_id.__getitem__)
    rng = np.random.default_rng(seed)
    return explained(model.name, model, handed, findings, asked=asked, rng=rng, level=level)


def explanations_problem(asked: Explanations | None) -> InputFileError | None:
    """Return why nothing can be explained; None where it can, or nobody asked."""
    if asked is None or find_spec("captum") is not None:
        return None
    remedy = 'Install it: pip install "ecg-eval[explanations]", or leave out `explanations`.'
    return InputFileError("explanations", "captum", "installed", remedy=remedy)


def _without(label: str, reason: str) -> Explained:
    return Explained(table=_table([_row(label, "", AREA, "", None, reason=reason)]))


def _explained(
    label: str,
    model: Model,
    recordings: Recordings,
    findings: Sequence[str],
    asked: Explanations,
    rng: np.random.Generator,
    level: float,
) -> Explained:
    by_record = _checked(label, model.attributions(recordings, findings))
    if not any(by_record.values()):
        return _without(label, "it says of none of these ECGs what moved it")
    loaded = {r: recordings.load(r) for r in by_record}
    patients = {r: recording.patient_id for r, recording in loaded.items()}
    tested = Recordings(tuple(by_record), loaded.__getitem__, recordings.watch)
    falls = _falls(model, tested, by_record, findings, asked, rng)
    few = replace(recordings, ids=tuple(by_record)[:_SHUFFLED])
    shuffled = _checked(label, model.attributions(few, findings, shuffled=rng))

    def mean(values: Mapping[str, float], what: str) -> Estimate:
        ids = list(values)
        draws = np.random.default_rng(rng.integers(2**63))
        return mean_by_patient(
            value=[values[r] for r in ids],
            patient=[patients[r] for r in ids],
            label=what,
            n_resamples=_RESAMPLES,
            level=level,
            rng=draws,
        )

    rows = []
    for code in findings:
        of_code = {r: by_code[code] for r, by_code in by_record.items() if code in by_code}
        if not of_code:
            rows.append(_row(label, code, AREA, "", None, reason="it says of none of these ECGs what moved it"))
            continue
        rows += _deletion_rows(label, code, falls, asked.shares, mean)
        rows += _lead_rows(label, code, of_code, mean)
        alike = {r: _likeness(a, shuffled[r][code]) for r, a in of_code.items() if code in shuffled.get(r, {})}
        rows.append(_row(label, code, LIKENESS, "", mean(alike, "mean rank correlation over ECGs")))
    return Explained(table=_table(rows), maps=_maps(label, by_record))


def _checked(label: str, given: object) -> dict[str, dict[str, Attribution]]:
    """Return attributions as the contract promises them."""
    who = f"model {label}"
    if not isinstance(given, dict):
        raise PluginError(who, "attributions", "a dict by record id", type(given).__name__)
    for by_code in given.values():
        for one in by_code.values():
            if not isinstance(one, Attribution):
                raise PluginError(who, "attributions", "values of Attribution", type(one).__name__)
            if np.isinf(one.log_odds).any():
                raise PluginError(who, "attributions", "finite, NaN where nothing is read", "an infinite number")
    return given


_Falls = dict[tuple[str, str], dict[str, Floats]]  # (record, finding) -> curve -> (n_shares,)


def _falls(
    model: Model,
    recordings: Recordings,
    by_record: ByRecord,
    findings: Sequence[str],
    asked: Explanations,
    rng: np.random.Generator,
) -> _Falls:
    """Return how far the log odds fall when shares of a recording are deleted, by record and finding."""
    codes = [code for code in findings if any(code in by_code for by_code in by_record.values())]
    made: _Falls = {}
    for record_id in recordings.watch(recordings.ids):
        if by_record[record_id]:
            recording = recordings.load(record_id)
            of_record = _falls_of(model, recording, by_record[record_id], codes, asked.shares, rng)
            made |= {(record_id, code): curves for code, curves in of_record.items()}
    return made


def _falls_of(
    model: Model,
    recording: Recording,
    by_code: Mapping[str, Attribution],
    codes: Sequence[str],
    shares: Sequence[float],
    rng: np.random.Generator,
) -> dict[str, dict[str, Floats]]:
    """Return the same of one recording, which the model is asked about in all its versions at once."""
    first = next(iter(by_code.values()))
    read = np.isfinite(first.log_odds)
    orders = {  # by what cells are deleted first
        **{(FALL_MOST, code): a.log_odds for code, a in by_code.items()},
        **{(FALL_RANDOM, str(draw)): rng.random(read.shape) for draw in range(_DRAWS)},
        (FALL_LARGEST, ""): _deflection(recording, first.leads, read.shape[1]),
    }
    changed = {recording.record_id: recording}
    for order, worth in orders.items():
        for share in shares:
            key = f"{recording.record_id}|{order}|{share}"
            cells = _highest(worth, read, share)
            changed[key] = replace(without_cells(recording, first.leads, cells), record_id=key)
    scores = model.scores(Recordings(tuple(changed), changed.__getitem__), codes)
    p = np.clip(scores, _SHY, 1 - _SHY)
    log_odds = np.log(p / (1 - p))
    fallen = (log_odds[0] - log_odds[1:]).reshape(len(orders), len(shares), len(codes))
    by_order = dict(zip(orders, fallen, strict=True))
    return {
        code: {
            FALL_MOST: by_order[FALL_MOST, code][:, column],
            FALL_RANDOM: np.mean([by_order[FALL_RANDOM, str(draw)][:, column] for draw in range(_DRAWS)], axis=0),
            FALL_LARGEST: by_order[FALL_LARGEST, ""][:, column],
        }
        for column, code in enumerate(codes)
        if code in by_code
    }


def _highest(worth: Floats, read: NDArray[np.bool_], share: float) -> NDArray[np.bool_]:
    """Return the cells of the highest worth, a share of those that the model reads."""
    order = np.argsort(np.where(read, -worth, np.inf).ravel(), kind="stable")
    chosen = np.zeros(worth.size, dtype=bool)
    chosen[order[: round(share * int(read.sum()))]] = True
    return chosen.reshape(worth.shape)


def _columns(recording: Recording, leads: Sequence[str]) -> list[int]:
    names = [canonical_lead(lead) for lead in recording.leads]
    return [names.index(lead) for lead in leads]


def _deflection(recording: Recording, leads: Sequence[str], n_cells: int) -> Floats:
    """Return how far each cell lies from its lead's median, summed over its samples, shape (n_leads, n_cells)."""
    signal = recording.signal[:, _columns(recording, leads)].astype(np.float64)
    off = np.nan_to_num(np.abs(signal - np.nanmedian(signal, axis=0)))
    size = np.zeros((len(leads), n_cells))
    np.add.at(size.T, cells_of(len(signal), recording.sampling_rate_hz), off)
    return size


def without_cells(recording: Recording, leads: Sequence[str], cells: NDArray[np.bool_]) -> Recording:
    """Return a recording in which some cells lie on their lead's median.

    Parameters
    ----------
    recording : Recording
    leads : sequence of str
        Standard names, those of `cells`.
    cells : ndarray of bool, shape (n_leads, n_cells)
    """
    signal = recording.signal.copy()
    cell = cells_of(len(signal), recording.sampling_rate_hz)
    for row, column in enumerate(_columns(recording, leads)):
        gone = cells[row, cell]
        if gone.any():
            signal[gone, column] = np.nanmedian(recording.signal[:, column])
    return replace(recording, signal=signal)


def _likeness(first: Attribution, second: Attribution) -> float:
    """Return the rank correlation of what moved two networks, whether for or against; NaN where one was not moved."""
    a, b = (np.abs(one.log_odds[np.isfinite(one.log_odds)]) for one in (first, second))
    if a.size != b.size or not np.ptp(a) > 0 or not np.ptp(b) > 0:
        return float("nan")
    return float(spearmanr(a, b).statistic)


_Mean = Callable[[Mapping[str, float], str], Estimate]
_Row = dict[str, object]


def _deletion_rows(label: str, code: str, falls: _Falls, shares: Sequence[float], mean: _Mean) -> list[_Row]:
    curves = {record: of for (record, finding), of in falls.items() if finding == code}
    answered = {r: of for r, of in curves.items() if all(np.isfinite(c).all() for c in of.values())}
    rows = []
    for what, other, words in (
        (AREA, FALL_RANDOM, "mean over ECGs of the area between deletion curves, most attributed less random"),
        (ABOVE_LARGEST, FALL_LARGEST, "the same, most attributed less largest deflections"),
    ):
        areas = {
            r: float(area_between(first=of[FALL_MOST][None], second=of[other][None], shares=shares)[0])
            for r, of in answered.items()
        }
        rows.append(_row(label, code, what, "", mean(areas, words)))
    for what in (FALL_MOST, FALL_RANDOM, FALL_LARGEST):
        for k, share in enumerate(shares):
            at = {r: float(of[what][k]) for r, of in answered.items()}
            rows.append(_row(label, code, what, f"{share:g}", mean(at, "mean fall of the log odds over ECGs")))
    return rows


def _lead_rows(label: str, code: str, of_code: Mapping[str, Attribution], mean: _Mean) -> list[_Row]:
    leads = dict.fromkeys(lead for a in of_code.values() for lead in a.leads)
    shares = {r: a.lead_shares for r, a in of_code.items()}
    moved = {r: by_lead for r, by_lead in shares.items() if by_lead is not None}
    return [
        _row(
            label,
            code,
            LEAD_SHARE,
            lead,
            mean({r: by_lead.get(lead, 0.0) for r, by_lead in moved.items()}, "mean share of absolute attribution"),
        )
        for lead in leads
    ]


def _row(label: str, code: str, what: str, at: str, estimate: Estimate | None, *, reason: str = "") -> _Row:
    e = estimate or Estimate.undefined(reason=reason, method="")
    numbers = {"value": e.value, "low": e.low, "high": e.high, "n_records": e.n, "n_patients": e.n_clusters or 0}
    return {
        **{"reader_id": label, "finding": code, "what": what, "at": at},
        **numbers,
        "method": e.method,
        "reason": e.reason or "",
    }


def _maps(label: str, by_record: ByRecord) -> pd.DataFrame:
    rows = [
        (label, record, code, lead, a.log_odds[i].astype(np.float32))
        for record, by_code in by_record.items()
        for code, a in by_code.items()
        for i, lead in enumerate(a.leads)
    ]
    return pd.DataFrame(rows, columns=list(ATTRIBUTION_COLUMNS), dtype=object)


def _table(rows: Sequence[_Row]) -> pd.DataFrame:
    """Return rows as a table whose columns have the same types whatever is in them."""
    numbers = dict.fromkeys(("value", "low", "high"), "float64") | dict.fromkeys(("n_records", "n_patients"), "int64")
    words = {column: "string" for column in EXPLANATION_COLUMNS if column not in numbers}
    return pd.DataFrame(list(rows), columns=list(EXPLANATION_COLUMNS)).astype(numbers | words)
