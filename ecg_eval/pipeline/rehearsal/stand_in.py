"""Who stands in for whom in a rehearsal: simulated readers for those of the plan, simulated AIs for its models."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.reading import ABSENT, AIDED, PRESENT, is_human_kind, readers_table, readings_table
from ecg_eval.errors import ArgumentError, ReadingsError
from ecg_eval.panels._simulation.reader_model import EXPERTISE
from ecg_eval.panels.simulated_gps import SimulatedGps
from ecg_eval.pipeline.simulate import Accuracy
from ecg_eval.planning.schedules.files import read_schedule

WHO = "ecg-eval rehearse"
PLAN_COLUMNS = ("reader", "record", "aided", "period", "position")
_GP, _SIMULATED = "gp", "simulated"
_AI = "ai"  # its name where the plan has none
_NEVER_SURE = 1e-3  # an AI that is always right would have scores without end


@dataclass(frozen=True, kw_only=True, eq=False)
class Cast:
    """The readers of a plan and what they read.

    Attributes
    ----------
    readers : DataFrame, index reader_id
        People, as ``readers_table`` makes it.
    plan : DataFrame or None
        One row a reading: `reader` (place in `readers`), `record` (place in `records`), `aided`, `period`, `position`.
        None where the design alone says who reads what.
    records : tuple of str
        Ids of the ECGs that are read.
    ais : tuple of str
        Models and other programs, the one that is shown first.
    design : str
    has_help : bool
        Whether an AI is shown to anybody.
    is_ai_made_up : bool
        Whether the plan names no program, so that the one that is shown is no reader of the study.
    """

    readers: pd.DataFrame
    plan: pd.DataFrame | None
    records: tuple[str, ...]
    ais: tuple[str, ...]
    design: str
    has_help: bool = True
    is_ai_made_up: bool = False

    @property
    def expertise(self) -> list[str]:
        """Return whose published performance each reader is given; readers of other kinds are taken for GPs."""
        return [kind if kind in EXPERTISE else _GP for kind in self.readers["kind"].astype(str)]

    @property
    def unknown_kinds(self) -> dict[str, int]:
        """Return how many readers there are of each kind that no performance was published of."""
        kinds = self.readers["kind"].astype(str)
        return {str(k): int(n) for k, n in kinds[~kinds.isin([*EXPERTISE, _SIMULATED])].value_counts().items()}


def cast_of(
    config: RunConfig,
    records: pd.DataFrame,
    *,
    schedule: Path | None,
    key: Path | None,
    n_readers: int,
    asks_of_help: bool,
) -> Cast:
    """Return who reads what in a plan.

    Parameters
    ----------
    config : RunConfig
    records : DataFrame
        ECGs that the study reads.
    schedule, key : Path or None
        Of `ecg-eval plan schedule`; without it `n_readers` GPs read all ECGs by the declared design.
    n_readers : int
    asks_of_help : bool
        Whether what the plan named is about readers with help.

    Raises
    ------
    EcgEvalError
        When the schedule cannot be read, or is of other ECGs.
    """
    ais = _machines(config)
    if schedule is None:
        simulated = any(plug.name == SimulatedGps.name for plug in config.panels)
        names = [f"gp{i + 1:02d}" for i in range(n_readers)]
        readers = readers_table(pd.DataFrame({"reader_id": names, "kind": _SIMULATED if simulated else _GP}))
        design = "crossover" if config.design == "auto" else config.design
        help_planned = config.design != "auto" or asks_of_help
        return Cast(
            readers=readers,
            plan=None,
            records=tuple(map(str, records.index)),
            ais=ais or ((_AI,) if help_planned else ()),
            design=design,
            has_help=help_planned,
            is_ai_made_up=not ais,
        )
    made = read_schedule(schedule, key=key)
    people = made.readers[[is_human_kind(kind) for kind in made.readers["kind"]]]
    rows = made.table.merge(made.key[["blinded_id", "record_id"]].drop_duplicates("blinded_id"), on="blinded_id")
    ids = tuple(dict.fromkeys(rows["record_id"].astype(str)))
    strange = [name for name in ids if name not in records.index]
    if strange:
        rule = "of ECGs that the study reads"
        remedy = "Name the schedule of this study, or the cases that it was made from as `dataset:`."
        raise ReadingsError(WHO, f"schedule {schedule}", rule, strange[:3], remedy)
    plan = pd.DataFrame(
        {
            "reader": people.index.get_indexer(pd.Index(rows["reader_id"].astype(str))),
            "record": pd.Index(ids).get_indexer(pd.Index(rows["record_id"].astype(str))),
            "aided": (rows["arm"] == AIDED).to_numpy(),
            "period": rows["period"].to_numpy(),
            "position": rows["position"].to_numpy(),
        }
    )
    plan = plan[plan["reader"] >= 0].reset_index(drop=True)
    shown = ais or ((_AI,) if plan["aided"].any() else ())
    return Cast(
        readers=people,
        plan=plan,
        records=ids,
        ais=shown,
        design=made.settings.design,
        has_help=bool(plan["aided"].any()),
        is_ai_made_up=not ais,
    )


def _machines(config: RunConfig) -> tuple[str, ...]:
    """Return the programs of a plan: its models, and what the lists of readers of its panels call one."""
    listed = [rows for plug in config.panels if isinstance(rows := plug.arguments.get("readers"), list)]
    stated = [str(r["reader_id"]) for rows in listed for r in rows if not is_human_kind(r.get("kind", _GP))]
    return tuple(dict.fromkeys([*(plug.label for plug in config.models), *stated]))


def ai_readings(truth: pd.DataFrame, ais: Sequence[str], accuracy: Accuracy, rng: np.random.Generator) -> pd.DataFrame:
    """Return what simulated AIs say: normal evidence that is right as often as asked, its share of certainty as score.

    Parameters
    ----------
    truth : DataFrame, index record_id, one column a finding
        1, 0 or NaN; an AI says nothing where it is not known.
    ais : sequence of str
    accuracy : Accuracy
    rng : numpy Generator
    """
    present = truth.to_numpy(dtype=np.float64)
    right = np.clip([accuracy.specificity, accuracy.sensitivity], _NEVER_SURE, 1 - _NEVER_SURE)
    mean: NDArray[np.float64] = np.where(present == 1, ndtri(right[1]), -ndtri(right[0]))
    parts = []
    for ai in ais:
        evidence = mean + rng.normal(size=present.shape)
        table = pd.DataFrame(
            {
                "record_id": np.repeat(truth.index.to_numpy(dtype=object), truth.shape[1]),
                "reader_id": ai,
                "finding": np.tile(truth.columns.to_numpy(dtype=object), len(truth)),
                "reading": np.where(evidence.ravel() > 0, PRESENT, ABSENT),
                "score": ndtr(evidence).ravel(),
            }
        )
        parts.append(table[~np.isnan(present).ravel()])
    empty = pd.DataFrame(columns=["record_id", "reader_id", "finding", "reading", "score"])
    return readings_table(pd.concat(parts, ignore_index=True) if parts else empty)


def truth_readings(truth: pd.DataFrame, reader: str) -> pd.DataFrame:
    """Return the truth as the readings of one reader, where a plan takes it from one (an adjudication panel)."""
    long = truth.rename_axis(index="record_id").reset_index().melt("record_id", var_name="finding", value_name="value")
    long = long[long["value"].notna()]
    reading = np.where(long["value"] == 1, PRESENT, ABSENT)
    return readings_table(long.drop(columns="value").assign(reader_id=reader, reading=reading))


def checked_numbers(*, studies: int, n_readers: int) -> None:
    """Refuse a rehearsal of nothing."""
    for name, value in (("--studies", studies), ("--readers", n_readers)):
        if value < 1:
            raise ArgumentError(WHO, name, "1 or more", value)
