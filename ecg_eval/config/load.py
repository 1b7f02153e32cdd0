"""Read a configuration file and a command line's overrides into one ``RunConfig``, or say everything wrong with it."""

import json
import re
import types
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from ecg_eval.config.schema import RunConfig
from ecg_eval.errors import ConfigError, EcgEvalError, InputFileError, ProblemsError, suggestion

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Nested = dict[str, object] | list[object]

Part = TypeVar("Part", bound=BaseModel)

# a configuration is a page or two; aliases could make a page mean billions of values
_MAX_BYTES, _MAX_VALUES, _MAX_DEPTH = 1 << 18, 10_000, 100


class _StrictLoader(yaml.SafeLoader):
    """YAML in which a key given twice is an error: the second would silently win."""


def _no_repeats(loader: _StrictLoader, node: yaml.MappingNode) -> dict[object, object]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    try:
        repeated = {str(key) for key, n in Counter(keys).items() if n > 1}
    except TypeError:  # a key that is a list or a mapping: what follows refuses it, and says where
        repeated = set()
    if repeated:
        raise yaml.constructor.ConstructorError(None, None, f"key given twice: {sorted(repeated)}", node.start_mark)
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _no_repeats)


def load_config(path: Path, overrides: Sequence[str] = ()) -> RunConfig:
    """Return the run that a file and its overrides describe.

    Parameters
    ----------
    path : Path
        A YAML file.
    overrides : sequence of str
        ``a.b.c=value``; the value is read as YAML. A list's item is named by its number (``models.0.id=x``). A
        ``data_root`` given here is relative to the current folder, one in the file to the file's folder.

    Raises
    ------
    InputFileError
        When the file is missing or is no YAML.
    ProblemsError
        With every unknown key (and the nearest known one), every wrong value, each with its path.
    """
    raw = read_yaml(path)
    if not isinstance(raw, dict):
        raise InputFileError(str(path), "file", "a YAML mapping of keys to values", type(raw).__name__)
    root = raw.get("data_root", ".")
    if isinstance(root, str):
        raw["data_root"] = str((path.parent / root).resolve())
    for override in overrides:
        _apply(raw, override)
    return make_config(raw, who=str(path))


def make_config(raw: Mapping[str, object], *, who: str = "configuration") -> RunConfig:
    """Return the run that a mapping describes; raise ProblemsError with everything wrong in it."""
    try:
        return RunConfig.model_validate(dict(raw))
    except ValidationError as error:
        raise ProblemsError(who, [_in_words(e) for e in error.errors()]) from None


def make_part(part: type[Part], raw: Mapping[str, object], *, key: str) -> Part:
    """Return one part of a configuration that a mapping describes.

    Parameters
    ----------
    part : type
        Of the schema.
    raw : mapping
    key : str
        Where it stands in a configuration.

    Raises
    ------
    ProblemsError
        With everything wrong in it.
    """
    try:
        return part.model_validate(dict(raw))
    except ValidationError as error:
        raise ProblemsError(key, [_in_words(e, below=key) for e in error.errors()]) from None


def read_yaml(path: Path) -> object:
    """Return what a YAML file says.

    Raises
    ------
    InputFileError
        When it is missing, not text, no YAML (with line and column), or means more values than a configuration has.
    """
    if not path.is_file():
        beside = sorted(p.name for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        raise InputFileError(str(path), "configuration", "an existing file", remedy=suggestion(path.name, beside))
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise InputFileError(str(path), "file", f"at most {_MAX_BYTES} bytes", remedy="Is it a configuration?")
        return _values(data.decode("utf-8"), str(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise InputFileError(str(path), f"file{place}", "valid YAML", problem, "Mind indentation and quotes.") from None
    except UnicodeDecodeError as error:
        raise InputFileError(str(path), "file", "UTF-8 text", str(error), "Save it as UTF-8.") from None
    except (ValueError, RecursionError) as error:  # of a date such as 2020-99-99; of brackets in brackets without end
        raise InputFileError(str(path), "file", "valid YAML", str(error)[:120]) from None


def _values(text: str, who: str) -> object:
    """Return what YAML says, after counting what its aliases would make of it."""
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth += 1 if bracket in "[{" else -1
        if depth > _MAX_DEPTH:  # the parser would take its time before it gives up
            raise InputFileError(who, "file", "valid YAML", f"brackets more than {_MAX_DEPTH} deep")
    loader = _StrictLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _count_values(node, {}) > _MAX_VALUES:
            rule = f"at most {_MAX_VALUES} values, aliases written out"
            raise InputFileError(who, "file", rule, remedy="Write values out instead of pointing at them.")
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _count_values(node: yaml.Node, counted: dict[int, float]) -> float:
    """Return how many values a node is when its aliases are written out; without end where it holds itself."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in counted:
        counted[id(node)] = float("inf")  # met again below itself, it has no end
        parts = [n for pair in node.value for n in pair] if isinstance(node, yaml.MappingNode) else node.value
        counted[id(node)] = 1 + sum(_count_values(part, counted) for part in parts)
    return counted[id(node)]


def config_to_yaml(config: RunConfig) -> str:
    """Return the resolved configuration as YAML that reads back to the same run."""
    return plain_yaml(config_to_dict(config))


def plain_yaml(values: Mapping[str, object]) -> str:
    """Return plain values as YAML, in their order."""
    return yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True)


def config_to_dict(config: RunConfig) -> dict[str, object]:
    """Return the resolved configuration as plain values."""
    values: dict[str, object] = config.model_dump(mode="json", exclude_none=True)
    return values


def json_schema() -> str:
    """Return the JSON schema of the configuration, for editors."""
    return json.dumps(RunConfig.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def _apply(raw: dict[str, object], override: str) -> None:
    """Write one ``a.b.c=value`` into the raw configuration."""
    path, equals, text = override.partition("=")
    if not equals or not path.strip():
        raise ConfigError("--set", "override", "of the form a.b.c=value", override)
    keys = path.strip().split(".")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {path}", "value", "valid YAML", text, str(error)) from None
    if keys == ["data_root"]:
        value = str(Path(text).resolve())
    place: Nested = raw
    for depth, key in enumerate(keys[:-1]):
        place = _step(place, key, keys, depth)
    if isinstance(place, list):
        place[_index(place, keys[-1], path)] = value
    else:
        place[keys[-1]] = value


def _step(place: Nested, key: str, keys: list[str], depth: int) -> Nested:
    """Go one key down, making a mapping where there is none and turning a plug-in's bare name into one."""
    path = ".".join(keys[: depth + 1])
    if isinstance(place, list):
        slot = _index(place, key, path)
        below = place[slot] = _opened(place[slot])
    else:
        below = place[key] = _opened(place.get(key, {}))
    if not isinstance(below, dict | list):
        raise ConfigError(f"--set {'.'.join(keys)}", path, "a mapping or a list", below)
    return below


def _opened(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _index(place: list[object], key: str, path: str) -> int:
    if not key.isdigit() or int(key) >= len(place):
        raise ConfigError(f"--set {path}", "item", f"a number from 0 to {len(place) - 1}", key)
    return int(key)


def _in_words(error: "ErrorDetails", *, below: str = "") -> EcgEvalError:
    """Turn one of pydantic's errors into the house's sentence, with the path and the nearest known key."""
    # union members and validators leave markers in the path that no user wrote
    location = [str(p) for p in (below, *error["loc"]) if p != "" and not str(p).startswith(("function-", "tagged-"))]
    path = ".".join(location) or "configuration"
    if error["type"] == "extra_forbidden":
        keys = _keys_at(location[:-1])
        rule = "a known key"
        return ConfigError(path, "key", rule, location[-1], suggestion(location[-1], keys))
    if error["type"] == "missing":
        return ConfigError(path, "key", "given", remedy=f"Add `{location[-1]}:` to the configuration.")
    if error["type"] == "value_error":
        return ConfigError(path, "value", "consistent", remedy=str(error["ctx"]["error"]) + ".")
    return ConfigError(
        path, "value", error["msg"].removeprefix("Input should be ").removeprefix("Value should be "), error["input"]
    )


def _keys_at(location: Sequence[str]) -> list[str]:
    """Return the known keys of the mapping at a path of the schema."""
    model: type[BaseModel] = RunConfig
    for key in location:
        if key.isdigit():
            continue
        inner = _model_in(model.model_fields[key].annotation)
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, list, Union, types.UnionType):
        return next((m for a in get_args(annotation) if (m := _model_in(a)) is not None), None)
    return None
