"""Fetch PTB-XL, or a part of it, with every SHA-256 verified. Copy and edit.

python scripts/fetch_dataset.py [FOLDER]
"""

import sys
from pathlib import Path

from ecg_eval.pipeline.archives.fetch import fetch, fetched_text

# the archive gets a folder of its own in this one; configs/ptb_xl.yaml looks in data/ptb-xl
folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "data"

# a small beginning: 100 recordings at 100 Hz (4 MB). Leave out `first` and `sampling_rate_hz` for everything (3 GB);
# `folds=[9, 10]` and `ids=["1", "2"]` choose too. What is there already is verified and not fetched again.
fetched = fetch("ptb-xl", to=folder, first=100, sampling_rate_hz=100)

print(fetched_text(fetched))
sys.exit(0 if fetched.is_complete else 1)
