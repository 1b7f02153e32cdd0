"""Which reader reads which ECG in which arm and period, balanced over what is known of it; then what is repeated."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.errors import ArgumentError
from ecg_eval.planning.schedules.people_and_ecgs import Ecgs, codes_of_levels, practices_of
from ecg_eval.planning.schedules.settings import WHO, ScheduleSettings, option, works
from ecg_eval.stats.allotment.balanced import balanced_parts
from ecg_eval.stats.allotment.designs import DESIGNS
from ecg_eval.stats.allotment.draws import Balanced


def allotted(settings: ScheduleSettings, ecgs: Ecgs, readers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return a row a reading: `reader`, `ecg` (positions), `arm`, `period`, `is_repeat`.

    Raises
    ------
    ArgumentError
        When more repeats are asked for than a reader has ECGs to repeat.
    """
    about = readers[["practice_id", "kind"]].fillna("").reset_index(drop=True)
    draws = Balanced(
        practices=practices_of(readers),
        case_levels=ecgs.codes,
        reader_levels=codes_of_levels(about),
        n_blocks=settings.blocks or 2,
        n_steps=settings.steps or 2,
        rng=rng,
    )
    lots = DESIGNS[settings.design](draws)
    rows = pd.DataFrame(
        {
            "reader": np.concatenate([np.full(len(lot.cases), lot.reader) for lot in lots]),
            "ecg": np.concatenate([lot.cases for lot in lots]),
            "arm": np.concatenate([np.full(len(lot.cases), AIDED if lot.aided else UNAIDED) for lot in lots]),
            "period": np.concatenate([np.full(len(lot.cases), lot.period) for lot in lots]),
        }
    )
    rows["is_repeat"] = False
    if not settings.repeats:
        return rows
    return pd.concat([rows, _repeated(rows, settings, ecgs.codes, rng)], ignore_index=True)


def _repeated(
    rows: pd.DataFrame, settings: ScheduleSettings, levels: NDArray[np.int64], rng: np.random.Generator
) -> pd.DataFrame:
    """Return the second readings: a balanced choice of each reader's ECGs, in the arm in which they were read.

    Readings without help are repeated, since how steady a reader is should not be the AI's; where there are none after
    which they would be fair (a reader who always has help; a wedge, which ends with help for all), those with help.
    """
    last = int(rows["period"].max())
    arms = (AIDED, UNAIDED) if settings.design == "stepped_wedge" else (UNAIDED, AIDED)
    parts, most = [], len(levels)
    for reader, of_reader in rows.groupby("reader", sort=True):
        arm = next(arm for arm in arms if (of_reader["arm"] == arm).any())
        ecg = of_reader.loc[of_reader["arm"] == arm, "ecg"].to_numpy()
        most = min(most, len(ecg))
        if most < settings.repeats:
            continue
        sizes = [settings.repeats, len(ecg) - settings.repeats]
        chosen = ecg[balanced_parts(levels=levels[ecg], sizes=sizes, rng=rng) == 0]
        parts.append(pd.DataFrame({"reader": reader, "ecg": chosen, "arm": arm, "period": last + 1, "is_repeat": True}))
    if most < settings.repeats:
        rule = f"at most {most}, the ECGs that every reader reads in the arm that is repeated"
        raise ArgumentError(WHO, option("repeats"), rule, settings.repeats, works(option("repeats", most)))
    return pd.concat(parts)
