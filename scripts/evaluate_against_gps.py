"""How well does a model agree with GPs? Frames in, a tidy table, figures and a report out. Copy and edit.

    python scripts/evaluate_against_gps.py readings.csv readers.csv [truth.csv]

`readings.csv` holds record_id, reader_id, finding, reading (docs/formats.md); `readers.csv` reader_id and kind;
`truth.csv` record_id and one column a finding (1, 0, blank). Without a truth, readers are compared with one another.
"""

import sys

import pandas as pd

import ecg_eval

readings = pd.read_csv(sys.argv[1], dtype={"record_id": str}, float_precision="round_trip")
readers = pd.read_csv(sys.argv[2], float_precision="round_trip")
truth = pd.read_csv(sys.argv[3], dtype={"record_id": str}, float_precision="round_trip") if len(sys.argv) > 3 else None

analysis = ecg_eval.evaluate(readings, truth, readers=readers, title="Model beside GPs")

# one row an estimate: pick what you need as in any frame
kappa = analysis.frame.query("metric == 'cohen_kappa' and finding == 'macro'")
print(kappa[["reader", "compared_with", "arm", "value", "low", "high"]].to_string(index=False))

# every figure shows itself in a notebook, carries its table in `.frame`, and can be saved
for number, figure in enumerate(analysis.figures().values(), start=1):
    figure.save(f"figure-{number}.svg")
    print(f"figure-{number}.svg: {figure.caption}")

analysis.report("report.html")
print("report.html")
