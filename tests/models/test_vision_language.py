"""A vision-language model, against a loopback server that answers, refuses, lies, breaks off and hangs."""

import base64
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from outside_networks import Server, handed, recording

from ecg_eval.drawing.ecg_picture import paper_png
from ecg_eval.errors import ConfigError
from ecg_eval.models._parts import asking
from ecg_eval.models.vision_language import VisionLanguage

FINDINGS = ("AF", "LBBB")


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(asking.time, "sleep", slept.append)
    monkeypatch.setenv("ECG_EVAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TEST_KEY", "a-key")
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return slept


def said(text: Any, **choice: Any) -> dict[str, Any]:
    """Return a chat completion with a text, as OpenAI-compatible servers answer."""
    content = text if isinstance(text, str | None) else json.dumps(text)
    message = {"role": "assistant", "content": content} | choice.pop("message", {})
    usage = {"prompt_tokens": 1000, "completion_tokens": 20}
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"} | choice], "usage": usage}


RIGHT = said({"AF": 0.75, "LBBB": 0})


def reader(server: Server, **changes: Any) -> VisionLanguage:
    address = server.url.replace("/invocations", "/v1")
    return VisionLanguage(address, "a-model", trained_on=[], key_variable="TEST_KEY", **changes)


def test_it_is_shown_the_ecg_and_answers_once_for_the_same_picture(waits: list[float]) -> None:
    several = handed(recording("a", seconds=10), recording("bb", seconds=10), recording("ccc", units="z-score"))
    with Server(429, lambda body: RIGHT) as server:
        model = reader(server, price_per_million={"input": 2, "output": 50, "currency": "EUR"})
        answers = model.scores(several, FINDINGS)
        np.testing.assert_array_equal(answers, [[0.75, 0], [0.75, 0], [np.nan, np.nan]])
        assert waits == [0.5]
        assert len(server.asked) == 3
        text, picture = server.asked[0]["messages"][0]["content"]
        assert "AF: " in text["text"]
        assert picture["image_url"]["url"].startswith("data:image/png;base64,")
        assert base64.b64decode(picture["image_url"]["url"].split(",")[1]) == paper_png(recording("a", seconds=10))
        schema = server.asked[0]["response_format"]["json_schema"]["schema"]
        assert schema["required"] == list(FINDINGS)
        card = model.card()
        assert (card.facts["tokens_in"], card.facts["tokens_out"], card.facts["cost"]) == (2000, 40, "0.006 EUR")
        assert card.counts["not_read"] == {"units is not 'mV'": 1}
        assert card.counts["answers"] == {"asked": 2}
        assert "a-key" not in str(card)
        np.testing.assert_array_equal(model.scores(several, FINDINGS), answers)
        assert len(server.asked) == 3
        assert model.card().counts["answers"] == {"from_cache": 2}
        assert model.card().facts["tokens_in"] == 0
        reader(server, prompt="Another.").scores(several, FINDINGS)
        assert len(server.asked) == 5


@pytest.mark.parametrize(
    ("answer", "reason", "n_asked"),
    [
        (401, "the server answered 401", 1),
        (500, "the server answered 500", 2),
        (429, "the server answered 429", 2),
        (b"<html>", "the answer is no chat completion", 2),
        ({"choices": []}, "the answer is no chat completion", 2),
        (None, "the connection failed (ConnectionError)", 2),
        (said(None, message={"refusal": "I cannot read ECGs."}), "it refused", 1),
        (said("", finish_reason="content_filter"), "it refused", 1),
        (said('{"AF": 0.', finish_reason="length"), "its answer was cut off", 1),
        (said("It looks normal."), "its answer is no JSON with every finding", 2),
        (said({"AF": 0.5}), "its answer is no JSON with every finding", 2),
        (said({"AF": 0.5, "LBBB": 1.5}), "its answer holds what is no probability", 2),
        (said('{"AF": NaN, "LBBB": 0}'), "its answer holds what is no probability", 2),
        (said({"AF": True, "LBBB": 0}), "its answer holds what is no probability", 2),
    ],
)
def test_what_is_no_answer_is_missing_with_its_reason(answer: Any, reason: str, n_asked: int) -> None:
    with Server(answer if isinstance(answer, int) else lambda body: answer) as server:
        model = reader(server, tries=2)
        assert np.isnan(model.scores(handed(recording()), FINDINGS)).all()
        assert model.card().counts["not_answered"] == {reason: 1}
        assert len(server.asked) == n_asked
        if isinstance(answer, dict) and "usage" in answer:
            assert model.card().facts["tokens_in"] == 1000 * n_asked  # what is refused is paid for all the same


def test_a_server_that_hangs_costs_no_more_than_its_time() -> None:
    released = threading.Event()
    with Server(lambda body: released.wait(5) and RIGHT) as server:
        model = reader(server, tries=1, timeout_s=0.2)
        assert np.isnan(model.scores(handed(recording()), FINDINGS)).all()
        released.set()
    assert model.card().counts["not_answered"] == {"no answer within 0.2 s": 1}


def test_a_broken_cache_is_asked_again(tmp_path: Path) -> None:
    with Server(lambda body: RIGHT) as server:
        reader(server).scores(handed(recording()), FINDINGS)
        (stored,) = (tmp_path / "cache" / "vision_language").iterdir()
        stored.write_text("{")
        assert reader(server).scores(handed(recording()), FINDINGS)[0, 0] == 0.75
        assert len(server.asked) == 2


def test_addresses_and_prices_that_cannot_be() -> None:
    for url in ("ftp://x/", "http://me:secret@x/"):
        with pytest.raises(ConfigError, match="an http or https address") as raised:
            VisionLanguage(url, "m", trained_on=[])
        assert "secret" not in str(raised.value)
    with pytest.raises(ConfigError, match="price_per_million"):
        VisionLanguage("http://x/", "m", trained_on=[], price_per_million={"input": 1})
