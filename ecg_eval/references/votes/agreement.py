"""How far voters agree, in a sentence that the report prints beside the truth that they form."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha


def agreement_of(votes: Mapping[str, pd.DataFrame]) -> str:
    """Return Krippendorff's alpha between the voters: its median over the findings, the lowest and the highest.

    Empty where no finding has one (nobody ever differs, or nothing was read twice).
    """
    tables = list(votes.values())
    alphas = {}
    for finding in tables[0].columns:
        ratings = np.column_stack([table[finding].to_numpy(dtype=float) for table in tables])
        if len(np.unique(ratings[~np.isnan(ratings)])) < 2:
            continue
        alpha = krippendorff_alpha(ratings=ratings, categories=[0.0, 1.0])
        if alpha.value is not None:
            alphas[str(finding)] = alpha.value
    if not alphas:
        return ""
    low, high = min(alphas, key=alphas.__getitem__), max(alphas, key=alphas.__getitem__)
    if len(alphas) == 1:
        return f"Krippendorff's alpha between the voters is {alphas[low]:.2f} ({low})."
    middle = float(np.median(list(alphas.values())))
    return (
        f"Krippendorff's alpha between the voters has a median of {middle:.2f} over {len(alphas)} findings, "
        f"from {alphas[low]:.2f} ({low}) to {alphas[high]:.2f} ({high})."
    )
