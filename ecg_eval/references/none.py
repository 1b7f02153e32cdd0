"""No truth at all: readers are compared with one another only."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Reference
from ecg_eval.domain.reference import ReferenceStandard


class NoReference(Reference):
    """No reference standard: accuracy cannot be computed, agreement can."""

    name = "none"
    meaning = "None: nobody's reading is taken for the truth, so only agreement between readers is measured."

    def form(
        self,
        *,
        records: pd.DataFrame,
        findings: Sequence[str],
        labels: ReferenceStandard | None,
        readings: pd.DataFrame,
        readers: pd.DataFrame,
    ) -> ReferenceStandard:
        """Return a reference in which everything is unknown."""
        table = pd.DataFrame(np.nan, index=records.index, columns=list(findings))
        return ReferenceStandard(table=table, method="No reference standard: readers are compared with one another.")
