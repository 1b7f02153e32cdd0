"""Write a run's report anew, from its folder alone, in the language of your readers. Copy and edit.

python scripts/rebuild_report.py RUN_FOLDER [en|fr]
"""

import sys
from pathlib import Path

import ecg_eval

folder = Path(sys.argv[1])
language = sys.argv[2] if len(sys.argv) > 2 else "en"
page = folder / f"report.{language}.html"
ecg_eval.open_run(folder).report(page, language=language)
print(page)
