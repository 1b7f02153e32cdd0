"""The archive's own labels are the truth."""

from collections.abc import Sequence

import pandas as pd

from ecg_eval.domain.contracts import Reference
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ConfigError


class DatasetLabels(Reference):
    """The labels that come with the recordings, as the archive made them."""

    meaning = "What the archive's own labels say of each recording."

    def form(
        self,
        *,
        records: pd.DataFrame,
        findings: Sequence[str],
        labels: ReferenceStandard | None,
        readings: pd.DataFrame,
        readers: pd.DataFrame,
    ) -> ReferenceStandard:
        """Return the dataset's labels.

        Raises
        ------
        ConfigError
            When the dataset has none.
        """
        if labels is None:
            remedy = "Use `reference: majority` (of readers) or `reference: none` (agreement alone)."
            raise ConfigError("reference", "dataset_labels", "used with a dataset that has labels", remedy=remedy)
        return labels
