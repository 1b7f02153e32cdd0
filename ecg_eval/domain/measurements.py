"""Measurements of recordings that can be compared with a reference: which they are, and how near the standards ask."""

from typing import NamedTuple

# columns of measurements.csv (docs/formats.md), one row a recording and quantity
MEASUREMENT_COLUMNS = ("record_id", "patient_id", "quantity", "measured", "reference", "reason")

# what is estimated of the agreement: bias, SD and limits in the quantity's unit, and a share of the recordings
AGREEMENT = ("bias", "sd", "lower_limit", "upper_limit")
WITHIN = "within_tolerance"


class Quantity(NamedTuple):
    """What is measured.

    Attributes
    ----------
    name : str
        As metrics are named after it: "pr" gives ``pr_bias_ms``.
    unit : str
        "ms" or "per_min".
    mean_within, sd_within : float or None
        What the standards for computing electrocardiographs ask of the mean and the SD of the differences from the
        reference of the CSE database (of this order in IEC 60601-2-51:2003 and IEC 60601-2-25:2011), in the same unit;
        None where they ask nothing.
    """

    name: str
    unit: str
    mean_within: float | None = None
    sd_within: float | None = None

    def metric(self, part: str) -> str:
        """Return the name under which the evaluation holds a part of the agreement: ``pr_bias_ms``."""
        return f"{self.name}_{part}" if part == WITHIN else f"{self.name}_{part}_{self.unit}"


# by column of ``Dataset.reference_measurements``
QUANTITIES = {
    "pr_ms": Quantity("pr", "ms", 10, 15),
    "qrs_ms": Quantity("qrs", "ms", 10, 10),
    "qt_ms": Quantity("qt", "ms", 25, 30),
    "rate_per_min": Quantity("rate", "per_min"),
}
