"""A stratified, enriched draw of ECGs, no patient twice, with the weight that each ECG has for its archive.

An ECG belongs to the finding that is sampled at the highest rate among those that it shows (the rarest for what is
asked), or to "none"; the levels that the draw is spread over divide each of these. So every ECG is in one stratum. The
strata are drawn one after the other, from patients of whom no ECG has been drawn yet.

The chance of an ECG, given what was drawn before, is n/N (patients to be drawn of patients there), divided by the ECGs
that its patient has in the stratum, times the chance that the patient was left over by the strata drawn before. The
weight is one over that: N/n where patients have one ECG each. Weighted sums over the draw are unbiased for sums over
the archive (Horvitz and Thompson, J Am Stat Assoc 1952;47:663-685), whatever the sizes n that earlier strata led to,
since each factor is exact given what came before it. What no draw could reach has no weight: it is counted
(`CaseDraw.n_out_of_reach`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.errors import ArgumentError, suggestion
from ecg_eval.planning.cases.allocate import Need, allocated
from ecg_eval.planning.cases.wanted import NONE, WHO, Wanted

Bools = NDArray[np.bool_]
UNKNOWN = "unknown"  # the level of an ECG of which it is not told
WEIGHT, STRATUM = "sampling_weight", "sampling_stratum"  # as tables of ECGs are read
_TRIES = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class CasePool:
    """The ECGs that may be drawn, in one order.

    Attributes
    ----------
    patient_id : Series of str, index record_id
    truth : DataFrame, one column a wanted finding
        1, 0 or NaN.
    levels : DataFrame of str
        One column for each way to divide the ECGs, NA where it is not told.
    """

    patient_id: pd.Series
    truth: pd.DataFrame
    levels: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """One stratum of a draw.

    Attributes
    ----------
    finding : str
    levels : tuple of (str, str)
        Column and level.
    n_ecgs, n_patients : int
        There, of patients of whom no ECG was drawn before.
    n_drawn : int
    """

    finding: str
    levels: tuple[tuple[str, str], ...]
    n_ecgs: int
    n_patients: int
    n_drawn: int

    @property
    def label(self) -> str:
        """Return its name: "AF, sex F"."""
        return ", ".join([self.finding, *(f"{column} {level}" for column, level in self.levels)])


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What became of one thing wanted.

    Attributes
    ----------
    wanted : Wanted
    n_eligible : int
        Patients with such an ECG in the pool.
    n_drawn : int
    n_taken : int
        Patients with such an ECG of whom another ECG was drawn.
    """

    wanted: Wanted
    n_eligible: int
    n_drawn: int
    n_taken: int

    @property
    def n_short(self) -> int:
        """Return how many are missing of what was asked for."""
        return max(self.wanted.n - self.n_drawn, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class CaseDraw:
    """ECGs drawn.

    Attributes
    ----------
    cases : DataFrame, index record_id, in the order of the pool
        Columns `patient_id`, `sampling_stratum`, `sampling_weight`.
    strata : tuple of Stratum
        In the order in which they were drawn.
    answered : tuple of Answered
        In the order in which things were wanted.
    n_out_of_reach : int
        ECGs that could not be drawn because their patients were all drawn with another one: the weights do not stand
        for them.
    """

    cases: pd.DataFrame
    strata: tuple[Stratum, ...]
    answered: tuple[Answered, ...]
    n_out_of_reach: int

    @property
    def is_short(self) -> bool:
        """Whether something was asked for that there is not."""
        return any(one.n_short for one in self.answered)


@dataclass
class _Drawing:
    """What a draw knows while it goes on, by ECG of the pool."""

    rng: np.random.Generator
    patient: NDArray[np.intp]
    drawn: Bools
    weight: NDArray[np.float64]
    stratum: NDArray[np.intp]
    passed: NDArray[np.float64]  # by patient: one over the chance to be left over until now; infinite without one
    used: Bools  # by patient
    n_out_of_reach: int = 0

    @property
    def free(self) -> Bools:
        return np.asarray(~self.used[self.patient])


@dataclass(frozen=True, eq=False)
class _Cell:
    """The ECGs of a stratum, whatever has been drawn: level by column, and which ECGs of the pool."""

    levels: Mapping[str, str]
    inside: Bools


def draw_cases(pool: CasePool, wanted: Sequence[Wanted], *, by: Sequence[str] = (), seed: int) -> CaseDraw:
    """Draw ECGs.

    Parameters
    ----------
    pool : CasePool
    wanted : sequence of Wanted
    by : sequence of str
        Columns of the levels over which each finding, and "none", is spread as evenly as the pool allows.
    seed : int

    Returns
    -------
    CaseDraw
        Where the pool has too few, it holds what there is (`is_short`); `nearest_wanted` then gives a plan that works.

    Raises
    ------
    ArgumentError
        For a level that no ECG has, and more strata than ECGs wanted, with the nearest plan that works.
    """
    _check_levels(pool, wanted)
    shown = {w.finding: _shown(pool, w.finding) for w in wanted}
    fits = {w: _fits(pool, w, shown) for w in wanted}
    order = _order(pool, wanted, shown)
    leading = _leading(shown, order)
    _check_strata(pool, wanted, by, leading)
    codes, patients = pd.factorize(pool.patient_id)
    n, m = len(pool.patient_id), len(patients)
    state = _Drawing(
        rng=np.random.default_rng(seed),
        patient=codes.astype(np.intp),
        drawn=np.zeros(n, dtype=bool),
        weight=np.zeros(n),
        stratum=np.full(n, -1, dtype=np.intp),
        passed=np.ones(m),
        used=np.zeros(m, dtype=bool),
    )
    strata: list[Stratum] = []
    for finding in order:
        asked = [w for w in wanted if w.finding == finding]
        cells = _cells(pool.levels, _columns(asked, by), leading == finding)
        while cells:
            needs = [Need(w.n - int((state.drawn & fits[w]).sum()), _inside(cells, w)) for w in asked]
            sizes = [len(np.unique(state.patient[cell.inside & state.free])) for cell in cells]
            n_drawn = int(allocated(sizes, needs)[0])
            cell = cells.pop(0)
            state.n_out_of_reach += int((cell.inside & np.isinf(state.passed[state.patient])).sum())
            here = cell.inside & state.free
            strata.append(
                Stratum(
                    finding=finding,
                    levels=tuple(cell.levels.items()),
                    n_ecgs=int(here.sum()),
                    n_patients=sizes[0],
                    n_drawn=n_drawn,
                )
            )
            _draw(state, np.flatnonzero(here), n_drawn, len(strata) - 1)
    return _outcome(pool, fits, state, strata)


def nearest_wanted(
    pool: CasePool, wanted: Sequence[Wanted], draw: CaseDraw, *, by: Sequence[str] = (), seed: int
) -> tuple[Wanted, ...] | None:
    """Return what may be asked for instead of a draw that came out short; None where nothing near was reached."""
    for _ in range(_TRIES):
        lower = [replace(one.wanted, n=min(one.wanted.n, one.n_drawn)) for one in draw.answered]
        wanted = [w for w in lower if w.n]
        if not wanted:
            return None
        try:
            draw = draw_cases(pool, wanted, by=by, seed=seed)
        except ArgumentError:  # fewer ECGs than strata
            return None
        if not draw.is_short:
            return tuple(wanted)
    return None


def _shown(pool: CasePool, finding: str) -> Bools:
    """Return the ECGs that show a finding; for "none", those known to show none of the findings."""
    if finding == NONE:
        return np.asarray((pool.truth == 0).all(axis=1).to_numpy(), dtype=bool)
    return np.asarray((pool.truth[finding] == 1).to_numpy(), dtype=bool)


def _order(pool: CasePool, wanted: Sequence[Wanted], shown: dict[str, Bools]) -> list[str]:
    """Return the findings by the share of their ECGs that is wanted, the highest first; "none" stands last."""
    total = {w.finding: w.n for w in wanted if not w.column}
    rate = {finding: n / max(int(shown[finding].sum()), 1) for finding, n in total.items() if finding != NONE}
    named = sorted(rate, key=lambda finding: -rate[finding])
    return [*named, *([NONE] if NONE in total else [])]


def _leading(shown: dict[str, Bools], order: Sequence[str]) -> NDArray[np.object_]:
    """Return the finding in whose strata each ECG is; "" for ECGs that are in none."""
    n = len(next(iter(shown.values())))
    leading = np.full(n, "", dtype=object)
    for finding in reversed(order):
        leading[shown[finding]] = finding
    return leading


def _columns(asked: Sequence[Wanted], by: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*by, *(w.column for w in asked if w.column)]))


def _cells(levels: pd.DataFrame, columns: Sequence[str], inside: Bools) -> list[_Cell]:
    """Return the strata of a finding, the smallest first, since it has least to give."""
    if not inside.any():
        return []
    if not columns:
        return [_Cell({}, inside)]
    keys = [levels[column].fillna(UNKNOWN).to_numpy(dtype=object) for column in columns]
    place: dict[tuple[str, ...], list[int]] = {}
    for i in np.flatnonzero(inside).tolist():
        place.setdefault(tuple(str(key[i]) for key in keys), []).append(i)
    cells = []
    for group, at in sorted(place.items()):
        there = np.zeros(len(inside), dtype=bool)
        there[at] = True
        cells.append(_Cell(dict(zip(columns, group, strict=True)), there))
    return sorted(cells, key=lambda cell: int(cell.inside.sum()))


def _inside(cells: Sequence[_Cell], wanted: Wanted) -> Bools:
    """Return which strata of a finding lie in what is wanted."""
    return np.array([not wanted.column or cell.levels[wanted.column] == wanted.level for cell in cells], dtype=bool)


def _fits(pool: CasePool, wanted: Wanted, shown: dict[str, Bools]) -> Bools:
    fits = shown[wanted.finding]
    if wanted.column:
        fits = fits & (pool.levels[wanted.column].fillna(UNKNOWN) == wanted.level).to_numpy(dtype=bool)
    return np.asarray(fits)


def _draw(state: _Drawing, here: NDArray[np.intp], n: int, number: int) -> None:
    """Draw n patients of a stratum, and one ECG of each."""
    patients = np.unique(state.patient[here])
    chosen = np.sort(state.rng.choice(patients, size=n, replace=False)) if n else patients[:0]
    lots = state.rng.permutation(here)
    theirs = lots[np.isin(state.patient[lots], chosen)]
    ecgs = theirs[np.unique(state.patient[theirs], return_index=True)[1]]
    n_of_patient = np.bincount(state.patient[here], minlength=len(state.used))
    of = state.patient[ecgs]
    state.weight[ecgs] = n_of_patient[of] * len(patients) / max(n, 1) * state.passed[of]
    state.drawn[ecgs] = True
    state.stratum[ecgs] = number
    with np.errstate(divide="ignore"):
        state.passed[patients] /= 1 - n / max(len(patients), 1)
    state.used[chosen] = True


def _outcome(pool: CasePool, fits: Mapping[Wanted, Bools], state: _Drawing, strata: Sequence[Stratum]) -> CaseDraw:
    labels = np.array([stratum.label for stratum in strata], dtype=object)
    cases = pd.DataFrame(
        {
            "patient_id": pool.patient_id[state.drawn],
            STRATUM: labels[state.stratum[state.drawn]],
            WEIGHT: state.weight[state.drawn],
        },
        index=pool.patient_id.index[state.drawn],
    )
    answered = []
    for one, fit in fits.items():
        there, drawn = np.unique(state.patient[fit]), np.unique(state.patient[fit & state.drawn])
        taken = state.used[there].sum() - len(drawn)
        answered.append(Answered(wanted=one, n_eligible=len(there), n_drawn=len(drawn), n_taken=int(taken)))
    lost = state.n_out_of_reach
    return CaseDraw(cases=cases, strata=tuple(strata), answered=tuple(answered), n_out_of_reach=lost)


def _check_levels(pool: CasePool, wanted: Sequence[Wanted]) -> None:
    for one in wanted:
        if not one.column:
            continue
        there = sorted(pool.levels[one.column].fillna(UNKNOWN).unique())
        if one.level not in there:
            rule = f"one that the archive has of {one.column}"
            raise ArgumentError(WHO, f"level of --want {one.label}", rule, one.level, suggestion(one.level, there))


def _check_strata(pool: CasePool, wanted: Sequence[Wanted], by: Sequence[str], leading: NDArray[np.object_]) -> None:
    """Refuse more strata than ECGs: each stratum must give one, or no weight brings its ECGs back."""
    for whole in (w for w in wanted if not w.column):
        asked = [w for w in wanted if w.finding == whole.finding]
        inside = leading == whole.finding
        counts = {k: len(_cells(pool.levels, _columns(asked, by[:k]), inside)) for k in range(len(by), -1, -1)}
        if counts[len(by)] <= whole.n:
            continue
        works = next((k for k in counts if counts[k] <= whole.n), None)
        fewer = " ".join(f"--by {column}" for column in by[:works]) or "without --by"
        near = "" if works is None else f", or {fewer}"
        columns = ", ".join(_columns(asked, by))
        rule = f"{counts[len(by)]} or more, one for each of its strata by {columns}"
        remedy = f"The nearest plan that works: --want {whole.finding}={counts[len(by)]}{near}."
        raise ArgumentError(WHO, f"--want {whole.label}", rule, whole.n, remedy)
