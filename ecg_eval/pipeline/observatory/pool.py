"""`ecg-eval pool`: the files of several studies in, tables and a page in two languages out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from ecg_eval.domain.facts.pooled import Drift, PooledNumber, Pooling
from ecg_eval.pipeline.observatory.drift import drifts_of
from ecg_eval.pipeline.observatory.gather import questions_of, read_summaries, without_repeats
from ecg_eval.pipeline.observatory.pooling import pooled_numbers
from ecg_eval.pipeline.pages import write_pages
from ecg_eval.storage.atomic import write_atomically

LANGUAGES = ("en", "fr")


@dataclass(frozen=True, kw_only=True)
class PoolOutcome:
    """What pooling left.

    Attributes
    ----------
    pooling : Pooling
    tables, pages : tuple of Path
    """

    pooling: Pooling
    tables: tuple[Path, ...]
    pages: tuple[Path, ...]


def pool_files(paths: Sequence[Path], *, out: Path, level: float = 0.95) -> PoolOutcome:
    """Pool the studies of some files, and write what they say together into a folder.

    Raises
    ------
    ProblemsError
        Naming each file that is no file of an observatory.
    """
    from ecg_eval.reports.pooled_page import render_pooling

    pooling = pool_studies(paths, level=level)
    out.mkdir(parents=True, exist_ok=True)
    frames = {
        "pooled.csv": numbers_table(pooling.numbers),
        "pooled_studies.csv": studies_table(pooling.numbers),
        "pooled_drift.csv": drift_table(pooling.drifts),
    }
    for name, frame in frames.items():
        write_atomically(out / name, frame.to_csv(index=False, lineterminator="\n"))
    pages = write_pages(out, "pooled", LANGUAGES, partial(render_pooling, pooling))
    return PoolOutcome(pooling=pooling, tables=tuple(out / name for name in frames), pages=pages)


def pool_studies(paths: Sequence[Path], *, level: float = 0.95) -> Pooling:
    """Return what the studies of some files say together."""
    summaries, refused = without_repeats(read_summaries(paths), paths)
    entries = questions_of(summaries)
    return Pooling(
        studies=tuple((s.study, s.dataset, s.design, s.ecgs, s.simulated) for s in summaries),
        numbers=tuple(pooled_numbers(entries, level)),
        drifts=tuple(drifts_of(entries, level)),
        refused=tuple(refused),
        level=level,
    )


def numbers_table(numbers: Sequence[PooledNumber]) -> pd.DataFrame:
    """Return one row a pooled number."""
    columns = [
        *(
            "quantity",
            "reader",
            "is_software",
            "beside",
            "arm",
            "finding",
            "studies",
            "withheld",
            "value",
            "low",
            "high",
        ),
        *("prediction_low", "prediction_high", "tau", "i_squared", "q", "q_df", "q_p", "method", "notes", "reason"),
    ]
    rows = [
        (
            *_question(n),
            len(n.studies),
            n.withheld,
            n.estimate.value,
            n.estimate.low,
            n.estimate.high,
            n.prediction_low,
            n.prediction_high,
            n.tau,
            n.i_squared,
            n.heterogeneity.value,
            n.heterogeneity.df,
            n.heterogeneity.p_value,
            n.estimate.method,
            " ".join(n.notes),
            n.estimate.reason or "",
        )
        for n in numbers
    ]
    return pd.DataFrame(rows, columns=columns)


def studies_table(numbers: Sequence[PooledNumber]) -> pd.DataFrame:
    """Return one row a study and number, as it entered."""
    columns = [
        *("quantity", "reader", "is_software", "beside", "arm", "finding", "study", "version", "period"),
        *("value", "low", "high", "cases", "weight"),
    ]
    rows = [
        (*_question(n), s.study, s.software_version, s.period, s.value, s.low, s.high, s.cases, s.weight)
        for n in numbers
        for s in n.studies
    ]
    return pd.DataFrame(rows, columns=columns)


def drift_table(drifts: Sequence[Drift]) -> pd.DataFrame:
    """Return one row a test of a moderator, and one a version beside it."""
    columns = [
        *("quantity", "reader", "is_software", "beside", "arm", "finding", "moderator", "version", "studies"),
        *("value", "low", "high", "statistic", "df", "df_denominator", "p_value", "p_adjusted", "method", "reason"),
    ]
    rows: list[tuple[object, ...]] = []
    for d in drifts:
        shown = d.slope if d.slope is not None else d.test
        rows.append(
            (
                *_question(d),
                d.moderator,
                "",
                d.test.n,
                shown.value if d.slope is not None else None,
                shown.low,
                shown.high,
                d.test.statistic,
                d.test.df,
                d.test.df_denominator,
                d.test.p_value,
                d.test.p_adjusted,
                d.test.method,
                (d.test.reason or "") if d.test.value is None else "",
            )
        )
        rows += [
            (*_question(d), d.moderator, v, n, e.value, e.low, e.high, *(None,) * 5, e.method, "")
            for v, n, e in d.by_version
        ]
    return pd.DataFrame(rows, columns=columns)


def _question(of: PooledNumber | Drift) -> tuple[str, str, bool, str, str, str]:
    q = of.question
    return (q.quantity, q.reader, q.is_software, q.beside, q.arm, q.finding)


def pooled_lines(outcome: PoolOutcome) -> list[str]:
    """Say what was pooled, for the console."""
    from ecg_eval.reports.pooled_page import said_lines

    several = [n for n in outcome.pooling.numbers if len(n.studies) > 1]
    lines = [
        *said_lines(outcome.pooling),
        f"{len(outcome.pooling.studies)} file(s), {len(several)} numbers pooled over two studies or more.",
    ]
    for n in several[:12]:
        q, e = n.question, n.estimate
        who = " beside ".join(part for part in (q.reader, q.beside) if part)
        i2 = "" if n.i_squared is None else f", I2 {100 * n.i_squared:.0f} %"
        lines.append(
            f"  {q.finding}, {who}, {q.arm}: {q.quantity} {e.value:.3f} ({e.low:.3f} to {e.high:.3f}), "
            f"{len(n.studies)} studies{i2}"
        )
    if len(several) > 12:
        lines.append(f"  and {len(several) - 12} more.")
    lines += [f"Page:  {page}" for page in outcome.pages]
    lines += [f"Table: {table}" for table in outcome.tables]
    return lines
