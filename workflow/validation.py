"""Hold a config against its JSON Schema: read text as numbers, find problems, fill in defaults.

The schema is the single source of keys, defaults and allowed values. Where a key decides which
other keys are known (a split's method, a model's architecture), the schema says so by `allOf` of
`if`/`then`. Its additions to JSON Schema are `allowed`: what to tell people where the rule itself
reads badly; and `files`: a path with the suffix of some of the library's kinds of files.
"""

import contextlib
import difflib
import math
import sys
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

sys.path.append(str(Path(__file__).parent.parent / "scripts"))

from seq2score.sequences import sources

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # every job reads the schema: be quick
MOST_NAMES = 40  # that a message lists
SCHEMA_FILE = Path(__file__).parent / "schemas" / "config.schema.yaml"


def _with_suffixes(schema: Any) -> Any:
    """A schema in which `files: [kinds]` stands for a path with one of their suffixes."""
    if isinstance(schema, list):
        return [_with_suffixes(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _with_suffixes(value) for key, value in schema.items() if key != "files"}
    if isinstance(kinds := schema.get("files"), list):
        words = {"allowed": sources.allowed(kinds), "pattern": sources.pattern(kinds)}
        return {"type": "string", **words, **told}
    return told


def _with_families(schema: dict) -> dict:
    """The schema with what it says of models drawn from its one list of families."""
    known = schema["$defs"]
    families, model = known["architectures"], known["model"]
    about = dict.fromkeys(model["properties"], True) | {"training": {"$ref": "#/$defs/training"}}
    for name, family in families.items():
        options = about | family["properties"]
        families[name] = family | {"type": "object", "additionalProperties": False}
        families[name]["properties"] = options
    own = known["own_architecture"]
    known["architecture"] = {"anyOf": [{"enum": [*families]}, own]}
    drawn = [(f"architectures/{name}", {"const": name}) for name in families]
    model["allOf"][:0] = [
        {
            "if": {"properties": {"architecture": meant}, "required": ["architecture"]},
            "then": {"$ref": f"#/$defs/{place}"},
        }
        for place, meant in [*drawn, ("own_model", own)]
    ]
    known["own_model"] = {"type": "object", "properties": about}
    return schema


SCHEMA = _with_families(_with_suffixes(yaml.load(SCHEMA_FILE.read_text(), Loader)))


class Problem(NamedTuple):
    """What is wrong, and the keys that lead to it."""

    path: tuple[str | int, ...]
    text: str


def _is_number(_, value: Any) -> bool:
    """Whether a float64 can hold it: no infinity, and no whole number of 400 digits."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= sys.float_info.max


Validator = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number).redefine(
        "integer", lambda checker, value: isinstance(value, int) and _is_number(checker, value)
    ),
)


# ------------------------------------------------------------------------------ reading a schema
def definition(schema: dict | bool) -> dict:
    """The schema itself, its reference followed."""
    if isinstance(schema, bool):
        return {}
    if "$ref" not in schema:
        return schema
    target = SCHEMA
    for key in schema["$ref"].removeprefix("#/").split("/"):
        target = target[key]
    own = {key: value for key, value in schema.items() if key != "$ref"}
    return {**definition(target), **own}


def known_keys(schema: dict | bool, value: dict) -> dict[str, dict]:
    """The schema of each key that may stand in this mapping."""
    schema = definition(schema)
    keys = dict(schema.get("properties", {}))
    for branch in schema.get("allOf", ()):
        if Validator(branch["if"]).is_valid(value):
            keys = known_keys(branch.get("then", True), value) | keys
    return keys


def schema_of_key(schema: dict | bool, key: str, value: dict) -> dict | bool:
    """What a schema says of one key of a mapping."""
    schema = _alternative(definition(schema), value)
    return known_keys(schema, value).get(key) or schema.get("additionalProperties", True)


def schema_of_item(schema: dict | bool) -> dict | bool:
    """What a schema says of the items of a list."""
    return _alternative(definition(schema), []).get("items", True)


def kinds(schema: dict | bool) -> set[str]:
    """The types that a schema allows, by their names in JSON Schema; none where it names none."""
    schema = definition(schema)
    if "anyOf" in schema:
        return set().union(*map(kinds, schema["anyOf"]))
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)


def _alternative(schema: dict, value: dict | list) -> dict:
    """Of a schema's `anyOf`, the one that a mapping or list is most likely meant for."""
    kind = "object" if isinstance(value, dict) else "array"
    choices = [c for c in map(definition, schema.get("anyOf", ())) if c.get("type") == kind]
    if isinstance(value, dict):
        choices.sort(key=lambda c: len(value.keys() - c.get("properties", {}).keys()))
    return choices[0] if choices else schema


def allowed(schema: dict | bool) -> str:
    """What a schema allows, in words."""
    schema = definition(schema)
    if "allowed" in schema:
        return schema["allowed"]
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(map(allowed, schema["anyOf"]))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(allowed({"type": one}) for one in kind)
    if kind in ("integer", "number"):
        return ("a whole number" if kind == "integer" else "a number") + _range(schema)
    if kind == "array":
        items = f", each {allowed(schema['items'])}" if "items" in schema else ""
        return f"a list{items}{', none twice' if schema.get('uniqueItems') else ''}"
    if kind == "object":
        keys = ", ".join(schema.get("properties", ()))
        return f"a mapping of {keys}" if keys else "a mapping of names to what they stand for"
    return {"string": "text", "boolean": "true | false", "null": "null"}.get(kind, "anything")


def _range(schema: dict) -> str:
    words = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    return "".join(
        f"{',' if i else ''} {words[key]} {schema[key]}"
        for i, key in enumerate(key for key in words if key in schema)
    )


# ------------------------------------------------------------------------------ coercing, filling
WORDS = {"null": {"null": None, "~": None}, "boolean": {"true": True, "false": False}}


def coerced(value: Any, schema: dict | bool = SCHEMA) -> Any:
    """The value, read as what the schema wants: text as a number, a number as text.

    `--config training={epochs: 2}` arrives as text, YAML reads 1e-3 as text, and a column or a
    model may be named 1.
    """
    if isinstance(value, dict):
        value = {_as_text(key): item for key, item in value.items()}
        return {
            key: coerced(item, schema_of_key(schema, key, value)) for key, item in value.items()
        }
    if isinstance(value, list):
        return [coerced(item, schema_of_item(schema)) for item in value]
    wanted = kinds(schema)
    if isinstance(value, str) and "string" not in wanted:
        value = _read(value, wanted)
    if isinstance(value, float) and "integer" in wanted and value.is_integer():
        return int(value)
    return value if wanted & {"integer", "number"} or "string" not in wanted else _as_text(value)


def _read(text: str, wanted: set[str]) -> Any:
    """Text as one of the types that are wanted, or as it is."""
    for kind, readings in WORDS.items():
        if kind in wanted and text in readings:
            return readings[text]
    if wanted & {"integer", "number"}:
        with contextlib.suppress(ValueError):
            return int(text) if text.lstrip("-").isdigit() else float(text)
    return text


def _as_text(value: Any) -> Any:
    """A number as it was written; anything else as it is."""
    return str(value) if type(value) in (int, float) else value


def filled(value: Any, schema: dict | bool = SCHEMA) -> Any:
    """The value with the schema's default for every key that was left out."""
    schema = definition(schema)
    if not isinstance(value, dict):
        return value
    keys = {key: definition(sub) for key, sub in known_keys(schema, value).items()}
    defaults = {key: deepcopy(sub["default"]) for key, sub in keys.items() if "default" in sub}
    others = schema.get("additionalProperties", True)
    return {key: filled(item, keys.get(key, others)) for key, item in (defaults | value).items()}


# ------------------------------------------------------------------------------ finding problems
def problems(value: Any, schema: dict = SCHEMA, path: tuple = ()) -> list[Problem]:
    """Everything in the value that the schema does not allow."""
    errors = Validator({**schema, "$defs": SCHEMA["$defs"]}).iter_errors(value)
    explained, mistyped = [], set()
    for error in errors:
        place = tuple(error.absolute_path)
        if error.validator == "type" and place in mistyped:
            continue  # each branch of a schema says so again
        mistyped |= {place} if error.validator == "type" else set()
        explained += _explained(error)
    return [Problem((*path, *p.path), p.text) for p in dict.fromkeys(explained)]


def _explained(error: ValidationError) -> Iterator[Problem]:
    path, value, schema = tuple(error.absolute_path), error.instance, definition(error.schema)
    if "propertyNames" in error.schema_path:
        yield Problem((*path, value), f"no possible name. Allowed: {allowed(schema)}.")
    elif error.validator == "additionalProperties":
        known, above = known_keys(schema, value), _keys_above(path)
        for key in value.keys() - known.keys():
            told = unknown(key, known, value)
            if choice := _choices_with(key, known, _schema_at(path)):
                told = f"unknown here: {key} goes with {choice}."
            elif key in above:
                told = f"unknown here: {key} belongs one level higher, beside {path[-1]}."
            yield Problem((*path, key), told)
    elif error.validator == "required":
        for key in set(error.validator_value) - value.keys():
            meaning = schema.get("properties", {}).get(key, True)
            yield Problem((*path, key), f"missing. Allowed: {allowed(meaning)}.")
    elif error.validator == "anyOf" and (inner := _meant(error)):
        yield from inner
    else:
        what = "nothing stands here" if value is None else f"{shown(value)} is not allowed"
        yield Problem(path, f"{what}. Allowed: {allowed(schema)}.")


def _choices_with(key: str, known: Iterable[str], schema: dict) -> str:
    """The values of a known key, such as `method`, with which another may stand; "" for none."""
    choices = {}
    for branch in schema.get("allOf", ()):
        for name, meaning in branch["if"].get("properties", {}).items():
            if (
                "const" in meaning
                and name in known
                and key in known_keys(branch.get("then", True), {})
            ):
                choices.setdefault(name, []).append(meaning["const"])
    return " and ".join(f"{name} {' or '.join(values)}" for name, values in choices.items())


def _keys_above(path: tuple) -> dict[str, dict]:
    """What may stand beside the mapping at a path, if that is within a section."""
    return known_keys(_schema_at(path[:-1]), {}) if len(path) > 1 else {}


def _schema_at(path: tuple) -> dict:
    """What is said of the place that keys lead to, whatever stands around it."""
    schema = SCHEMA
    for key in path:
        schema = schema_of_item(schema) if isinstance(key, int) else schema_of_key(schema, key, {})
    return definition(schema)


def _meant(error: ValidationError) -> list[Problem]:
    """The problems of the one alternative that has the value's type, if there is just one."""
    fitting = {
        branch
        for branch, choice in enumerate(error.schema["anyOf"])
        if Validator({"type": definition(choice).get("type", [])}).is_valid(error.instance)
    }
    if len(fitting) != 1 or not isinstance(error.instance, dict | list):
        return []
    inner = [e for e in error.context if e.schema_path[0] in fitting]
    return [problem for e in inner for problem in _explained(e)]


def unknown(key: str, known: dict[str, Any], value: dict | None = None) -> str:
    """That a key or name is not known, with the nearest that is."""
    deeper = {
        inner: f"{outer}.{inner}"
        for outer, schema in known.items()
        for inner in known_keys(schema, (value or {}).get(outer, {}))
    }
    near = difflib.get_close_matches(str(key), [*known, *deeper], n=1, cutoff=0.7)
    near = near or [name for name in known if name.casefold() == str(key).casefold()]
    if key in SCHEMA["properties"] and key not in deeper:
        return f"unknown here: {key} is a section of its own, at the left margin of the config."
    if near:
        return f"unknown. Did you mean {near[0] if near[0] in known else deeper[near[0]]}?"
    names = [*known][:MOST_NAMES]
    more = f" and {len(known) - MOST_NAMES} more" if len(known) > MOST_NAMES else ""
    return f"unknown. Known here: {', '.join(names) or 'nothing'}{more}."


def shown(value: Any) -> str:
    """A value as one would write it in YAML, on one line and not too long."""
    if value is None:
        return "nothing"
    text = yaml.safe_dump(value, default_flow_style=True, width=math.inf).removesuffix("...\n")
    return text.strip() if len(text) <= 80 else text[:77].strip() + "..."
