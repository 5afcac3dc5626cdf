"""The config as it stands in its files: where each key is, and what YAML makes of it unseen.

Run with the arguments of a Snakemake run, it says which config file is not YAML and where, before
Snakemake shows a traceback.
"""

import argparse
import datetime
import math
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from validation import SCHEMA, Loader, Problem, kinds, schema_of_item, schema_of_key, shown

GUESSED = (":bool", ":int", ":float", ":timestamp")  # what YAML makes of a word without quotes
PLAIN_INTEGER = r"[+-]?(0|[1-9][0-9_]*)"


class Place(NamedTuple):
    file: str
    line: int


class Written(NamedTuple):
    """Where each key stands, by the keys that lead to it; and what YAML would pass over."""

    places: dict[tuple, Place]
    problems: list[Problem]

    def line(self, path: tuple) -> float:
        """The line of a key, to sort by; infinite where it stands in no file."""
        return self.places[path].line if path in self.places else math.inf

    def where(self, path: tuple) -> str:
        """Where a key stands, or the nearest one around it: the opening of a message."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.places:
                place = self.places[path[:end]]
                return f"{place.file}, line {place.line}: "
        return ""


def read(files: Sequence[Path | str]) -> Written:
    """What stands in config files. A file that is not there has nothing to say."""
    written = Written({}, [])
    for file in map(Path, files):
        if file.is_file():
            loader = Loader(file.read_text(encoding="utf-8-sig"))
            if root := loader.get_single_node():
                written.problems.extend(_walk(root, (), SCHEMA, loader, str(file), written.places))
    return written


def _walk(node, path, schema, loader, file, places) -> Iterator[Problem]:
    """Note the place of everything below a node; problems with how it is written."""
    if isinstance(node, yaml.MappingNode):
        # Without its aliases: a mapping may hold itself.
        keys = {key.value: None for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
        value = keys | {
            key.value: inner.value
            for key, inner in node.value
            if isinstance(key, yaml.ScalarNode) and isinstance(inner, yaml.ScalarNode)
        }
        for key, inner in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else str(key.value)
            below = (*path, name)
            if below in places:
                again = f"and in line {key.start_mark.line + 1} again"
                yield Problem(below, f"stands in line {places[below].line}, {again}.")
                continue
            places[below] = Place(file, key.start_mark.line + 1)
            yield from _misread(key, below, {"type": "string"}, loader)
            yield from _inside(
                inner, below, schema_of_key(schema, name, value), loader, file, places
            )
    elif isinstance(node, yaml.SequenceNode):
        for index, inner in enumerate(node.value):
            below = (*path, index)
            places[below] = Place(file, inner.start_mark.line + 1)
            yield from _inside(inner, below, schema_of_item(schema), loader, file, places)


def _inside(node, path, schema, loader, file, places) -> Iterator[Problem]:
    if len(path) > DEEPEST:
        yield Problem(path[:2], "holds itself, or more levels than any key has.")
    elif isinstance(node, yaml.ScalarNode):
        yield from _misread(node, path, schema, loader)
    else:
        yield from _walk(node, path, schema, loader, file, places)


def _misread(node: yaml.Node, path: tuple, schema: Any, loader) -> Iterator[Problem]:
    """A plain word that YAML reads as something that its owner may not have meant."""
    if not isinstance(node, yaml.ScalarNode) or node.style or not node.tag.endswith(GUESSED):
        return
    text, reading = node.value, loader.construct_object(node)
    if reading is None:
        return
    if _is_meant(text, reading, kinds(schema)):
        return
    yield Problem(
        path,
        f"YAML reads {text} as {shown(reading)}. Quote it, '{text}', to mean these letters"
        + (f"; write {shown(reading)} to mean that." if not _is_date(reading) else "."),
    )


def _is_meant(text: str, reading: Any, wanted: set[str]) -> bool:
    if isinstance(reading, bool):
        return "string" not in wanted or ("boolean" in wanted and text in ("true", "false"))
    if isinstance(reading, int):
        return bool(re.fullmatch(PLAIN_INTEGER, text)) and (
            "string" not in wanted or text == str(reading)
        )
    return not _is_date(reading) and ("string" not in wanted or text == str(reading))


def _is_date(reading: Any) -> bool:
    return isinstance(reading, datetime.date)


DEEPEST = 12  # levels; the config's own are eight


def syntax_error(file: Path) -> str | None:
    """Where and why a config file is not YAML, or has no keys; None if all is well."""
    try:
        root = yaml.compose(file.read_text(encoding="utf-8-sig"), Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(filter(None, [error.context, error.problem]))
        return f"{file}, line {mark.line + 1}, column {mark.column + 1}: {what}"
    except yaml.YAMLError as error:
        return f"{file}: {error}"
    except UnicodeDecodeError:
        return f"{file}: the text is not UTF-8; save it as UTF-8"
    if isinstance(root, yaml.MappingNode):
        return None
    return (
        f"{file}: there are no keys in it. A config begins with `datasets:` (docs/configuration.md)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", action="extend", default=[])
    given = parser.parse_known_args()[0].configfile or ["config.yaml"]
    errors = [*filter(None, map(syntax_error, filter(Path.is_file, map(Path, given))))]
    sys.exit("\n".join(errors) or None)
