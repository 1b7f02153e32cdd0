"""Formats of programs that studies are made with, one a file: no mapping is needed to read their exports.

A preset turns an export into a table with our columns (``record_id``, ``reader_id``, ``finding``, ``reading``, ``arm``,
``seconds``, ...). Words for findings and answers stay the export's; they are translated like any file's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ecg_eval.tables.presets import answer_sheets, challenge, grand_challenge, label_studio, redcap


@dataclass(frozen=True)
class Preset:
    """How a program's export is read.

    Attributes
    ----------
    read : callable
        (path, how tables are read, whether a word is an answer) -> DataFrame as the docstring of the room says;
        ``attrs["notes"]`` names what of the export was not read.
    is_one : callable
        Path -> whether it looks like such an export, for the draft of a study.
    endings : tuple of str
        Endings of files beside those of tables.
    """

    read: Callable[[Path, Callable[[Path], pd.DataFrame], Callable[[str], bool]], pd.DataFrame]
    is_one: Callable[[Path], bool]
    endings: tuple[str, ...] = ()


PRESETS = {
    "answer_sheets": Preset(answer_sheets.read, answer_sheets.is_one),
    "challenge": Preset(challenge.read, challenge.is_one),
    "grand_challenge": Preset(grand_challenge.read, grand_challenge.is_one, (".json",)),
    "label_studio": Preset(label_studio.read, label_studio.is_one, (".json",)),
    "redcap": Preset(redcap.read, redcap.is_one),
}
