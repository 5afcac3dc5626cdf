"""What is wrong with a config, in words: what turns pydantic's errors into messages."""

import difflib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from seq2score.settings.shapes import Shape

MOST_NAMES = 40  # that a message lists


class Problem(NamedTuple):
    """What is wrong, and the keys that lead to it."""

    path: tuple[str | int, ...]
    text: str


def problems(
    value: Any, shape: Shape, path: tuple = (), sections: Collection[str] = ()
) -> list[Problem]:
    """Everything in a value that its shape does not take.

    Parameters
    ----------
    value
        As it was read.
    shape
        What is allowed.
    path
        The keys that lead to the value.
    sections
        Keys at the left margin of the config: one of them elsewhere is told so.
    """
    try:
        strict = None if shape.is_section else True  # as every section is by itself
        TypeAdapter(shape.annotation).validate_python(value, strict=strict)
    except ValidationError as error:
        places = [_Place.of(detail, shape, value) for detail in error.errors(include_url=False)]
        inner = {location.path[:end] for location in places for end in range(len(location.path))}
        # Each member of a union says what is wrong. Those count that could look inside.
        kept = [p for p in places if not (p.is_member and p.path in inner)]
        texts = [(p.text(sections), p.path) for p in kept]
        return list(dict.fromkeys(Problem((*path, *location), text) for text, location in texts))
    return []


@dataclass
class _Place:
    """Where an error is: the keys that lead there, and what stands and may stand there.

    around: the shapes and values of the mappings and lists that hold it, the outermost first.
    union: of the mapping that holds it, the one that it was chosen from by one of its keys.
    is_member: whether it is an error of one member of a plain union.
    """

    kind: str
    shape: Shape
    value: Any
    path: tuple = ()
    around: list[tuple[Shape, Any]] = field(default_factory=list)
    union: Shape | None = None
    is_member: bool = False
    is_name: bool = False

    @classmethod
    def of(cls, error: ErrorDetails, shape: Shape, value: Any) -> "_Place":
        """The place of an error of pydantic's, which names members of unions among the keys."""
        location = cls(error["type"], shape, value)
        chosen = None
        for step in error["loc"]:
            meant = location.shape.meant(location.value)
            if location.shape.by and step in location.shape.sections:
                chosen, location.shape = location.shape, location.shape.sections[step]
            elif step == "[key]":
                location.is_name = True
            elif meant.holds(step, location.value):
                location.around.append((meant, location.value))
                location.union, chosen = chosen, None
                location.shape = meant.inside(step, location.value)
                location.value = location.value[step] if step in _keys(location.value) else None
                location.path = (*location.path, step)
            else:
                location.is_member = True
                if location.kind in ("missing", "extra_forbidden") and step == error["loc"][-1]:
                    location.kind = "member"  # of several, it is not plain which was meant
        return location

    def text(self, sections: Collection[str]) -> str:
        """What is wrong there."""
        if self.is_name:
            names = Shape.of(get_args(self.around[-1][0].type)[0])
            return f"no possible name. Allowed: {names.allowed()}."
        if self.kind == "extra_forbidden":
            return self._unknown(sections)
        if self.kind == "missing":
            if self.union and self.union.by:
                value = self.around[-1][1]
                return self.union.by.missing(str(self.path[-1]), self.shape.allowed(), value)
            return f"missing. Allowed: {self.shape.allowed()}."
        if self.kind.startswith("union_tag") and (by := self.shape.by):
            tags = " | ".join(self.shape.sections)
            self.path = (*self.path, by.key)
            return f"{shown(self.value[by.key])} is not allowed. Allowed: {tags}."
        what = (
            "nothing stands here" if self.value is None else f"{shown(self.value)} is not allowed"
        )
        return f"{what}. Allowed: {self.shape.meant(self.value).allowed()}."

    def _unknown(self, sections: Collection[str]) -> str:
        """That a key is not known in its mapping, and where it belongs."""
        key, (section, value) = self.path[-1], self.around[-1]
        known = section.fields()
        elsewhere = [*self.union.sections.items()] if self.union else []
        tags = [tag for tag, shape in elsewhere if key in shape.fields()]
        by = self.union and self.union.by
        if tags and by and (text := by.unknown(key, tags, value)):
            return text
        if len(self.path) > 2 and key in self.around[-2][0].fields():
            return f"unknown here: {key} belongs one level higher, beside {self.path[-2]}."
        deeper = {
            inner: f"{outer}.{inner}"
            for outer, shape in reversed(known.items())  # of two that have it, the first
            for inner in shape.meant(value.get(outer, {})).fields()
        }
        if key in sections and key not in deeper:
            return f"unknown here: {key} is a section of its own, at the left margin of the config."
        return unknown(
            key, known, {name: name for _, s in elsewhere for name in s.fields()} | deeper
        )


def _keys(value: Any) -> Collection:
    return range(len(value)) if isinstance(value, list) else value or ()


def unknown(
    key: str, known: Collection[str], deeper: Mapping[str, str] = MappingProxyType({})
) -> str:
    """That a key or name is not known, with the nearest that is.

    Parameters
    ----------
    key
        That is not known.
    known
        Those that are.
    deeper
        Further keys that are known, with those that lead to them.
    """
    near = difflib.get_close_matches(str(key), [*known, *deeper], n=1, cutoff=0.7)
    near = near or [name for name in known if name.casefold() == str(key).casefold()]
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
