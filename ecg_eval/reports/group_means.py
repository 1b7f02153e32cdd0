"""What stands beside a mean over readers: the same without one of them, and on the ECGs that all of them read."""

import pandas as pd

from ecg_eval.domain.notes import READ_BY_ALL, WITHOUT
from ecg_eval.domain.result import Block, Table
from ecg_eval.reports.view import Party, Shown, View


def beside_means(view: View, metrics: list[str], finding: str, parties: list[Party]) -> list[Block]:
    """Return one row a group and metric; nothing where no mean has anything beside it."""
    records = [
        record
        for party in parties
        if party.is_group
        for metric in metrics
        if (record := _record(view, metric, party, finding)) is not None
    ]
    if not records:
        return []
    frame = pd.DataFrame.from_records(records).fillna(view.words("none"))
    return [Table(view.words("group_means.caption", scope=view.words.finding(finding)), frame)]


def _record(view: View, metric: str, party: Party, finding: str) -> dict[str, str] | None:
    words, mean = view.words, view.one(metric, party, finding)
    rows = [row for row in view.beside(metric, party, finding) if row.value is not None]
    left = sorted((row for row in rows if row.subgroup.startswith(f"{WITHOUT} ")), key=lambda row: row.value or 0.0)
    common = [row for row in rows if row.subgroup.startswith(READ_BY_ALL)]
    if mean is None or mean.value is None or not (left or common):
        return None
    record = {
        words("reader"): view.name(party, arms=view.has_aided),
        words("methods.metric"): words.metric(metric, short=True),
        words("group_means.mean"): mean.text(words, signed=view.is_signed(metric)),
    }
    if left:
        record[words("group_means.lowest")] = _without(view, left[0])
        record[words("group_means.highest")] = _without(view, left[-1])
    if common:
        record[words("group_means.common")] = common[0].text(words, signed=view.is_signed(metric))
    return record


def _without(view: View, row: Shown) -> str:
    """Return a mean and the reader whom it leaves out: "0.63, without anna"."""
    text = row._replace(low=None, high=None).text(view.words, signed=view.is_signed(row.metric))
    return view.words("group_means.without", value=text, reader=row.subgroup.removeprefix(f"{WITHOUT} "))
