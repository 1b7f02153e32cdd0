"""Put several runs side by side in one table. Copy and edit.

python scripts/compare_runs.py RUN_FOLDER RUN_FOLDER ...
"""

import sys
from pathlib import Path

import ecg_eval

found = ecg_eval.compare_runs([Path(p) for p in sys.argv[1:]], metrics=["auroc", "sensitivity"])
print("\n".join(found.warnings))
print(found.table[["run", "metric", "reader", "arm", "value", "low", "high"]].to_string(index=False))
