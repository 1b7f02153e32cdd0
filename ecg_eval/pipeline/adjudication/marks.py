"""What moved models' answers on the ECGs of a gallery, drawn on their tracings from what the run kept."""

import numpy as np

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.facts.attribution import Attribution
from ecg_eval.domain.result import StudyResult
from ecg_eval.drawing.ecg_paper import draw_ecg
from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.papers.printing import loading
from ecg_eval.pipeline.study.build import Parts
from ecg_eval.reports.explained import explained_answers
from ecg_eval.reports.gallery import Gallery
from ecg_eval.reports.gallery_marks import MarkedTracing
from ecg_eval.storage.run_folder import RunFolder

LAYOUT = "12x1"  # the whole of every lead: what lies outside of a column of 2.5 s would not be seen


def marked_tracings(
    config: RunConfig, parts: Parts, gallery: Gallery, result: StudyResult, folder: RunFolder, language: str
) -> dict[tuple[str, str], list[MarkedTracing]]:
    """Return, by ECG and finding on which readers part, the tracing marked for each model that was explained there.

    An ECG that cannot be drawn has none; the gallery says why beside its place.
    """
    maps = folder.read_attributions()
    wanted = {(p.record_id, p.finding) for p in gallery.partings}
    rows = []
    for key, leads in maps.groupby(["reader_id", "record_id", "finding"], sort=False):
        model, record_id, finding = map(str, key)
        if (record_id, finding) in wanted:
            rows.append((model, record_id, finding, leads))
    if not rows or result.explanations is None:
        return {}
    tested = {(a.reader, a.finding): a for a in explained_answers(result.explanations)}
    load = loading(config, parts.dataset)
    drawn: dict[tuple[str, str], list[MarkedTracing]] = {}
    for model, record_id, finding, leads in rows:
        moved = Attribution(leads=tuple(leads["lead"]), log_odds=np.stack(leads["log_odds"].to_list()).astype(float))
        try:
            svg = draw_ecg(load(record_id), layout=LAYOUT, language=language, marks=moved)
        except EcgEvalError:
            continue
        shares = sorted((moved.lead_shares or {}).items(), key=lambda lead: -lead[1])
        marked = MarkedTracing(model=model, svg=svg, leads=shares, tested=tested.get((model, finding)))
        drawn.setdefault((record_id, finding), []).append(marked)
    return drawn
