"""How far the groups of a way to divide the ECGs lie apart, and which is worst."""

from abc import ABC
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.by_reader import OfReader
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.group_fairness import Criterion, group_fairness

BETWEEN = "between groups"


class Fairness(OfReader, ABC):
    """The widest gap between the groups of each way to divide the ECGs."""

    answers = "question"
    by_subgroup = False
    criterion: ClassVar[Criterion]
    shares: ClassVar[
        tuple[str, ...]
    ]  # what is told of the worst and the best group: "sensitivity", "false alarms", ...

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield, for every way to divide the ECGs, every reader, arm and finding."""
        who = self.measured(study)
        if not who or study.subgroups is None:
            return
        calls = self.values(study, who)
        for column, values in study.subgroups.reindex(study.records.index).items():
            names = sorted(values.dropna().unique())
            code = np.array([names.index(v) if isinstance(v, str) else -1 for v in values], dtype=np.intp)
            for (reader, arm), call in zip(who, calls, strict=True):
                truth = study.truths(judged=(reader,))
                for f, finding in enumerate(study.findings):
                    yield Row(
                        metric=self.name,
                        reader=reader,
                        reader_kind=study.kind(reader),
                        arm=arm,
                        finding=finding,
                        subgroup=f"{BETWEEN}={column}",
                        estimate=self._of(study, (truth[f], call[f]), names, code, level),
                    )

    def _of(
        self, study: ReaderStudy, cases: tuple[Floats, Floats], names: list[str], code: NDArray[np.intp], level: float
    ) -> Estimate:
        """Return one reader's gap for a finding, without groups that are too small, and with the worst one named."""
        truth, call = cases
        judged = ~np.isnan(truth + call)
        large_codes, small = code.copy(), []
        for i, name in enumerate(names):
            inside = judged & (code == i)
            sizes = (
                [int((inside & (truth == k)).sum()) for k in (1, 0)] if self.criterion != "demographic_parity" else []
            )
            needed = (
                min([*sizes, int(inside.sum())])
                if self.criterion == "equalised_odds"
                else (sizes or [int(inside.sum())])[0]
            )
            if needed < max(study.subgroup_minimum_n, 1):
                large_codes[code == i] = -1
                small.append(name)
        made = group_fairness(
            truth=truth, call=call, group=large_codes, criterion=self.criterion, weights=study.weights, level=level
        )
        among = dict(zip(self.shares, self._among(truth), strict=True))
        words = [made.method, *(_extremes(share, call[of], names, large_codes[of]) for share, of in among.items())]
        if small:
            words.append(f"too few ECGs of {', '.join(small)}")
        return replace(made, method="; ".join(word for word in words if word), n_clusters=None)

    def _among(self, truth: Floats) -> list[NDArray[np.bool_]]:
        """Return the ECGs that each share is of."""
        among = {"sensitivity": truth == 1, "false alarms": truth == 0, "calls": ~np.isnan(truth)}
        return [among[share] for share in self.shares]


def _extremes(share: str, call: Floats, names: list[str], code: NDArray[np.intp]) -> str:
    """Name the worst and the best group by one share of the ECGs that it is of."""
    sides = {name: call[(code == i) & ~np.isnan(call)] for i, name in enumerate(names)}
    rates = {name: float(side.mean()) for name, side in sides.items() if side.size}
    if len(rates) < 2:
        return ""
    low, high = min(rates, key=lambda name: rates[name]), max(rates, key=lambda name: rates[name])
    return f"{share} from {rates[low]:.2f} ({low}) to {rates[high]:.2f} ({high})"
