"""How often a conformal set of answers is a single answer."""

import numpy as np
from numpy.typing import NDArray

from ecg_eval.metrics.bases.patients.conformal_sets import OfConformalSets


class ConformalSingleAnswer(OfConformalSets):
    """Share of ECGs whose set holds one answer, "present" or "absent", and not both or none.

    Parameters
    ----------
    confidence : float
        The share of sets that are to contain the truth.
    by_class : bool
        Whether they aim at it among ECGs with the finding and without it apart.
    """

    question = "If answers must be right in the promised share, on how many ECGs can the reader still say yes or no?"
    source = (
        "Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005; "
        "Sadinle et al., J Am Stat Assoc 2019;114:223"
    )
    caveat = "A single answer may be wrong: read the coverage of the sets beside it."
    short_name = "one answer"

    def event(self, truth: NDArray[np.bool_], sets: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say whose set is a single answer."""
        return np.asarray(sets.sum(axis=1) == 1)
