"""Own findings, kinds and overlapping groups from Python, as a configuration declares them."""

import html
import re

import numpy as np
import pandas as pd
import pytest

import ecg_eval
from ecg_eval.errors import ArgumentError, ConfigError

IDS = [f"r{i}" for i in range(60)]
TRUTH = pd.DataFrame({"record_id": IDS, "STEMI": [1] * 30 + [0] * 30})
READERS = {"anna": "gp", "bob": "gp", "cleo": "paramedic", "dan": "paramedic"}


def readings() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    parts = [
        pd.DataFrame({"record_id": IDS, "reader_id": reader, "finding": "STEMI"}).assign(
            reading=np.where(rng.random(60) < 0.8, TRUTH["STEMI"], 1 - TRUTH["STEMI"])
        )
        for reader in READERS
    ]
    return pd.concat(parts)


def test_own_findings_kinds_and_groups_have_their_names_in_both_languages() -> None:
    analysis = ecg_eval.evaluate(
        readings(),
        TRUTH,
        readers=READERS,
        findings=[{"code": "STEMI", "en": "ST-elevation infarction", "fr": "Infarctus avec sus-décalage"}],
        kinds={
            "paramedic": {"en": "paramedic", "en_many": "paramedics", "fr": "ambulancier", "fr_many": "ambulanciers"}
        },
        groups={"juniors": {"readers": ["bob", "cleo"], "en": "juniors", "fr": "débutants"}, "north": ["anna", "cleo"]},
        resamples=100,
    )
    means = analysis.frame[analysis.frame["is_group"] & (analysis.frame["metric"] == "sensitivity")]
    assert set(means["reader"]) >= {"juniors (mean of 2)", "north (mean of 2)"}
    for language, words in (
        ("en", ("ST-elevation infarction", "2 juniors", "2 paramedics")),
        ("fr", ("Infarctus avec",)),
    ):
        page = html.unescape(re.sub(r"<[^>]+>", " ", analysis.report(language=language)))
        assert all(word in page for word in words)


def test_recordings_without_patients_are_of_a_patient_each() -> None:
    records = pd.DataFrame({"record_id": IDS, "sex": ["F", "M"] * 30})
    own = [{"code": "STEMI"}]
    analysis = ecg_eval.evaluate(
        readings(), TRUTH, readers=dict.fromkeys(READERS, "gp"), records=records, findings=own, resamples=100
    )
    assert [o.kind for o in analysis.oddities() if o.kind == "patients_unknown"] == ["patients_unknown"]


def test_what_no_configuration_may_have_is_refused_in_words() -> None:
    gps = dict.fromkeys(READERS, "gp")
    with pytest.raises(ArgumentError, match="urgency"):
        ecg_eval.evaluate(readings(), TRUTH, readers=gps, findings=[{"code": "STEMI", "urgency": "soon"}])
    with pytest.raises(ArgumentError, match="Did you mean 'readers'"):
        ecg_eval.evaluate(readings(), TRUTH, readers=gps, groups={"juniors": {"reader": ["bob"]}})
    with pytest.raises(ConfigError, match=r"Did you mean 'bob'"):
        ecg_eval.evaluate(readings(), TRUTH, readers=gps, groups={"juniors": ["bobb"]})
