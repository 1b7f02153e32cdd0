"""The design of a study of an AI's help: recognised from who read what, how, in which period and order.

A design decides what may be compared: the same reader on the same ECGs, the same reader on other ECGs, other readers,
or what is left when the calendar has been taken out. It is worked out from the readings, because they were made as they
were made, whatever the protocol says; what the configuration declares is compared with it, and each breach is counted
and named (`breaches`).

========================  =============================================================  ==========================
design                    how it is recognised                                           what the effect of help is
========================  =============================================================  ==========================
crossed                   the same ECGs both ways, one arm first                         differences within ECGs
crossover                 the same ECGs both ways, either arm first                      differences within ECGs
sequential                the same ECG unaided, then at once with the AI shown           differences within ECGs
nested                    the same ECGs both ways, each reader's own ECGs                differences within ECGs
incomplete                most ECGs both ways, some in one arm only                      differences within ECGs
split_plot                the same ECGs both ways, blocks of readers with their own      the same, within blocks
half_and_half             each reader in both arms, no ECG twice                         differences within readers
parallel                  each reader in one arm                                         differences between readers
stepped_wedge             help comes in steps, period by period, and stays               a model with periods in it
========================  =============================================================  ==========================
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.arrays.reading_arrays import codes_of
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import ReaderStudy

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

PAIRED, BLOCKS, OWN_ECGS, ARMS, PERIODS = "paired", "blocks", "own_ecgs", "arms", "periods"
# design -> what its effect of help is made of
ANALYSES = {
    "crossed": PAIRED,
    "crossover": PAIRED,
    "sequential": PAIRED,
    "nested": PAIRED,
    "incomplete": PAIRED,
    "split_plot": BLOCKS,
    "half_and_half": OWN_ECGS,
    "parallel": ARMS,
    "stepped_wedge": PERIODS,
}
ONE_ARM = "one_arm"
ADJUSTABLE = ("period", "practice", "position", "experience")
# the most harmful first
BREACHES = (
    "design_not_declared",
    "ai_shown_unaided",
    "no_washout",
    "help_with_period",
    "help_taken_back",
    "mixed_period",
    "crossed_apart",
    "order_unbalanced",
    "arms_uneven",
)
FEW, MOST = 0.2, 0.8  # shares of readers or ECGs: below the first they are exceptions, above the second the rule
BALANCED = (0.4, 0.6)  # share of a reader's ECGs that a balanced crossover reads with help first
_ENOUGH = 10  # ECGs of a reader from which on a balance can be asked for


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One way in which readings depart from their design.

    Attributes
    ----------
    kind : str
        One of ``BREACHES``.
    reader, arm : str
        Where; empty where it is of all.
    count, of : int
        How many, of how many (the kind says what is counted).
    detail : str
        A word or two, such as the design that was declared.
    records : ndarray of bool (n_records,), or None
        The ECGs concerned.
    """

    kind: str
    reader: str = ""
    arm: str = ""
    count: int
    of: int
    detail: str = ""
    records: Bools | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """What a study's readings are.

    Attributes
    ----------
    name : str
        The design that the analysis follows: one of ``ANALYSES``, or "one_arm" where nobody read in the other arm.
    recognised : str
        The design that the readings show.
    blocks : ndarray of int (n_readers,)
        Block of each reader of the study: a chain of common ECGs joins the readers of a block.
    breaches : tuple of Breach
    """

    name: str
    recognised: str
    blocks: NDArray[np.intp]
    breaches: tuple[Breach, ...] = ()

    @property
    def analysis(self) -> str:
        """What the effect of help is made of: "paired", "blocks", "own_ecgs", "arms" or "periods"; "" for one arm."""
        return ANALYSES.get(self.name, "")


def design_of(study: ReaderStudy) -> Design:
    """Return the design of a study, recognised once and compared with the declared one.

    The declared design is followed where the readings allow it, so that a few departures do not change the analysis
    that was planned; where they do not (no ECG was read both ways, say), the recognised one is.
    """
    return study.once(("design",), lambda: _design(study))


def _design(study: ReaderStudy) -> Design:
    helped = any(arm == AIDED for _, arm in study.reader_arms)
    if not helped and study.declared_design == "auto" and "ai_reading" not in study.arrays.columns:
        nobody = np.zeros(len(study.readers), dtype=np.intp)  # programs alone, or people without an AI: nothing to find
        return Design(name=ONE_ARM, recognised=ONE_ARM, blocks=nobody)
    reads = _Reads(study)
    recognised = reads.name()
    declared = study.declared_design
    follow = declared in ANALYSES and reads.allows(declared)
    name = declared if follow else recognised
    return Design(
        name=name,
        recognised=recognised,
        blocks=reads.blocks_of_all,
        breaches=tuple(reads.breaches(name, recognised)),
    )


def first_of(study: ReaderStudy, column: str) -> Floats:
    """Return the period, session or position in which each reader first read each ECG, NaN unread.

    Parameters
    ----------
    study : ReaderStudy
    column : str
        "period", "session" or "position".

    Returns
    -------
    ndarray, shape (n_reader_arms, n_records)
    """
    return study.once(("first_of", column), lambda: _first_of(study, column))


def _first_of(study: ReaderStudy, column: str) -> Floats:
    table, shape = study.readings, (len(study.reader_arms), len(study.records))
    readers = codes_of(table["reader_id"], study.readers.index)
    arms = table["arm"].astype("category")
    names = list(arms.cat.categories)
    places = np.array(
        [[-1 if (p := study.place(r, a)) is None else p for a in names] for r in study.readers.index], dtype=np.int64
    ).reshape(len(study.readers), len(names))
    record = codes_of(table["record_id"], study.records.index)
    place = places[readers, arms.cat.codes.to_numpy()]
    values = table[column].to_numpy(dtype=np.float64, na_value=np.nan)
    here = (place >= 0) & (record >= 0) & ~np.isnan(values)
    first = np.full(shape, np.inf)
    np.minimum.at(first, (place[here], record[here]), values[here])
    return np.where(np.isinf(first), np.nan, first)


class _Reads:
    """Which ECGs each person read with and without help, and when: arrays (n_people, n_records)."""

    def __init__(self, study: ReaderStudy) -> None:
        self.study = study
        self.people = [str(r) for r in study.readers.index if study.is_human(r)]
        given: Bools = np.asarray(study.arrays.given.any(axis=1), dtype=bool)
        period, position = (first_of(study, column) for column in ("period", "position"))
        here = given.astype(np.float64)
        self.aided, self.unaided = (np.asarray(self._of(here, arm, 0.0) > 0) for arm in (AIDED, UNAIDED))
        self.period = {arm: self._of(period, arm, np.nan) for arm in (AIDED, UNAIDED)}
        self.position = {arm: self._of(position, arm, np.nan) for arm in (AIDED, UNAIDED)}

    def _of(self, values: Floats, arm: str, none: float) -> Floats:
        """Return the rows of all people in an arm."""
        table = np.full((len(self.people), len(self.study.records)), none)
        for i, reader in enumerate(self.people):
            place = self.study.place(reader, arm)
            if place is not None:
                table[i] = values[place]
        return table

    @cached_property
    def twice(self) -> Bools:
        return np.asarray(self.aided & self.unaided)

    @cached_property
    def either(self) -> Bools:
        return np.asarray(self.aided | self.unaided)

    @cached_property
    def in_both(self) -> Bools:
        """Which people read in both arms."""
        return np.asarray(self.aided.any(axis=1) & self.unaided.any(axis=1))

    @cached_property
    def blocks(self) -> NDArray[np.intp]:
        """Return the block of each person, (n_people,)."""
        if not self.people:
            return np.zeros(0, dtype=np.intp)
        read = self.either.astype(np.float64)
        joined = (read @ read.T > 0) | np.eye(len(read), dtype=bool)
        while True:  # a friend of a friend, until there are no more
            further = joined.astype(np.float64) @ joined.astype(np.float64) > 0
            if (further == joined).all():
                return np.unique(joined.argmax(axis=1), return_inverse=True)[1].astype(np.intp)
            joined = further

    @cached_property
    def blocks_of_all(self) -> NDArray[np.intp]:
        """Return the block of each reader of the study; programs are in block 0."""
        block = dict(zip(self.people, self.blocks.tolist(), strict=True))
        return np.array([block.get(str(reader), 0) for reader in self.study.readers.index], dtype=np.intp)

    def name(self) -> str:
        """Return the design that the readings show."""
        if not (self.aided.any() and self.unaided.any()):
            return ONE_ARM
        reading = self.either.any(axis=1)
        if self.in_both.sum() <= FEW * reading.sum():
            return "parallel"
        both = self.in_both
        twice, either = self.twice[both].sum(), self.either[both].sum()
        # of the ECGs of the smaller arm, so that a few that were read again with help are still read both ways
        if twice <= FEW * min(self.aided[both].sum(), self.unaided[both].sum()):
            return "stepped_wedge" if self._in_steps() else "half_and_half"
        return self._paired(both) if twice >= MOST * either else "incomplete"

    def _paired(self, both: Bools) -> str:
        n_blocks, n_people = len(np.unique(self.blocks[both])), int(both.sum())
        if n_blocks > 1:
            return "nested" if n_blocks == n_people else "split_plot"
        if self._at_once()[both].sum() > 0.5 * self.twice[both].sum():
            return "sequential"
        aided_first = self._aided_first()[both].sum() / self.twice[both].sum()
        return "crossover" if FEW < aided_first < MOST else "crossed"

    def _at_once(self) -> Bools:
        """Return which ECGs were read both ways one right after the other."""
        a, u = self.position[AIDED], self.position[UNAIDED]
        return np.asarray((self.period[AIDED] == self.period[UNAIDED]) & ((a == u) | (a == u + 1)) & self.twice)

    def _aided_first(self) -> Bools:
        p, q = self.period, self.position
        earlier = (p[AIDED] < p[UNAIDED]) | ((p[AIDED] == p[UNAIDED]) & (q[AIDED] < q[UNAIDED]))
        return np.asarray(earlier & self.twice)

    @cached_property
    def shares_aided(self) -> tuple[Floats, Floats]:
        """Return each person's share of readings with help by period, NaN for none (n_people, n_periods); periods."""
        stacked = np.concatenate([self.period[arm].ravel() for arm in (AIDED, UNAIDED)])
        periods = np.unique(stacked[~np.isnan(stacked)])
        with_help, without = (
            np.stack([(self.period[arm] == p).sum(axis=1) for p in periods], axis=1) for arm in (AIDED, UNAIDED)
        )
        n = with_help + without
        return np.divide(with_help, n, out=np.full(n.shape, np.nan), where=n > 0), periods

    @cached_property
    def steps(self) -> Floats:
        """Return the first period that each person read mostly with help; infinity for none."""
        share, periods = self.shares_aided
        mostly = np.nan_to_num(share) > 0.5
        return np.where(mostly.any(axis=1), periods[mostly.argmax(axis=1)], np.inf)

    def _in_steps(self) -> bool:
        """Whether help comes period by period and stays, at different times for different people."""
        share, periods = self.shares_aided
        is_read = ~np.isnan(share)
        clear = is_read & ((share <= FEW) | (share >= MOST))
        after = periods[None, :] >= self.steps[:, None]
        in_step = is_read & ((share > 0.5) == after)
        most = MOST * is_read.sum()
        return bool(
            len(periods) > 1
            and clear.sum() >= most
            and in_step.sum() >= most
            and len(np.unique(self.steps[self.in_both])) > 1
        )

    def allows(self, design: str) -> bool:
        """Whether the readings can be analysed as those of a design."""
        analysis = ANALYSES[design]
        if analysis in (PAIRED, BLOCKS):
            return bool(self.twice.any()) and (analysis == PAIRED or 1 < len(np.unique(self.blocks)) < len(self.people))
        if analysis == ARMS:
            return bool(
                (self.aided.any(axis=1) & ~self.in_both).any() and (self.unaided.any(axis=1) & ~self.in_both).any()
            )
        if analysis == PERIODS:
            return len(self.shares_aided[1]) > 1 and bool(self.aided.any() and self.unaided.any())
        return bool(self.in_both.any())

    def breaches(self, name: str, recognised: str) -> Iterator[Breach]:
        """Yield every departure from a design."""
        declared = self.study.declared_design
        if declared not in ("auto", recognised):
            detail = f"{declared} / {recognised}"
            yield Breach(kind="design_not_declared", count=len(self.people), of=len(self.people), detail=detail)
        yield from self._shown_unaided()
        if recognised == ONE_ARM:
            return
        if ANALYSES[name] in (PAIRED, BLOCKS) and name != "sequential":
            yield from self._without_washout()
        if name == "crossover":
            yield from self._unbalanced()
        elif name == "parallel":
            yield from self._uneven()
        elif name == "half_and_half":
            yield from self._with_period()
        elif name == "stepped_wedge":
            yield from self._out_of_step()

    def _shown_unaided(self) -> Iterator[Breach]:
        shown: Bools = np.asarray((~np.isnan(self.study.cube("ai_calls"))).any(axis=1), dtype=bool)
        for i, reader in enumerate(self.people):
            place = self.study.place(reader, UNAIDED)
            if place is not None and shown[place].any():
                n, of = int(shown[place].sum()), int(self.unaided[i].sum())
                yield Breach(
                    kind="ai_shown_unaided",
                    reader=reader,
                    arm=UNAIDED,
                    count=n,
                    of=of,
                    records=np.asarray(shown[place]),
                )

    def _without_washout(self) -> Iterator[Breach]:
        """Find ECGs that somebody read both ways in one period, where periods are told at all."""
        if len(self.shares_aided[1]) < 2:
            return
        same = (self.period[AIDED] == self.period[UNAIDED]) & self.twice
        for reader, one, twice in zip(self.people, same, self.twice, strict=True):
            if one.any():
                yield Breach(kind="no_washout", reader=reader, count=int(one.sum()), of=int(twice.sum()), records=one)

    def _unbalanced(self) -> Iterator[Breach]:
        for reader, first, twice in zip(self.people, self._aided_first(), self.twice, strict=True):
            n, of = int(first.sum()), int(twice.sum())
            if of >= _ENOUGH and not BALANCED[0] <= n / of <= BALANCED[1]:
                yield Breach(kind="order_unbalanced", reader=reader, count=n, of=of)

    def _uneven(self) -> Iterator[Breach]:
        with_help = int((self.aided.any(axis=1) & ~self.in_both).sum())
        without = int((self.unaided.any(axis=1) & ~self.in_both).sum())
        if abs(with_help - without) > 1:
            yield Breach(kind="arms_uneven", count=with_help, of=with_help + without)
        for reader, both, aided, either in zip(self.people, self.in_both, self.aided, self.either, strict=True):
            if both:
                n, of = int(aided.sum()), int(either.sum())
                yield Breach(kind="mixed_period", reader=reader, count=min(n, of - n), of=of)

    def _with_period(self) -> Iterator[Breach]:
        share, periods = self.shares_aided
        is_read = ~np.isnan(share)
        if len(periods) > 1 and ((share[is_read] <= FEW) | (share[is_read] >= MOST)).all():
            yield Breach(kind="help_with_period", count=int(self.in_both.sum()), of=len(self.people))

    def _out_of_step(self) -> Iterator[Breach]:
        """Find people who lost help again, periods with both arms, and practices whose people crossed apart."""
        share, periods = self.shares_aided
        for i, reader in enumerate(self.people):
            back = (self.period[UNAIDED][i] > self.steps[i]) & self.unaided[i]
            mixed = (share[i] > 0) & (share[i] < 1)
            if back.any():
                yield Breach(
                    kind="help_taken_back",
                    reader=reader,
                    count=int(back.sum()),
                    of=int(self.unaided[i].sum()),
                    records=back,
                )
            elif mixed.any():
                n = int(sum(min((self.period[arm][i] == p).sum() for arm in (AIDED, UNAIDED)) for p in periods[mixed]))
                yield Breach(kind="mixed_period", reader=reader, count=n, of=int(self.either[i].sum()))
        practices = self.study.readers["practice_id"].reindex(self.people).fillna("").to_numpy(dtype=object)
        for practice in dict.fromkeys(p for p in practices if p):
            members = np.flatnonzero(practices == practice)
            steps, counts = np.unique(self.steps[members], return_counts=True)
            usual = steps[counts.argmax()]
            for i in members[self.steps[members] != usual]:
                detail = str(practice)
                yield Breach(kind="crossed_apart", reader=self.people[i], count=1, of=len(members), detail=detail)
