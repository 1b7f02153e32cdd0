"""A schedule in words, English and French: what it asks of whom, which constraints hold, and how even it is."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ecg_eval.planning.schedules.constraint import Constraint
from ecg_eval.planning.schedules.schedule import Schedule
from ecg_eval.planning.text_table import aligned
from ecg_eval.planning.wordings import Wordings, Words

WORDS = Wordings(Path(__file__).with_name("words.csv"))


def schedule_text(schedule: Schedule, constraints: Sequence[Constraint], language: str = "en") -> str:
    """Return the summary of a schedule.

    Parameters
    ----------
    schedule : Schedule
    constraints : sequence of Constraint
        As ``check_schedule`` returns them.
    language : {"en", "fr"}
    """
    words = WORDS.of(language)
    parts = [_head(schedule, words), _constraint_lines(constraints, language)]
    parts.append(_balance_lines(schedule, words) if schedule.balanced else words("nothing"))
    if schedule.not_balanced:
        parts.append(words("not_balanced", columns=", ".join(schedule.not_balanced)))
    return "\n\n".join(parts)


def balance_table(schedule: Schedule) -> pd.DataFrame:
    """Return how many ECGs of each value every reader reads in each period and arm, repeats aside.

    Returns
    -------
    DataFrame
        `reader_id`, `period`, `arm`, `column`, `value`, `ecgs`; all ECGs together have a blank column and value.
    """
    about = schedule.key[["blinded_id", "repeat_of", *schedule.balanced]]
    rows = schedule.table.merge(about, on="blinded_id")
    rows = rows[rows["repeat_of"] == ""]
    where = ["reader_id", "period", "arm"]
    parts = [rows.groupby(where).size().rename("ecgs").reset_index().assign(column="", value="")]
    for column in schedule.balanced:
        counts = pd.crosstab([rows[name] for name in where], rows[column]).reset_index()
        parts.append(counts.melt(where, var_name="value", value_name="ecgs").assign(column=column))
    return pd.concat(parts, ignore_index=True)[[*where, "column", "value", "ecgs"]]


def _head(schedule: Schedule, words: Words) -> str:
    table, settings = schedule.table, schedule.settings
    dates = sorted(d for d in table["date"].astype(str) if d)
    days = words("days", last=int(table["day"].max()))
    text = words(
        "head",
        readers=words.count("reader", table["reader_id"].nunique()),
        ecgs=words.count("ecg", schedule.key["record_id"].nunique()),
        design=words(f"design.{settings.design}"),
        readings=words.count("reading", len(table)),
        sessions=words.count("session", len(table[["reader_id", "session"]].drop_duplicates())),
        most=words.count("ecg", settings.ecgs_a_session),
        when=words("dates", first=words.date(dates[0]), last=words.date(dates[-1])) if dates else days,
    )
    repeats = words("repeats", repeats=words.count("ecg", settings.repeats)) if settings.repeats else ""
    return f"{text} {repeats}".strip()


def _constraint_lines(constraints: Sequence[Constraint], language: str) -> str:
    words = WORDS.of(language)
    rows = [(_verdict(c, words), constraint_sentence(c, language)) for c in constraints]
    width = max((len(verdict) for verdict, _ in rows), default=0)
    return "\n".join([words("checked"), *(f"  {verdict:<{width}}  {sentence}" for verdict, sentence in rows)])


def _verdict(constraint: Constraint, words: Words) -> str:
    return words("holds" if constraint.holds else "broken" if constraint.is_strict else "relaxed")


def constraint_sentence(constraint: Constraint, language: str = "en") -> str:
    """Return what a constraint asks, and how often it does not hold, with the first or worst places."""
    words = WORDS.of(language)
    asked = words(f"constraint.{constraint.kind}")
    if constraint.holds:
        return words("all", asked=asked, n=constraint.n)
    worst = constraint.worst
    if constraint.kind == "washout":
        worst = words("washout_days", days=worst)
    sentence = words("of", asked=asked, n_broken=constraint.n_broken, n=constraint.n)
    return sentence + (f" ({worst})" if worst else "")


def _balance_lines(schedule: Schedule, words: Words) -> str:
    """Return the table of counts, the fewest and the most over readers."""
    table = balance_table(schedule)
    spread = table.groupby(["column", "value", "period", "arm"])["ecgs"].agg(["min", "max"]).reset_index()
    spread["column"] = pd.Categorical(spread["column"], ["", *schedule.balanced])
    heads = spread[["period", "arm"]].drop_duplicates().sort_values(["period", "arm"], ascending=[True, False])
    columns = [(int(p), str(a)) for p, a in heads.itertuples(index=False)]
    names = [words("period_arm", period=p, arm=words(a)) for p, a in columns]
    rows = [["", *names]]
    for (column, value), part in spread.groupby(["column", "value"], sort=True, observed=True):
        cells = part.set_index(["period", "arm"])
        texts = [_spread(cells, at, words) for at in columns]
        rows.append([f"{column} = {value}" if column else words("ecgs"), *texts])
    lines = [f"  {line}" for line in aligned(rows).splitlines()]
    return "\n".join([words("balance"), *lines])


def _spread(cells: pd.DataFrame, at: tuple[int, str], words: Words) -> str:
    if at not in cells.index:
        return "-"
    low, high = cells[["min", "max"]].to_numpy(dtype=int)[cells.index.get_loc(at)].tolist()
    return str(low) if low == high else words("to", low=low, high=high)
