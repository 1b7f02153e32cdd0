"""Limb electrodes that have changed places."""

from typing import ClassVar

import numpy as np

from ecg_eval.domain.contracts import Perturbation
from ecg_eval.domain.recording import Recording
from ecg_eval.perturbations._parts.electrodes import from_limb_leads

_EXCHANGES = {1.0: "both arms", 2.0: "left arm and left leg", 3.0: "right arm and left leg"}


class LimbReversal(Perturbation):
    """Two limb electrodes are exchanged: 1 both arms, 2 left arm and left leg, 3 right arm and left leg.

    These are kinds, not degrees. The right leg carries no lead; exchanging it is lead loss more than reversal. Chest
    leads stay as they are, since the middle of the three limb electrodes is the same.
    """

    unit: ClassVar[str] = ""
    usual_doses: ClassVar[tuple[float, ...]] = tuple(_EXCHANGES)
    named: ClassVar[dict[float, str]] = _EXCHANGES
    source: ClassVar[str] = "Batchvarov VN, Malik M, Camm AJ. Europace 2007;9:1081-1090"

    def perturbed(self, recording: Recording, dose: float, *, rng: np.random.Generator) -> Recording:
        """Return what is recorded with two electrodes exchanged; a recording without leads I and II is refused."""
        first, second = (recording.select((lead,))[:, 0].astype(np.float64) for lead in ("I", "II"))
        # I = L - R, II = F - R, III = F - L
        one, two = {
            1.0: (-first, second - first),
            2.0: (second, first),
            3.0: (first - second, -second),
        }[dose]
        return from_limb_leads(recording, one, two, f"electrodes exchanged: {_EXCHANGES[dose]}")
