"""A vision-language model behind an OpenAI-compatible chat address: shown the ECG on paper, it answers in JSON."""

import base64
import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from ecg_eval.config.caches import user_cache
from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.model import Fact, ModelCard
from ecg_eval.domain.findings import name_of
from ecg_eval.drawing.ecg_picture import paper_png
from ecg_eval.errors import ConfigError, EcgEvalError
from ecg_eval.models._parts.asking import NoAnswerError, ask_again, post_json

PROMPT = (
    "This is a 12-lead ECG on paper at 25 mm/s and 10 mm/mV. For each finding below, answer with the probability "
    "between 0 and 1 that the ECG shows it. Judge only what the tracing shows."
)
_PRICES = ("input", "output", "currency")


class VisionLanguage(Model):
    """A model that is shown a picture of each ECG and asked for a probability of each finding.

    An answer is kept in the cache folder under a digest of all that was asked (address, model, prompt, schema,
    temperature, picture), so that a run that is done again asks nothing twice. A refusal, and an answer that is no JSON
    of the schema, costs its own recording, with the reason in the card; busy and failing servers are asked again.

    The picture leaves this machine for `url`. It holds no name, id, age or sex.

    Parameters
    ----------
    url : str
        Of the interface, such as "http://localhost:8000/v1"; "/chat/completions" is added.
    model : str
        The model's name at that address.
    trained_on : sequence of str
        What it is known to have seen ("ptb_xl"); for a model whose makers do not say, `[]` claims nothing public.
    prompt : str
        What it is told before the list of findings.
    temperature : float
    key_variable : str
        The environment variable that holds the key of the address; keys stand in no configuration.
    price_per_million : mapping, optional
        ``{input: 2.5, output: 10, currency: USD}`` for a million tokens, to count what the answers cost.
    timeout_s : float
        For one answer.
    tries : int
    pixels_per_mm : float
    """

    trained_on: tuple[str, ...] = ()
    needs = "12 leads in mV; the first 10 s are drawn"
    works_elsewhere = True

    def __init__(
        self,
        url: str,
        model: str,
        *,
        trained_on: Sequence[str],
        prompt: str = PROMPT,
        temperature: float = 0.0,
        key_variable: str = "OPENAI_API_KEY",
        price_per_million: Mapping[str, object] | None = None,
        timeout_s: float = 120,
        tries: int = 4,
        pixels_per_mm: float = 4,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.password:
            host = f"{parts.scheme}://{parts.hostname or ''}"
            raise ConfigError(self.name, "url", "an http or https address without a password", host)
        prices: dict[str, Any] = dict(price_per_million or {})  # two numbers and a word, checked here
        if prices and (sorted(prices) != sorted(_PRICES) or not all(_is_number(prices[k]) for k in _PRICES[:2])):
            raise ConfigError(self.name, "price_per_million", "{input: number, output: number, currency: word}", prices)
        self.url, self.model = url.rstrip("/") + "/chat/completions", model
        self.trained_on = tuple(map(str, trained_on))
        self.prompt, self.temperature, self.key_variable, self.prices = prompt, float(temperature), key_variable, prices
        self.timeout_s, self.tries, self.pixels_per_mm = float(timeout_s), max(int(tries), 1), float(pixels_per_mm)
        self._counts: dict[str, Counter[str]] = {}
        self._forget()

    def _forget(self) -> None:
        self._counts = {"not_read": Counter(), "not_answered": Counter(), "tokens": Counter(), "answers": Counter()}

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return the probabilities that it states; NaN for recordings without an answer."""
        self._forget()
        answers = np.full((len(recordings), len(findings)), np.nan)
        for row, record_id in enumerate(recordings.watch(recordings.ids)):
            try:
                picture = paper_png(recordings.load(record_id), pixels_per_mm=self.pixels_per_mm)
            except EcgEvalError as error:
                self._counts["not_read"][f"{error.what} is not {error.rule}"] += 1
                continue
            try:
                answers[row] = self._answer(picture, tuple(findings))
            except NoAnswerError as error:
                self._counts["not_answered"][str(error)] += 1
        return answers

    def _answer(self, picture: bytes, findings: tuple[str, ...]) -> list[float]:
        """Return a probability a finding, from the cache where the same was asked before."""
        body = self._question(picture, findings)
        asked = json.dumps([self.url, body], sort_keys=True).encode()
        place = user_cache() / "vision_language" / f"{hashlib.sha256(asked).hexdigest()}.json"
        try:
            probabilities = _probabilities(place.read_text(encoding="utf-8"), findings)
        except (OSError, NoAnswerError):
            pass
        else:
            self._counts["answers"]["from_cache"] += 1
            return probabilities
        text, probabilities = ask_again(lambda: self._asked(body, findings), tries=self.tries)
        self._counts["answers"]["asked"] += 1
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(f".{os.getpid()}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(place)
        return probabilities

    def _question(self, picture: bytes, findings: tuple[str, ...]) -> dict[str, object]:
        listed = "\n".join(f"{code}: {name_of(code)}" for code in findings)
        schema = {
            "type": "object",
            "properties": {code: {"type": "number"} for code in findings},
            "required": list(findings),
            "additionalProperties": False,
        }
        image = {"url": f"data:image/png;base64,{base64.b64encode(picture).decode()}"}
        content = [{"type": "text", "text": f"{self.prompt}\n\n{listed}"}, {"type": "image_url", "image_url": image}]
        form = {"type": "json_schema", "json_schema": {"name": "ecg", "strict": True, "schema": schema}}
        return {
            "model": self.model,
            "temperature": self.temperature,
            "messages": [{"role": "user", "content": content}],
            "response_format": form,
        }

    def _asked(self, body: dict[str, object], findings: tuple[str, ...]) -> tuple[str, list[float]]:
        """Return the text of an answer and its probabilities; tokens are counted whatever the answer is worth."""
        key = os.environ.get(self.key_variable, "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        content = post_json(self.url, body, timeout_s=self.timeout_s, headers=headers)
        try:
            answer = json.loads(content)
            message, ended = answer["choices"][0]["message"], answer["choices"][0].get("finish_reason")
            refused, text = message.get("refusal"), message.get("content")
            spent = answer.get("usage") or {}
            for kind in ("prompt_tokens", "completion_tokens"):
                self._counts["tokens"][kind] += int(spent.get(kind) or 0)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            raise NoAnswerError("the answer is no chat completion") from None
        if refused or ended == "content_filter":
            raise NoAnswerError("it refused", is_passing=False)
        if ended == "length":
            raise NoAnswerError("its answer was cut off", is_passing=False)
        return str(text), _probabilities(str(text), findings)

    def card(self) -> ModelCard:
        """Return whom was asked, how, what it cost, and what was not read or not answered."""
        tokens = self._counts["tokens"]
        facts: dict[str, Fact] = {
            "model": self.model,
            "host": urlsplit(self.url).hostname or "",
            "prompt": self.prompt,
            "tokens_in": tokens["prompt_tokens"],
            "tokens_out": tokens["completion_tokens"],
            "picture": f"25 mm/s, 10 mm/mV, {self.pixels_per_mm:g} pixels a mm",
        }
        if self.prices:
            spent = tokens["prompt_tokens"] * self.prices["input"] + tokens["completion_tokens"] * self.prices["output"]
            facts["cost"] = f"{spent / 1e6:.4g} {self.prices['currency']}"
        counts = {what: dict(self._counts[what]) for what in ("not_read", "not_answered", "answers")}
        return ModelCard(facts=facts, settings={"temperature": self.temperature, "tries": self.tries}, counts=counts)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < np.inf


def _probabilities(text: str, findings: tuple[str, ...]) -> list[float]:
    """Return one number in [0, 1] a finding from the text of an answer.

    Raises
    ------
    NoAnswerError
        For anything else than the schema asks for.
    """
    try:
        answer = json.loads(text)
        values = [answer[code] for code in findings]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoAnswerError("its answer is no JSON with every finding") from None
    if not all(_is_number(value) and value <= 1 for value in values):
        raise NoAnswerError("its answer holds what is no probability")
    return [float(value) for value in values]
