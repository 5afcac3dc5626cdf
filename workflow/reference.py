"""Write docs/configuration.md, the reference of config keys, from the schema."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from validation import SCHEMA, allowed, definition, shown

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
OPENING = """# Configuration

Every key of `config.yaml`, or of a file that you give with `--configfile`. Written from
`workflow/schemas/config.schema.yaml` by `make reference`. What you leave out takes its default, a
key that is not listed is refused. `NAME` stands for a name of yours."""


class Section(NamedTuple):
    """A mapping of the config: where it stands, when it holds, and its keys."""

    path: str
    when: str
    keys: dict[str, dict]
    required: list[str]


def reference() -> str:
    """Every key of the config, its default and what is allowed, as Markdown."""
    # What holds in two places (a model's own training) is told once.
    told = {(section.when, *section.keys): section for section in sections(SCHEMA)}
    return (
        "\n\n".join(
            [OPENING.strip(), *(_as_markdown(s) for s in told.values() if s.keys), _presets()]
        )
        + "\n"
    )


def sections(schema: dict, path: str = "", when: str = "", outer: tuple = ()) -> Iterator[Section]:
    """The mappings of a schema, outer ones first. outer: keys that were told already."""
    schema = definition(schema)
    properties = schema.get("properties", {}).items()
    keys = {key: definition(value) for key, value in properties if key not in outer}
    yield Section(path, when, keys, schema.get("required", []))
    for branch in schema.get("allOf", ()):
        for key, value in branch["if"].get("properties", {}).items():
            then = definition(branch["then"])
            meant = value.get("const") or allowed(value)
            when = f", {key} `{meant}`. {then.get('description', '')}".rstrip()
            yield from sections(then, path, when, tuple(keys))
    for key, value in keys.items():
        if value.get("type") == "object" and "allowed" not in value:
            yield from sections(value, f"{path}.{key}".removeprefix("."))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from sections(schema["additionalProperties"], f"{path}.NAME")


def _as_markdown(section: Section) -> str:
    title = f"**`{section.path or 'config.yaml'}`**{section.when}"
    head = "| key | default | allowed | what for |\n|---|---|---|---|"
    rows = [_row(key, value, key in section.required) for key, value in section.keys.items()]
    return "\n".join([title, "", head, *rows])


def _row(key: str, schema: dict, required: bool) -> str:
    default = schema.get("default")
    is_mapping = schema.get("type") == "object" and "allowed" not in schema
    cells = [
        f"`{key}`",
        "required" if required else "" if default in (None, {}) else f"`{shown(default)}`",
        "by name" if "propertyNames" in schema else "see below" if is_mapping else allowed(schema),
        schema.get("description", ""),
    ]
    return f"| {' | '.join(cell.replace(' | ', ', ') for cell in cells)} |"


def _presets() -> str:
    presets = yaml.safe_dump(SCHEMA["$defs"]["presets"], sort_keys=False)
    return f"**Presets**\n\n```yaml\n{presets}```\n"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
