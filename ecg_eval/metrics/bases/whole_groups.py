"""All human readers of a kind in an arm, as what is asked of them together takes them."""

from collections.abc import Iterator
from dataclasses import dataclass

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.stats.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class WholeGroup:
    """Two or more readers of a kind who read in an arm.

    Attributes
    ----------
    study : ReaderStudy
    kind, arm : str
    readers : tuple of str
    calls : ndarray, shape (n_readers, n_findings, n_records)
        NaN where a reader did not say.
    """

    study: ReaderStudy
    kind: str
    arm: str
    readers: tuple[str, ...]
    calls: Floats

    def row(self, metric: str, finding: str, estimate: Estimate) -> Row:
        """Return the row of an estimate that is of all of them."""
        return Row(
            metric=metric,
            reader=self.study.label(f"all {self.kind} ({len(self.readers)})"),
            reader_kind=self.kind,
            arm=self.arm,
            finding=finding,
            is_group=True,
            n_readers=len(self.readers),
            n_people=self.study.people(list(self.readers)),
            estimate=estimate,
        )


def whole_groups(study: ReaderStudy) -> Iterator[WholeGroup]:
    """Yield every kind of human reader in every arm that two of them read in."""
    calls = study.cube("calls")
    for everybody in study.human_groups.values():
        for arm in dict.fromkeys(arm for _, arm in study.reader_arms):
            places = study.places(everybody, arm)
            if len(places) >= 2:
                yield WholeGroup(
                    study=study,
                    kind=study.kind(everybody[0]),
                    arm=arm,
                    readers=tuple(places),
                    calls=calls[list(places.values())],
                )
