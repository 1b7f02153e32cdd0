"""A mean is called after the readers whom it is of: an effect of help is of those who read both ways."""

import html
import re

import numpy as np
import pandas as pd

import ecg_eval
from ecg_eval.reports.figures.slopes import slopes_figure


def test_an_effect_of_help_is_of_the_readers_who_read_both_ways() -> None:
    rng, n = np.random.default_rng(2), 80
    truth = pd.DataFrame({"record_id": [f"r{i}" for i in range(n)], "AF": (np.arange(n) < 40).astype(int)})
    rows = []
    for reader in ("gp1", "gp2", "gp3", "gp4", "gp5"):
        for arm, skill in (("unaided", 0.7), ("aided", 0.85)):
            if reader == "gp5" and arm == "aided":
                continue  # the fifth never had help
            reading = np.where(rng.random(n) < skill, truth["AF"], 1 - truth["AF"])
            one = {"record_id": truth["record_id"], "reader_id": reader, "finding": "AF", "arm": arm}
            rows.append(pd.DataFrame(one | {"reading": reading, "ai_reading": truth["AF"] if arm == "aided" else None}))
    readers = {f"gp{i}": "gp" for i in range(1, 6)}
    page = ecg_eval.evaluate(pd.concat(rows), truth, readers=readers, resamples=200).report()
    bare = re.sub(r"(?s)<(style|script)\b.*?</\1>", " ", page)
    words = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", bare)))
    help_alone = words.split("What the AI's help did")[-1].split("What was left out, and why")[0]
    assert "4 GPs (mean)" in help_alone
    assert "5 GPs" not in help_alone
    assert "5 GPs (mean), unaided" in words.split("What the AI's help did")[1]


def test_slopes_are_of_the_ecgs_read_both_ways() -> None:
    # all 200 ECGs read unaided, the hard half also aided: 0.75 and 0.70 would fall, while help raised 0.5 to 0.7
    n = 200
    truth = pd.DataFrame({"record_id": [f"r{i}" for i in range(n)], "AF": [1] * 100 + [0] * 100})
    rows = []
    for reader in ("gp1", "gp2", "gp3", "gp4"):
        for i, (record, value) in enumerate(truth.itertuples(index=False)):
            hard = i % 2 == 1
            rows.append((record, reader, "AF", value if not hard or i % 4 == 1 else 1 - value, "unaided", None))
            if hard:
                rows.append((record, reader, "AF", value if i % 10 != 9 and i % 10 != 5 else 1 - value, "aided", value))
    columns = ["record_id", "reader_id", "finding", "reading", "arm", "ai_reading"]
    readers = {f"gp{i}": "gp" for i in range(1, 5)}
    analysis = ecg_eval.evaluate(pd.DataFrame(rows, columns=columns), truth, readers=readers, resamples=100)
    figure = slopes_figure(analysis.result)
    assert figure is not None
    recognised = figure.frame.iloc[-1] if len(figure.frame) == 5 else figure.frame.iloc[4]
    assert recognised["Reader"] == "4 GPs (mean)"
    assert (recognised["unaided"], recognised["aided"]) == ("50", "60")
