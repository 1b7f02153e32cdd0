"""Train the feature baseline on PTB-XL and read its test fold beside the prevalence floor. Copy and edit.

python scripts/train_baseline.py PATH/TO/ptb-xl [RUN_FOLDER]
"""

import sys
from pathlib import Path

import ecg_eval

overrides = [f"data_root={sys.argv[1]}", "panels=[]", "name=baseline"]
if len(sys.argv) > 2:
    overrides.append(f"out={sys.argv[2]}")

# the same configuration that the command line uses, without the simulated GPs
config = ecg_eval.load_config(Path(__file__).parents[1] / "configs" / "ptb_xl.yaml", overrides)
outcome = ecg_eval.run(config)

analysis = ecg_eval.open_run(outcome.folder)
auroc = analysis.frame.query("metric == 'auroc' and subgroup == ''")
print(auroc[["reader", "finding", "value", "low", "high", "n_positive"]].to_string(index=False))
print("\n".join(outcome.headline))
