"""Whether findings, difficulty and order are even: each count is the expected one, rounded up or down."""

from collections.abc import Iterator, Sequence

import pandas as pd

from ecg_eval.domain.reading import AIDED
from ecg_eval.planning.schedules.constraint import Constraint
from ecg_eval.planning.schedules.schedule import Schedule

_SAME = 1e-9
_MARKS = {"period": "P", "session": "S"}  # session 3 of period 2 is P2, S3, in either language
_HALVED = ("crossover", "half_and_half", "split_plot")


def balances(schedule: Schedule, rows: pd.DataFrame, firsts: pd.DataFrame) -> Iterator[Constraint]:
    """Yield the balances that a design can have."""
    design, columns = schedule.settings.design, schedule.balanced
    if design in _HALVED:
        yield uneven("arms_balanced", firsts, ["reader_id", "period"], "arm", columns)
        yield from _order(schedule, firsts)
    if design == "stepped_wedge":
        yield uneven("parts_balanced", firsts, ["reader_id"], "period", columns)
    if design == "split_plot":
        once = firsts.drop_duplicates("record_id")
        of_ecg = firsts.groupby("record_id")["reader_id"].agg(lambda who: "+".join(sorted(set(who))))
        yield uneven("parts_balanced", once.assign(block=once["record_id"].map(of_ecg)), [], "block", columns)
    if design == "parallel":
        people = schedule.readers.reset_index().astype({"reader_id": str})
        people["arm"] = people["reader_id"].map(firsts.drop_duplicates("reader_id").set_index("reader_id")["arm"])
        about = [c for c in ("practice_id", "kind") if people[c].notna().any()]
        yield uneven("arms_alike", people.fillna(dict.fromkeys(about, "")), [], "arm", about)
    per_ecg = rows.drop_duplicates(["reader_id", "session", "record_id"])
    yield uneven("sessions_balanced", per_ecg, ["reader_id", "period"], "session", columns)


def _order(schedule: Schedule, firsts: pd.DataFrame) -> Iterator[Constraint]:
    """Yield whether each reader, and each ECG over all readers, has either arm in period 1 equally often."""
    begun = firsts[firsts["period"] == firsts["period"].min()]
    for kind, column in (("order_balanced", "reader_id"), ("ecgs_balanced", "record_id")):
        helped = begun.assign(aided=begun["arm"] == AIDED).groupby(column)["aided"].agg(["sum", "count"])
        apart = (2 * helped["sum"] - helped["count"]).abs() > 1
        worst = [f"{name}: {helped.loc[name, 'sum']} / {helped.loc[name, 'count']}" for name in helped.index[apart]]
        yield Constraint(kind=kind, n_broken=int(apart.sum()), n=len(helped), worst="; ".join(worst[:3]))


def uneven(kind: str, rows: pd.DataFrame, group: Sequence[str], part: str, columns: Sequence[str]) -> Constraint:
    """Return in how many parts a level is not as frequent as its share asks, rounded up or down.

    Parameters
    ----------
    kind : str
        Of the constraint.
    rows : DataFrame
        One row a thing.
    group : sequence of str
        Columns within whose groups the parts are compared.
    part : str
        Column that names the parts.
    columns : sequence of str
        Columns whose levels are counted.
    """
    n_broken, n, worst, largest = 0, 0, "", 0.0
    named = rows[[*group, part]].astype(str)
    for column, mark in _MARKS.items():
        if column in named:
            named[column] = mark + named[column]
    keys = named[list(group)].agg(", ".join, axis=1) if group else pd.Series("", index=rows.index)
    for column in columns:
        counts = pd.crosstab([keys, named[part]], rows[column])
        owner = counts.index.get_level_values(0)
        size = counts.sum(axis=1)
        expected = counts.groupby(owner).transform("sum").mul(size / size.groupby(owner).transform("sum"), axis=0)
        off = (counts - expected).abs().to_numpy()
        wrong = off >= 1 - _SAME
        n_broken, n = n_broken + int(wrong.sum()), n + wrong.size
        if wrong.any() and off.max() > largest:
            largest = float(off.max())
            row, level = divmod(int(off.argmax()), off.shape[1])
            where = ", ".join(w for w in counts.index[row] if w)
            there, asked = counts.to_numpy()[row, level], expected.to_numpy()[row, level]
            value = str(counts.columns[level])
            worst = f"{where}, {column} = {value}: {int(there)} / {float(asked):.1f}"
    return Constraint(kind=kind, n_broken=n_broken, n=n, worst=worst)
