"""How often a conformal set of answers contains the truth."""

import numpy as np
from numpy.typing import NDArray

from ecg_eval.metrics.bases.patients.conformal_sets import OfConformalSets


class ConformalCoverage(OfConformalSets):
    """Share of ECGs whose set of answers ("present", "absent", both) contains the truth.

    Parameters
    ----------
    confidence : float
        The share that the sets aim at.
    by_class : bool
        Whether they aim at it among ECGs with the finding and without it apart.
    """

    question = "If the reader may answer 'present', 'absent' or 'cannot say', does the promised share of answers hold?"
    source = (
        "Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005; "
        "Sadinle et al., J Am Stat Assoc 2019;114:223"
    )
    caveat = "Promised for all ECGs together and not for a subgroup; in other patients it may not hold."
    short_name = "set coverage"

    def event(self, truth: NDArray[np.bool_], sets: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say whose set contains the truth."""
        return sets[np.arange(truth.size), truth.astype(np.intp)]
