"""Which columns answer which question: views of a store's table of runs, as its own menu "Views" keeps them.

MLflow shows no metric of a run until somebody picks columns one by one, and the first ten runs in its charts. A view
has columns, order, filter and charts for one question; it is a tag of the experiment, where MLflow's "Save as new view"
puts it too (newer versions as an envelope, older ones as the state alone; ours is read as both). A view is made of what
was logged, and leaves out what was not.
"""

import base64
import json
import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.reading import is_human_kind
from ecg_eval.tracking.log_run import READER_KIND, LogRun

TAG = "mlflow.sharedViewState."  # of an experiment, before a view's key
DESCRIPTION_MARK = "<!-- made by ecg_eval -->"  # by which a description of ours is known from a person's
OPENING = "ecg-eval-best"  # key of the view to begin with
_FINDINGS_AT_MOST = 12
_SETTINGS_AT_MOST = 8
_FIRST, _LAST = ("attributes.`Run Name`",), ("attributes.`Duration`",)
_LETTER_PX, _AROUND_PX, _LEAST_PX = 7.4, 30, 100  # of a column's heading
_WIDTHS_PX = {"attributes.`Run Name`": 190, "attributes.`Dataset`": 230, "runDateAndNestInfo": 130}


@dataclass(frozen=True, kw_only=True)
class LogView:
    """One question put to a table of runs.

    Attributes
    ----------
    key : str
        By which an address opens it.
    name : str
        In the menu, in the order of which names begin.
    columns : tuple of str
        Of the table, left to right, as MLflow calls them.
    order_by : str
        Column, or "attributes.start_time".
    rises : bool
        Whether the smallest comes first.
    only : str
        Filter of runs; empty for all.
    charts : str
        Pattern of the metrics that are drawn; empty for all.
    """

    key: str
    name: str
    columns: tuple[str, ...]
    order_by: str = "attributes.start_time"
    rises: bool = False
    only: str = ""
    charts: str = ""

    def state(self) -> dict[str, object]:
        """Return the view as MLflow's page holds it."""
        columns = [*_FIRST, *self.columns, *_LAST]
        widths = {column: max(_LEAST_PX, round(_AROUND_PX + _LETTER_PX * len(_name(column)))) for column in columns}
        if self.order_by in widths:
            widths[self.order_by] += 24  # the arrow
        return {
            "selectedColumns": list(self.columns),
            "columnOrder": columns,
            "columnWidths": widths | _WIDTHS_PX,
            "runsHiddenMode": "SHOW_ALL",
            "orderByKey": self.order_by,
            "orderByAsc": self.rises,
            "searchFilter": self.only,
            "chartsSearchFilter": self.charts,
        }


def views_of(items: Sequence[LogRun]) -> list[LogView]:
    """Return the views of what was logged, one a question, then one a finding; none where there are no metrics.

    Parameters
    ----------
    items : sequence of LogRun
    """
    logged = _Logged.of(items)
    made = [view for view in _questions(logged) if view.columns]
    numbered = [replace(view, name=f"{i}. {view.name}") for i, view in enumerate(made, start=1)]
    return [*numbered, *_findings(logged)] if numbered else []


def tags_of(views: Sequence[LogView]) -> dict[str, str]:
    """Return the tags of an experiment that hold its views: the menu lists the one "made" last first."""
    tags = {}
    for place, view in enumerate(views):
        state = view.state()
        packed = base64.b64encode(zlib.compress(json.dumps(state).encode())).decode()
        envelope = {**state, "name": view.name, "createdAt": len(views) - place, "state": f"deflate;{packed}"}
        tags[f"{TAG}{view.key}"] = json.dumps(envelope)
    return tags


def description_of(views: Sequence[LogView], experiment_id: str) -> str:
    """Return, in Markdown, an experiment's description: a link a question, of which MLflow shows the first line."""
    links = [
        f"[{view.name}](#/experiments/{experiment_id}/runs?viewStateShareKey={view.key}&workflowType=machine_learning)"
        for view in views
        if view.name[0].isdigit()
    ]
    beside = "Single findings stand in the menu Views, top right."
    return f"{' · '.join(links)}\n\n{beside}\n\n{DESCRIPTION_MARK}" if links else ""


@dataclass(frozen=True)
class _Logged:
    """Names of all that was logged: metrics and parameters by name, what stands for all findings, kinds of people."""

    metrics: Collection[str]
    params: Collection[str]
    whole: str
    people: tuple[str, ...]
    findings: tuple[str, ...]

    @classmethod
    def of(cls, items: Sequence[LogRun]) -> "_Logged":
        metrics = dict.fromkeys(name for item in reversed(items) for name in item.metrics)
        cards = dict.fromkeys(name.rpartition("/")[2] for name in metrics if name.startswith(("sens/", "auroc/")))
        findings = tuple(card for card in cards if card not in (MACRO, POOLED, "all"))
        whole = MACRO if MACRO in cards else next(iter(findings), "all")
        kinds = dict.fromkeys(item.tags[READER_KIND] for item in items if READER_KIND in item.tags)
        people = tuple(kind for kind in kinds if is_human_kind(kind))
        params = dict.fromkeys(name for item in items for name in item.params)
        return cls(metrics, params, whole, people, findings)

    def columns(self, card: str, *sections: str) -> tuple[str, ...]:
        """Return those sections ("auroc/") that were logged of a finding, as columns."""
        return tuple(f"metrics.`{section}{card}`" for section in sections if f"{section}{card}" in self.metrics)


def _versus(logged: _Logged, card: str) -> tuple[str, ...]:
    """Return how machines differ from people: sensitivity and specificity, each with its p, then the bounds."""
    sides = [f"vs_{kind}_{what}" for kind in logged.people for what in ("sens", "spec")]
    ends = [f"{side}_{end}/" for side in sides for end in ("low", "high")]
    return logged.columns(card, *(f"{side}{p}/" for side in sides for p in ("", "_p")), *ends)


def _questions(logged: _Logged) -> Iterator[LogView]:
    whole = logged.whole
    scores, shares = logged.columns(whole, "auroc/"), logged.columns(whole, "sens/", "spec/")
    drawn = _drawn([*scores, *shares, *_versus(logged, whole)[:2]])
    yield LogView(
        key=OPENING,
        name="Which model is best",
        columns=(*scores, *shares, *_versus(logged, whole)),
        order_by=next(iter(scores), "attributes.start_time"),
        charts=drawn,
    )
    if logged.people:
        agreement = tuple(
            f"metrics.`{name}`" for kind in logged.people for name in logged.metrics if name == f"with_{kind}/kappa"
        )
        columns = (*shares, *logged.columns(whole, "f1/"), *agreement, *_versus(logged, whole))
        yield LogView(
            key="ecg-eval-people", name="Beside people", columns=columns,
            order_by=next(iter(shares), "attributes.start_time"), charts=_drawn(columns[:6]),
        )  # fmt: skip
        effects = ("aid_sens/", "aid_spec/", "aid_acc/", "aid_right/", "aid_wrong/", "put_right/", "put_wrong/")
        helped = tuple(c for card in dict.fromkeys((whole, POOLED)) for c in logged.columns(card, *effects))
        yield LogView(key="ecg-eval-help", name="What help changed", columns=helped, charts=_drawn(helped))
    costs = tuple(f"metrics.`{name}`" for name in logged.metrics if name.startswith("cost/"))
    if costs:
        first = next((c for c in costs if "cpu_s_per_1000" in c), costs[0])
        ordered = (first, *(c for c in costs if c != first))
        yield LogView(
            key="ecg-eval-cost", name="At what cost", columns=(*scores, *ordered), order_by=first, rises=True,
            only=f"tags.{READER_KIND} = 'model'", charts=_drawn([*scores, *costs]),
        )  # fmt: skip
    asked = ["records", "patients", *(p for p in logged.params if p.startswith("split.")), "reference", "seed", "arms"]
    stated = [p for p in asked if p in logged.params]
    chosen = [p for p in logged.params if p.startswith("setting.")][:_SETTINGS_AT_MOST]
    columns = tuple(f"params.`{name}`" for name in [*stated, *[p for p in ("model",) if p in logged.params], *chosen])
    if columns:
        yield LogView(
            key="ecg-eval-settings", name="On which data, with which settings",
            columns=("attributes.`Dataset`", *columns), charts=drawn,
        )  # fmt: skip


def _findings(logged: _Logged) -> Iterator[LogView]:
    if logged.whole != MACRO:
        return
    for finding in logged.findings[:_FINDINGS_AT_MOST]:
        scores, shares = logged.columns(finding, "auroc/"), logged.columns(finding, "sens/", "spec/")
        columns = (*scores, *shares, *_versus(logged, finding))
        yield LogView(
            key=f"ecg-eval-finding-{re.sub(r'[^A-Za-z0-9_]', '_', finding)}",
            name=finding,
            columns=columns,
            order_by=next(iter(scores or shares), "attributes.start_time"),
            charts=_drawn(columns),
        )


def _drawn(columns: Sequence[str]) -> str:
    """Return the pattern of the charts of some columns."""
    names = [re.escape(_name(column)) for column in columns if column.startswith("metrics.")]
    return f"^({'|'.join(names)})$" if names else ""


def _name(column: str) -> str:
    """Return what a column is of, without its kind.

    Examples
    --------
    >>> _name("metrics.`sens/AF`")
    'sens/AF'
    """
    return column.partition("`")[2].removesuffix("`")
