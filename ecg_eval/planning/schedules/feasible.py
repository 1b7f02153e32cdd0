"""What no schedule can be, each in a sentence with the nearest plan that works."""

import dataclasses
from collections.abc import Iterator

import pandas as pd

from ecg_eval.errors import ArgumentError, EcgEvalError, ProblemsError
from ecg_eval.planning.schedules.people_and_ecgs import Ecgs, balanced
from ecg_eval.planning.schedules.settings import WHO, ScheduleSettings, option, works

_HALVED = ("crossover", "half_and_half", "split_plot")


def settled(settings: ScheduleSettings, ecgs: Ecgs, readers: pd.DataFrame) -> ScheduleSettings:
    """Return the settings with blocks and steps filled in, after looking whether a schedule can be made of them.

    Raises
    ------
    ProblemsError, ArgumentError
        Naming everything that cannot be, and the nearest plan that works.
    """
    n_readers, n_practices = len(readers), int(readers["practice_id"].nunique())
    if settings.design == "split_plot" and settings.blocks is None:
        settings = dataclasses.replace(settings, blocks=3 if n_readers >= 6 else 2)
    if settings.design == "stepped_wedge" and settings.steps is None:
        settings = dataclasses.replace(settings, steps=max(2, n_practices))
    problems = list(_problems(settings, ecgs, readers))
    if problems:
        raise problems[0] if len(problems) == 1 else ProblemsError(WHO, problems)
    return settings


def parts_of_ecgs(settings: ScheduleSettings) -> int:
    """Return into how many parts a design divides the ECGs of each reader or of the study."""
    if settings.design == "stepped_wedge":
        return 1 + (settings.steps or 2)
    if settings.design == "split_plot":
        return 2 * (settings.blocks or 2)
    return 2 if settings.design in _HALVED else 1


def _problems(settings: ScheduleSettings, ecgs: Ecgs, readers: pd.DataFrame) -> Iterator[EcgEvalError]:
    n_parts, near = parts_of_ecgs(settings), _nearest(settings, len(ecgs.ids), readers)
    if len(ecgs.ids) < n_parts:
        remedy = works(near, f"{n_parts} ECGs")
        yield ArgumentError(WHO, f"ECGs of a {_name(settings)}", f"{n_parts} or more", len(ecgs.ids), remedy)
    yield from _readers(settings, readers, works(near))
    if settings.balance:
        yield from _rare(settings, ecgs, n_parts)


def _readers(settings: ScheduleSettings, readers: pd.DataFrame, remedy: str) -> Iterator[EcgEvalError]:
    n = len(readers)
    if settings.design == "parallel" and n < 2:
        yield ArgumentError(WHO, "readers of a parallel design", "2 or more", n, remedy)
    if settings.design == "split_plot" and n < 2 * (settings.blocks or 2):
        rule = f"{2 * (settings.blocks or 2)} or more"
        yield ArgumentError(WHO, f"readers of a {_name(settings)}", rule, n, remedy)
    if settings.design == "stepped_wedge":
        n_practices = int(readers["practice_id"].nunique())
        blank = [str(name) for name in readers.index[readers["practice_id"].isna()]]
        if blank and n_practices:
            rule = "stated for every reader of a stepped wedge, whose practices cross over whole"
            yield ArgumentError(WHO, "practice_id", rule, f"blank for {', '.join(blank[:5])}")
        elif n_practices < (settings.steps or 2):
            rule = f"{settings.steps} or more, one a step"
            yield ArgumentError(WHO, "practices of a stepped wedge", rule, n_practices, remedy)


def _nearest(settings: ScheduleSettings, n_ecgs: int, readers: pd.DataFrame) -> str:
    """Return the plan nearest to a design of blocks, steps or arms that so many ECGs and readers allow, "" for none."""
    blocks, steps = min(n_ecgs, len(readers)) // 2, min(n_ecgs - 1, int(readers["practice_id"].nunique()))
    if settings.design == "split_plot" and blocks >= 2:
        return option("blocks", blocks)
    if settings.design == "stepped_wedge" and steps >= 2:
        return option("steps", steps)
    if settings.design in ("split_plot", "stepped_wedge") and n_ecgs >= 2:
        return "--design crossover, in which everybody reads everything"
    return "--design half_and_half, in which one reader reads in both arms" if settings.design == "parallel" else ""


def _rare(settings: ScheduleSettings, ecgs: Ecgs, n_parts: int) -> Iterator[EcgEvalError]:
    """Yield the columns named for balance of which a level has fewer ECGs than there are parts."""
    rare = {c: ecgs.levels[c].value_counts() for c in ecgs.levels if ecgs.levels[c].value_counts().min() < n_parts}
    if not rare:
        return
    near = balanced([str(c) for c in ecgs.levels if c not in rare])
    for column, counts in rare.items():
        level, n = counts.index[-1], int(counts.iloc[-1])
        rule = f"on {n_parts} ECGs or more for each value, one for each part of a {_name(settings)}"
        got = f"{n} with {column} = {level}"
        remedy = works(near, f"{n_parts - n} more such ECG{'s' * (n_parts - n > 1)}")
        yield ArgumentError(WHO, f"balance over {column}", rule, got, remedy)


def _name(settings: ScheduleSettings) -> str:
    if settings.design == "split_plot":
        return f"split plot in {settings.blocks} blocks"
    if settings.design == "stepped_wedge":
        return f"stepped wedge of {settings.steps} steps"
    return f"{settings.design.replace('_', ' ')} design"
