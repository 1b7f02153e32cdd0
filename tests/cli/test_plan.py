"""`ecg-eval plan`: what it prints."""

import json

from typer.testing import CliRunner

from ecg_eval.cli.main import app


def test_plan_size_lists_answers_and_answers_in_json() -> None:
    run = CliRunner().invoke
    assert "above_goal: How many ECGs" in run(app, ["plan", "size"]).stdout
    words = run(app, ["plan", "size", "above_goal", "--set", "expected=0.9", "--language", "fr"]).stdout
    assert "Il faut 113 ECG" in words
    said = json.loads(run(app, ["plan", "size", "above_goal", "--set", "expected=0.9", "--json"]).stdout)
    assert said["values"]["goal"] == 0.8
    assert said["table"][0]["ecgs"] == 113
