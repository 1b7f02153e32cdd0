"""Who has which colour: the same in every picture of a study, told apart with any colour vision and in grey."""

from typing import TYPE_CHECKING, NamedTuple

from ecg_eval.reports.figures import drawing
from ecg_eval.reports.view import View

if TYPE_CHECKING:
    from matplotlib.typing import LineStyleType


class MachineStyle(NamedTuple):
    """A machine's colour, the dashes of its line and its marker."""

    color: str
    dashes: "LineStyleType"
    marker: str


def machine_styles(view: View) -> dict[str, MachineStyle]:
    """Return each machine's style: by its place among the study's machines, so that no picture gives it another.

    A floor (a reader that anybody beats, such as the prevalence) is grey, and takes no colour from a model.
    """
    readers = view.result.study.readers
    floors = set(readers.index[readers["is_floor"].fillna(False).astype(bool)]) if "is_floor" in readers else set()
    machines = [str(r) for r in readers.index if view.is_machine(str(r))]
    models = [m for m in machines if m not in floors]
    styles = {m: MachineStyle(*drawing.FLOOR_STYLE) for m in machines if m in floors}
    for i, model in enumerate(models):
        styles[model] = MachineStyle(*drawing.MACHINE_STYLES[i % len(drawing.MACHINE_STYLES)])
    return styles
