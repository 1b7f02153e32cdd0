"""A share under every way to count undecided answers: how far apart the ways are, for whom."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from ecg_eval.domain.notes import COUNTED_AS
from ecg_eval.domain.reading import ANSWERS
from ecg_eval.domain.result import Block, Figure, Paragraph, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.figures import drawing
from ecg_eval.reports.reasons import Reasons
from ecg_eval.reports.view import Party, Shown, View, party_of

_POLICIES = ("absent", "present", "left out", "worst case", "best case")
_MARKS = {"absent": ("o", "white"), "present": ("o", drawing.BLUE), "left out": ("x", drawing.VERMILION)}
_LINES_AT_MOST = 28
_ROWS_AT_MOST = 6
_ROW_IN = 0.2

ByParty = dict[Party, dict[str, Shown]]


def policies_part(view: View, metric: str) -> list[Block]:
    """Return a sentence for each group, the picture and the table; nothing where nobody gave such an answer."""
    by_party = _by_party(view, metric)
    if not by_party:
        return []
    figure = _figure(view, metric, by_party)
    return [*_sentences(view, metric, by_party), *([figure] if figure else []), *_table(view, by_party)]


def _by_party(view: View, metric: str) -> ByParty:
    """Return the estimates of each reader and group in each arm, by policy."""
    by_party: ByParty = {}
    for row in view.under_policies(metric, view.overall):
        by_party.setdefault(party_of(row), {})[row.subgroup.partition(COUNTED_AS)[2]] = row
    return {party: by_party[party] for party in sorted(by_party, key=view.rank)}


def _sentences(view: View, metric: str, by_party: ByParty) -> list[Block]:
    """Say of every group, or of every reader where there is none, what lies between the two extreme cases."""
    heads = [party for party in by_party if party.is_group] or list(by_party)[:4]
    sentences = []
    for party in heads:
        worst, best = (by_party[party].get(case) for case in ("worst case", "best case"))
        if worst is None or best is None or worst.value is None or best.value is None:
            continue
        undecided, given = _counts(view, party, worst)
        sentences.append(
            view.words(
                f"policies.{metric}",
                who=numbers.capital(view.reader(party.reader, party.arm, form="sentence", is_group=party.is_group)),
                arm=view.words.arm(party.arm),
                undecided=numbers.count(undecided, view.words),
                given=numbers.count(given, view.words),
                answers=view.words(f"policies.of.{worst.subgroup.partition(COUNTED_AS)[0]}"),
                worst=numbers.per_hundred(worst.value, view.words),
                best=numbers.per_hundred(best.value, view.words),
            )
        )
    return [Paragraph(" ".join(sentences))] if sentences else []


def _counts(view: View, party: Party, row: Shown) -> tuple[int, int]:
    """Return how many readings of a party are undecided as a row's label says, and how many there are."""
    study = view.result.study
    readers = view.members(party.reader, party.arm) if party.is_group else [party.reader]
    places = list(study.places(readers, party.arm).values())
    answers = study.arrays.answers("reading")[places]
    codes = [ANSWERS.index(answer) for answer in row.subgroup.partition(COUNTED_AS)[0].split(" and ")]
    return int(np.isin(answers, codes).sum()), int((answers >= 0).sum())


def _figure(view: View, metric: str, by_party: ByParty) -> Figure | None:
    """Return a bar from the worst to the best case for each party, the other policies as marks on it."""
    words = view.words
    shown = {p: rows for p, rows in by_party.items() if any(row.value is not None for row in rows.values())}
    shown = dict(list(shown.items())[:_LINES_AT_MOST])
    if not shown:
        return None
    arms = len({party.arm for party in by_party}) > 1
    labels = [view.name(party, arms=arms) for party in shown]
    draw = partial(_drawn, view, metric, list(zip(labels, shown.values(), strict=True)))
    records = [
        {words("forest.what"): label} | _cells(view, rows) for label, rows in zip(labels, shown.values(), strict=True)
    ]
    return Figure(
        caption=words("policies.caption", metric=words.metric(metric)),
        draw=partial(draw, drawing.PAGE_WIDTH_IN),
        draw_narrow=partial(draw, drawing.NARROW_WIDTH_IN),
        frame=pd.DataFrame.from_records(records),
        alt=words("policies.alt", metric=words.metric(metric), n=len(shown)),
    )


def _drawn(view: View, metric: str, lines: Sequence[tuple[str, dict[str, Shown]]], width_in: float) -> str:
    """Return the bars as SVG."""
    words = view.words
    labels = [label for label, _ in lines]
    row_in = drawing.row_in(labels, width_in=width_in, least_in=_ROW_IN)
    with drawing.canvas(width_in, 1.05 + row_in * len(lines)) as figure:
        axes = figure.subplots()
        axes.grid(axis="x", color=drawing.LINE, linewidth=0.4)
        axes.set_axisbelow(True)
        for y, (_, rows) in enumerate(lines):
            ends = [x for case in ("worst case", "best case") if case in rows and (x := rows[case].value) is not None]
            if len(ends) == 2:
                axes.plot(ends, [y, y], color=drawing.SOFT, linewidth=3.5, alpha=0.45, solid_capstyle="butt", zorder=2)
            for policy, (marker, face) in _MARKS.items():
                if policy in rows and rows[policy].value is not None:
                    axes.plot(
                        [rows[policy].value or 0.0],
                        [y],
                        marker=marker,
                        markersize=4.5,
                        markerfacecolor=face,
                        markeredgecolor=drawing.VERMILION if marker == "x" else drawing.BLUE,
                        zorder=3,
                    )
        drawing.name_ticks(axes, labels, width_in=width_in)
        axes.set_ylim(len(lines) - 0.3, -0.7)
        axes.xaxis.set_major_formatter(drawing.ticks_in(words))
        axes.set_title(drawing.wrapped(words.metric(metric), width_in - 1.4, size_pt=8, bold=True))
        return drawing.svg_of(figure, f"question-{metric.replace('_', '-')}")


def _cells(view: View, rows: dict[str, Shown], reasons: Reasons | None = None) -> dict[str, str]:
    words = view.words
    cells = {}
    for policy in _POLICIES:
        row = rows.get(policy)
        text = words("none") if row is None else reasons.cell(row) if reasons else row.text(words)
        cells[words(f"policies.{policy}")] = text
    return cells


def _table(view: View, by_party: ByParty) -> list[Block]:
    """Return the groups' rows, and all of them to be unfolded where they are many."""
    words, arms = view.words, len({party.arm for party in by_party}) > 1
    groups = {party: rows for party, rows in by_party.items() if party.is_group}
    is_long = len(by_party) > _ROWS_AT_MOST and bool(groups)
    blocks: list[Block] = []
    for parties in (groups, by_party) if is_long else (by_party,):
        reasons, folds = Reasons(view), parties is by_party and is_long
        records = [
            {words("reader"): view.name(party, arms=arms)} | _cells(view, rows, reasons)
            for party, rows in parties.items()
        ]
        caption = words("policies.everybody" if folds else "policies.table", scope=words.finding(view.overall))
        blocks += [Table(caption, pd.DataFrame.from_records(records), folds=folds), *reasons.blocks()]
    return blocks
