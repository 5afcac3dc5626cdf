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

from seq2score.settings.messages import Problem, shown
from seq2score.settings.shapes import Shape

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
GUESSED = (":bool", ":int", ":float", ":timestamp")  # what YAML makes of a word without quotes
PLAIN_INTEGER = r"[+-]?(0|[1-9][0-9_]*)"
DEEPEST = 12  # levels; the config's own are eight
KEY = Shape.of(str)


class Place(NamedTuple):
    """Where a key stands."""

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
                position = self.places[path[:end]]
                return f"{position.file}, line {position.line}: "
        return ""


def written(files: Sequence[Path | str], config: Shape) -> Written:
    """What stands in config files. A file that is not there has nothing to say.

    Parameters
    ----------
    files
        In the order in which they are read.
    config
        The shape of the whole, which tells what words are meant as.
    """
    result = Written({}, [])
    for file in map(Path, files):
        if file.is_file():
            loader = Loader(file.read_text(encoding="utf-8-sig"))
            if root := loader.get_single_node():
                walk = _Walk(loader, str(file), result.places)
                result.problems.extend(walk.inside(root, (), config))
    return result


class _Walk(NamedTuple):
    """On the way through one file."""

    loader: Any
    file: str
    places: dict[tuple, Place]

    def inside(self, node: yaml.Node, path: tuple, shape: Shape) -> Iterator[Problem]:
        """Note the place of everything below a node; problems with how it is written."""
        if len(path) > DEEPEST:
            yield Problem(path[:2], "holds itself, or more levels than any key has.")
        elif isinstance(node, yaml.ScalarNode):
            yield from self._misread(node, path, shape)
        elif isinstance(node, yaml.SequenceNode):
            for index, inner in enumerate(node.value):
                self._note(inner, (*path, index))
                yield from self.inside(inner, (*path, index), shape.inside(index, []))
        elif isinstance(node, yaml.MappingNode):
            yield from self._mapping(node, path, shape)

    def _mapping(self, node: yaml.MappingNode, path: tuple, shape: Shape) -> Iterator[Problem]:
        # Without its aliases: a mapping may hold itself.
        value = {
            key.value: inner.value if isinstance(inner, yaml.ScalarNode) else None
            for key, inner in node.value
            if isinstance(key, yaml.ScalarNode)
        }
        for key, inner in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else str(key.value)
            below = (*path, name)
            if below in self.places:
                again = f"and in line {key.start_mark.line + 1} again"
                yield Problem(below, f"stands in line {self.places[below].line}, {again}.")
                continue
            self._note(key, below)
            yield from self._misread(key, below, KEY)
            yield from self.inside(inner, below, shape.inside(name, value))

    def _note(self, node: yaml.Node, path: tuple) -> None:
        self.places[path] = Place(self.file, node.start_mark.line + 1)

    def _misread(self, node: yaml.Node, path: tuple, shape: Shape) -> Iterator[Problem]:
        """A plain word that YAML reads as something that its owner may not have meant."""
        if not isinstance(node, yaml.ScalarNode) or node.style or not node.tag.endswith(GUESSED):
            return
        text, reading = node.value, self.loader.construct_object(node)
        if reading is None or _is_meant(text, reading, shape):
            return
        message = (
            f"YAML reads {text} as {shown(reading)}. Quote it, '{text}', to mean these letters"
        )
        is_date = isinstance(reading, datetime.date)
        yield Problem(
            path, message + ("." if is_date else f"; write {shown(reading)} to mean that.")
        )


def _is_meant(text: str, reading: Any, shape: Shape) -> bool:
    if isinstance(reading, bool):
        is_boolean = "boolean" in shape.kinds and text in ("true", "false")
        return "string" not in shape.kinds or is_boolean
    if isinstance(reading, datetime.date):
        return False
    is_same = text == str(reading) or not shape.numbers_as_written
    is_plain = not isinstance(reading, int) or re.fullmatch(PLAIN_INTEGER, text)
    return is_same and bool(is_plain)


def syntax_error(file: Path) -> str | None:
    """Where and why a config file is not YAML, or has no keys; None if all is well."""
    try:
        root = yaml.compose(file.read_text(encoding="utf-8-sig"), Loader)
    except yaml.MarkedYAMLError as error:
        what = ", ".join(filter(None, [error.context, error.problem]))
        if mark := error.problem_mark or error.context_mark:
            return f"{file}, line {mark.line + 1}, column {mark.column + 1}: {what}"
        return f"{file}: {what}"
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
