"""``python -m ecg_eval`` is ``ecg-eval``."""

from ecg_eval.cli.main import main

main()
