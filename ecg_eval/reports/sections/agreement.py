"""Who agrees with whom: machines with people beside people with one another, pair by pair, and groups as a whole."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Paragraph, StudyResult, Table
from ecg_eval.reports.figures import agreement_figure, beside_figure
from ecg_eval.reports.figures.agreement import group_sides, paired_metrics, side_name
from ecg_eval.reports.reasons import Reasons
from ecg_eval.reports.view import Shown, View, look

_PAIRS_AT_MOST = 21  # seven readers; beyond that the matrix shows more than a table of pairs


class Agreement(Section):
    """Agreement between readers, which needs no reference."""

    title: ClassVar[dict[str, str]] = {"en": "Agreement between readers", "fr": "Accord entre lecteurs"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return machines beside people, the matrix of every pair, pairs one by one, and group coefficients."""
        view = look(result, language)
        family = view.answering("agreement")
        paired = paired_metrics(view)
        rows = [row for m in family for row in view.of(m)]
        if not rows:
            return []
        blocks: list[Block] = [Paragraph(view.words("agreement.reading"))]
        blocks += _pictures(view, paired)
        return [*blocks, *_pairs(view, paired), *_groups(view, [m for m in family if m not in paired])]


def _pictures(view: View, metrics: list[str]) -> list[Block]:
    """Return the first coefficient in pictures, of the first arm that machines and people share, and all as means."""
    if not metrics:
        return []
    arms = list(dict.fromkeys(row.arm for row in view.of(metrics[0]) if row.compared_with))
    pictures = [
        draw(view.result, metric=metrics[0], arm=arms[0], language=view.language)
        for draw in (beside_figure, agreement_figure)
    ]
    beside, matrix = ([figure] if figure is not None else [] for figure in pictures)
    return [*beside, *_means(view, metrics, arms), *matrix]


def _means(view: View, metrics: list[str], arms: list[str]) -> list[Block]:
    """Return every pairwise coefficient of groups: people among one another beside each machine with people."""
    words, reasons = view.words, Reasons(view)
    sides = {(m, arm): group_sides(view, m, arm, view.overall) for m in metrics for arm in arms}
    rows = list(dict.fromkeys((side, arm) for (_, arm), by_side in sides.items() for side in by_side))
    several = len(arms) > 1
    records = [
        {words("agreement.between"): side_name(view, side) + (f", {words.arm(arm)}" if several else "")}
        | {words.metric(m, short=True): reasons.cell(sides[m, arm].get(side)) for m in metrics}
        for side, arm in rows
    ]
    caption = words("agreement.means", scope=words.finding(view.overall))
    return [Table(caption, pd.DataFrame.from_records(records)), *reasons.blocks()] if records else []


def _pairs(view: View, metrics: list[str]) -> list[Block]:
    """Return the pairs one by one with their intervals; only those with a machine where there are many."""
    by_pair: dict[tuple[str, str, str], dict[str, Shown]] = {}
    for metric in metrics:
        for row in view.of(metric, finding=view.overall):
            if row.compared_with and not row.with_group:
                by_pair.setdefault((row.reader, row.compared_with, row.arm), {})[metric] = row
    chosen = list(by_pair)
    if len(chosen) > _PAIRS_AT_MOST:
        mixed = [p for p in chosen if view.is_machine(p[0]) != view.is_machine(p[1])]
        chosen = [p for p in mixed if not any(view.is_trivial(reader) for reader in p[:2])][:_PAIRS_AT_MOST]
    if not chosen:
        return []
    words, reasons = view.words, Reasons(view)
    arms = len({p[2] for p in chosen}) > 1
    records = []
    for first, second, arm in chosen:
        pair = words("agreement.pair", first=view.reader(first), second=view.reader(second))
        name = f"{pair}, {words.arm(arm)}" if arms else pair
        rows = by_pair[first, second, arm]
        records.append(
            {words("agreement.readers"): name}
            | {words.metric(m, short=True): reasons.cell(rows.get(m)) for m in metrics}
        )
    key = "agreement.pairs" if len(chosen) == len(by_pair) else "agreement.pairs.some"
    caption = words(key, scope=words.finding(view.overall), n=len(by_pair))
    return [Table(caption, pd.DataFrame.from_records(records), folds=True, sorts=True), *reasons.blocks()]


def _groups(view: View, metrics: list[str]) -> list[Block]:
    """Return coefficients of whole groups: a table a group, one row a finding, one column a coefficient and arm."""
    blocks: list[Block] = []
    words = view.words
    for reader in dict.fromkeys(row.reader for m in metrics for row in view.of(m)):
        reasons = Reasons(view)
        rows = {(r.metric, r.arm, r.finding): r for m in metrics for r in view.of(m, reader=reader)}
        arms = dict.fromkeys(arm for _, arm, _ in rows)
        named = {arm: view.reader(reader, arm, is_group=True) for arm in arms}
        alike = len(set(named.values())) == 1
        headings = {arm: words.arm(arm) if alike else f"{words.arm(arm)}, {named[arm]}" for arm in arms}
        columns = {
            (m, arm): words.metric(m, short=True) + (f", {headings[arm]}" if len(arms) > 1 else "")
            for m in metrics
            for arm in arms
        }
        records = [
            {words("finding"): words.finding(finding)}
            | {column: reasons.cell(rows.get((*key, finding))) for key, column in columns.items()}
            for finding in view.findings_of(metrics)
        ]
        caption = words(
            "agreement.groups", group=named[next(iter(arms))] if alike else view.reader(reader, is_group=True)
        )
        blocks += [Table(caption, pd.DataFrame.from_records(records), folds=True), *reasons.blocks()]
    return blocks
