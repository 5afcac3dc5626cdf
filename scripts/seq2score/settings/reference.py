"""What is made of the settings' classes for people and their editors.

`make reference` writes docs/configuration.md, and workflow/schemas/config.schema.json, which
editors complete and check a config by.
"""

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, get_args

import yaml
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic_core import PydanticUndefined

from seq2score.questions import QUESTIONS
from seq2score.settings.config import CONFIG, DEFAULT_MODELS
from seq2score.settings.families import PRESETS
from seq2score.settings.fields import Distinct, Section, Text
from seq2score.settings.messages import shown
from seq2score.settings.shapes import Shape

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/configuration.md"
SCHEMA = ROOT / "workflow/schemas/config.schema.json"
OPENING = """# Configuration

Every key of `config.yaml`, or of a file that you give with `--configfile`. Written from the classes
in `scripts/seq2score/settings/` and `scripts/seq2score/questions/` by `make reference`. What you
leave out takes its default, a key that is not listed is refused. `NAME` stands for a name of yours.
An editor that knows JSON schemas completes and checks a config that begins with the line
`# yaml-language-server: $schema=workflow/schemas/config.schema.json`."""


# -------------------------------------------------------------------------------------- docstrings
@cache
def _parsed(module: str) -> dict[str, ast.ClassDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


@cache
def described(section: type[Section]) -> dict[str, str]:
    """The docstring of each field of a section, and by "" its own."""
    docs: dict[str, str] = {}
    for cls in reversed(
        [c for c in section.__mro__ if issubclass(c, Section) and c is not Section]
    ):
        node = _parsed(cls.__module__).get(cls.__name__)
        body = node.body if node else []
        for field, text in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                docs[ast.unparse(field.target)] = " ".join(ast.literal_eval(text.value).split())
    return docs | {"": " ".join((section.__doc__ or "").split())}


# ------------------------------------------------------------------------------------------ schema
LIMITS = {
    Ge: ("ge", "minimum"),
    Gt: ("gt", "exclusiveMinimum"),
    Le: ("le", "maximum"),
    Lt: ("lt", "exclusiveMaximum"),
}


def schema() -> dict[str, Any]:
    """The JSON schema of a config."""
    named: dict[str, dict] = {}
    whole = _schema(CONFIG, named)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **whole,
        "$defs": dict(sorted(named.items())),
    }


def _schema(shape: Shape, named: dict[str, dict]) -> dict[str, Any]:
    """The schema of a shape. named: those of sections, which are referred to by their names."""
    if shape.is_section:
        name = shape.type.__name__
        if name not in named:
            named[name] = {}
            named[name] = _schema_of_section(shape.type, named)
        return {"$ref": f"#/$defs/{name}"}
    if len(shape.alternatives) > 1:
        return {"anyOf": [_schema(member, named) for member in shape.alternatives]}
    if shape.is_choice:
        return {"enum": [*get_args(shape.type)]}
    inner = [Shape.of(member) for member in get_args(shape.type)]
    notes = {type(note): note for note in shape.notes}
    if shape.holds_as is list:
        length = {"minItems": notes[MinLen].min_length} if MinLen in notes else {}
        length |= {"maxItems": notes[MaxLen].max_length} if MaxLen in notes else {}
        unique = {"uniqueItems": True} if Distinct in shape.notes else {}
        return {"type": "array", **length, **unique, "items": _schema(inner[0], named)}
    if shape.holds_as is dict:
        least = {"minProperties": notes[MinLen].min_length} if MinLen in notes else {}
        names = {"propertyNames": _schema(inner[0], named)}
        values = {"additionalProperties": _schema(inner[1], named)}
        return {"type": "object", **least, **names, **values}
    limits = {name: getattr(notes[k], of) for k, (of, name) in LIMITS.items() if k in notes}
    texts = [note.pattern.replace(r"\Z", "$") for note in shape.notes if isinstance(note, Text)]
    # `(?i)` is no part of the expressions that JSON schemas have.
    pattern = {"pattern": texts[0]} if texts and not texts[0].startswith("(?i)") else {}
    kind = {"type": next(iter(shape.kinds))} if shape.kinds else {}
    return {**kind, **limits, **pattern}


def _schema_of_section(section: type[Section], named: dict[str, dict]) -> dict[str, Any]:
    docs, keys = described(section), {}
    for key, shape in Shape.of(section).fields().items():
        default = plain_default(section, key)
        summary = {"description": docs[key]} if key in docs else {}
        keys[key] = {
            **summary,
            **_schema(shape, named),
            **({"default": default} if default else {}),
        }
    needed = [key for key, field in section.model_fields.items() if field.is_required()]
    extra = section.model_config.get("extra") == "allow"
    return {
        "type": "object",
        **({"required": needed} if needed else {}),
        "properties": keys,
        **({} if extra else {"additionalProperties": False}),
    }


def plain_default(section: type[Section], key: str) -> Any:
    """What a key is when it is left out; None where that is nothing."""
    default = section.model_fields[key].get_default(call_default_factory=True)
    if key == "models" and section is CONFIG.type:
        return DEFAULT_MODELS
    if isinstance(default, Section):
        return default.given() or None
    return None if default is PydanticUndefined or default == {} else default


# -------------------------------------------------------------------------------------- reference
class Table(NamedTuple):
    """A mapping of the config, as a table of the reference.

    Attributes
    ----------
    path
        Where it stands.
    when
        When it holds, in words.
    section
        Its class.
    keys
        Those that it adds.
    choice
        Of several sections, what tells them apart.
    """

    path: str
    when: str
    section: type[Section]
    keys: list[str]
    choice: Shape | None = None


def reference() -> str:
    """Every key of the config, its default and what is allowed, as Markdown."""
    # What holds in two places (a model's own training) is told once.
    tables = {(t.section, t.when, *t.keys): t for t in _tables(CONFIG)}
    presets = yaml.safe_dump(PRESETS, sort_keys=False)
    parts = [_as_markdown(t) for t in tables.values() if t.keys]
    return "\n\n".join([OPENING, *parts, f"## Presets\n\n```yaml\n{presets}```\n"])


def _tables(shape: Shape, path: str = "", when: str = "", docs: tuple = ()) -> Iterator[Table]:
    """The mappings within a shape, outer ones first. docs: keys that were told already."""
    if shape.by:
        sections = {tag: s for tag, s in shape.sections.items() if shape.by.when(tag)}
        of_key = [s for tag, s in sections.items() if shape.by.key in s.fields()]
        first, *others = of_key or sections.values()
        common = [
            k for k in first.fields() if all(_same(k, first, s, shape.by.key) for s in others)
        ]
        yield Table(path, when, first.type, common, shape)
        for tag, section in sections.items():
            meant = f"{shape.by.when(tag)}. {described(section.type)['']}"
            known = tuple(common) if section in of_key or not of_key else ()
            yield from _tables(section, path, meant, known)
    elif shape.is_section:
        keys = [key for key in shape.fields() if key not in docs]
        yield Table(path, when, shape.type, keys)
        for key in keys:
            if not shape.fields()[key].is_in_words:
                yield from _tables(shape.fields()[key], f"{path}.{key}".removeprefix("."))
    elif shape.holds_as is dict:
        yield from _tables(Shape.of(get_args(shape.type)[1]), f"{path}.NAME")
    else:
        for member in shape.alternatives if len(shape.alternatives) > 1 else ():
            yield from _tables(member, path)


def _same(key: str, first: Shape, other: Shape, choice: str) -> bool:
    """Whether a key means the same in two sections. choice: the key that tells them apart."""
    if key == choice or key not in other.fields():
        return key == choice
    rows = [_row(Table("", "", section.type, []), key) for section in (first, other)]
    return rows[0] == rows[1]


def _as_markdown(table: Table) -> str:
    when, _, meant = table.when.partition(". ")
    title = f"{'###' if when else '##'} `{table.path or 'config.yaml'}`{when}"
    head = "| key | default | allowed | what for |\n|---|---|---|---|"
    opening = [title, "", meant, ""] if meant else [title, ""]
    return "\n".join([*opening, head, *(_row(table, key) for key in table.keys)])


def _row(table: Table, key: str) -> str:
    shape, default = Shape.of(table.section).fields()[key], plain_default(table.section, key)
    allowed = shape.allowed()
    if (shape.is_section or shape.by) and not shape.is_in_words:
        allowed = "see below"
    elif shape.holds_as is dict and not shape.is_in_words:
        allowed = "by name"
    needed = table.section.model_fields[key].is_required()
    by = table.choice and table.choice.by
    if table.choice and by and key == by.key:
        meant = by.default
        docs = [s.fields() for tag, s in table.choice.sections.items() if by.when(tag)]
        allowed = " | ".join(of_one[key].allowed() for of_one in docs if key in of_one)
        needed, default = False, meant if by.when(meant) else None
    question = described(QUESTIONS[key])[""] if key in QUESTIONS else ""
    cells = [
        f"`{key}`",
        "required" if needed else "" if default is None else f"`{shown(default)}`",
        allowed,
        described(table.section).get(key, question),
    ]
    return f"| {' | '.join(cell.replace(' | ', ', ') for cell in cells)} |"


def _in_lines(written: dict[str, Any]) -> str:
    """JSON with a line for each key and each section, so that a change shows where it is."""
    lines = []
    for key, value in written.items():
        inner = value if key in ("$defs", "properties") else None
        if inner is None:
            lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
        else:
            rows = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in inner.items())
            lines.append(f"{json.dumps(key)}: {{\n{rows}\n}}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
    SCHEMA.write_text(_in_lines(schema()), encoding="utf-8")
