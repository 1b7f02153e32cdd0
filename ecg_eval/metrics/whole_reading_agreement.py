"""Agreement of the readers of a kind on the whole reading: how alike the sets of findings are that they name."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import POOLED, Row
from ecg_eval.domain.findings import descendants
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError, suggestion
from ecg_eval.metrics.bases.whole_groups import whole_groups
from ecg_eval.stats.agreement.set_agreement import Similarity, set_agreement


class WholeReadingAgreement(Metric):
    """Krippendorff's alpha over sets of findings, two sets being the nearer the more they share.

    Parameters
    ----------
    similarity : str
        "jaccard", "dice", "masi" or "exact".
    hierarchy : bool
        Whether a finding brings the broader ones that it implies, so that two kinds of infarction are half alike.
    """

    question = "How far do readers agree on the whole of what they name in an ECG, beyond chance?"
    source = (
        "Krippendorff, Content Analysis, 2004; Passonneau, Proc LREC 2006 (MASI); Kiritchenko et al., 2006 (hierarchy)"
    )
    caveat = "ECGs in which nobody names anything are full agreement, so that it depends on how many those are."
    answers = "question"
    short_name = "sets"

    def __init__(self, *, similarity: Similarity = "jaccard", hierarchy: bool = True) -> None:
        similarities = get_args(Similarity)
        if similarity not in similarities:
            remedy = suggestion(str(similarity), similarities)
            raise ConfigError(
                f"metrics.{self.name}", "similarity", f"one of {', '.join(similarities)}", similarity, remedy
            )
        self.similarity, self.hierarchy = similarity, hierarchy

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield one row for every kind of reader and arm."""
        ancestors = np.array(
            [[wide != f and f in descendants(wide) for wide in study.findings] for f in study.findings]
        )
        for group in whole_groups(study):
            agreement = set_agreement(
                readings=group.calls.transpose(2, 0, 1),
                similarity=self.similarity,
                ancestors=ancestors if self.hierarchy and ancestors.any() else None,
                cluster=study.cluster,
                level=level,
            )
            row = group.row(self.name, POOLED, agreement.alpha)
            yield replace(row, combined=POOLED, n_records=agreement.alpha.n)
