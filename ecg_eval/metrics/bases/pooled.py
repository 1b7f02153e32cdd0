"""Rows of all findings together: of a reader, of a group, and of some readers of a group beside the others."""

from dataclasses import dataclass

from ecg_eval.domain.evaluation import AIDED_MINUS_UNAIDED, POOLED, Row
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.numbers import Numbers, together
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.arm_difference import arm_difference
from ecg_eval.stats.mrmc.part_means import ReaderErrors


def pooled_row(
    metric: str,
    study: ReaderStudy,
    who: tuple[str, list[str], str],
    estimate: Estimate,
    *,
    is_group: bool = False,
    subgroup: str = "",
    n_records: int | None = None,
) -> Row:
    """Return a row of all findings together.

    Parameters
    ----------
    metric : str
    study : ReaderStudy
    who : tuple
        Reader or group, the readers that it is of, and the arm.
    estimate : Estimate
    is_group : bool
    subgroup : str
    n_records : int, optional
        The ECGs that it is of, where they are not what the estimate counts.
    """
    reader, people, arm = who
    return Row(
        metric=metric,
        reader=reader,
        reader_kind=study.kind(people[0]),
        arm=arm,
        finding=POOLED,
        combined=POOLED,
        subgroup=subgroup,
        is_group=is_group,
        n_readers=len(people),
        n_people=study.people(people),
        n_records=estimate.n if n_records is None else n_records,
        estimate=estimate,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class OtherReaders:
    """Some readers minus others of the same kind, all findings together.

    Attributes
    ----------
    study : ReaderStudy
    metric, label : str
    level : float
    ends : (float, float)
        The difference lies between them.
    """

    study: ReaderStudy
    metric: str
    label: str
    level: float
    ends: tuple[float, float] = (-1.0, 1.0)

    def row(self, group: str, first: Numbers, second: Numbers) -> Row:
        """Return the mean of the first minus that of the second, whose numbers are of one finding."""
        both, n_first = together([first, second]), len(first.who)
        values = both.parts.values[:, 0]
        estimate = arm_difference(
            first=values[:n_first],
            second=values[n_first:],
            covariance=ReaderErrors(both.parts).by_finding[0],
            n=int(both.estimates.n.max()),
            label=self.label,
            level=self.level,
            ends=self.ends,
            n_clusters=self.study.n_patients,
        )
        people = list(dict.fromkeys(reader for reader, _ in both.who))
        who = (group, people, AIDED_MINUS_UNAIDED)
        return pooled_row(self.metric, self.study, who, estimate, is_group=True, n_records=len(self.study.records))
