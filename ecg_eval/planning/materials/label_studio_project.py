"""A Label Studio project a reader: what is asked as its labelling configuration, and the ECGs as its tasks.

Choices have the answers as their alias, and questions the finding's code as their name, so that an export comes back
without a mapping (``tables/presets/label_studio.py``). Tasks name pictures ``BLINDED_ID.png`` in the folder that Label
Studio serves; formats: https://labelstud.io/tags and https://labelstud.io/guide/tasks.
"""

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

import pandas as pd

from ecg_eval.planning.materials.questions import CONFIDENCE, Questions
from ecg_eval.planning.materials.sheets import in_order

FOLDER, PICTURES = "label_studio", "pictures"
_SERVED = f"/data/local-files/?d={PICTURES}/"  # below the folder that Label Studio is told to serve: FOLDER


def labelling_configuration(questions: Questions) -> str:
    """Return the project's labelling configuration (XML)."""
    words = questions.words
    lines = [
        "<View>",
        '  <Header value="$ecg_id"/>',
        '  <Header value="$ai_output" size="5"/>',
        '  <Image name="ecg" value="$image" zoom="true" zoomControl="true"/>',
    ]
    for code, name in questions.names.items():
        lines += [f'  <Header value={quoteattr(name)} size="5"/>', _choices(code, questions.answers)]
    lines.append(f'  <Header value={quoteattr(words("label_studio.confidence"))} size="5"/>')
    lines.append(f'  <Rating name="confidence" toName="ecg" maxRating="{CONFIDENCE[1]}"/>')
    if questions.management:
        lines.append(f'  <Header value={quoteattr(words("column.management"))} size="5"/>')
        lines.append(_choices("management", questions.management, is_required=False))
    return "\n".join([*lines, "</View>"]) + "\n"


def _choices(name: str, answers: Mapping[str, str], *, is_required: bool = True) -> str:
    must = ' required="true"' if is_required else ""
    given = "".join(
        f"<Choice value={quoteattr(word)}" + (f" alias={quoteattr(answer)}" if word != answer else "") + "/>"
        for word, answer in answers.items()
    )
    return f'  <Choices name={quoteattr(name)} toName="ecg" choice="single" showInLine="true"{must}>{given}</Choices>'


def tasks_of(
    table: pd.DataFrame, questions: Questions, shown_at: "pd.Series[str]"
) -> dict[str, list[dict[str, dict[str, str]]]]:
    """Return each reader's tasks, in the order of the schedule.

    Parameters
    ----------
    table : DataFrame
        Of the schedule.
    questions : Questions
    shown_at : Series of str
        Blinded id -> what a reader with help is shown; blank for one without.
    """
    words = questions.words
    return {
        str(reader): [
            {
                "data": {
                    "ecg_id": code,
                    "image": f"{_SERVED}{code}.png",
                    "ai_output": shown_at.loc[code] or words("ai.without"),
                    "reader_id": str(reader),
                    "session": str(session),
                    "place": str(place),
                }
            }
            for code, session, place in rows[["blinded_id", "session", "place"]].itertuples(index=False, name=None)
        ]
        for reader, rows in in_order(table).groupby("reader_id", sort=True)
    }
