"""What may stand at each place of a config, as the classes of its sections say it.

pydantic checks values. Here its types are walked through, for what a check does not tell: how text
is to be read (`read`), and what is allowed in words (`Shape.allowed`).
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import Tag
from pydantic.fields import FieldInfo

from seq2score.settings.fields import (
    Allowed,
    AsWritten,
    By,
    Distinct,
    Section,
    Text,
    number,
)

KINDS = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true | false",
    "null": "null",
}
UNIONS = (Union, types.UnionType)
READ_AS: dict[str, dict[str, Any]] = {
    "null": {"null": None, "~": None},
    "boolean": {"true": True, "false": False},
}


@dataclass(frozen=True)
class Shape:
    """A type, and the notes that its annotation has beside it."""

    type: Any
    notes: tuple = ()

    @classmethod
    def of(cls, annotation: Any, notes: tuple = ()) -> "Shape":
        """The shape of an annotation, or of a field."""
        if isinstance(annotation, FieldInfo):
            return cls.of(annotation.annotation, tuple(annotation.metadata))
        while get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            notes = (*more, *notes)
        flat = [n.metadata if isinstance(n, FieldInfo) else [n] for n in notes]
        return cls(annotation, tuple(note for of_one in flat for note in of_one))

    @property
    def annotation(self) -> Any:
        """What it is the shape of."""
        return Annotated[self.type, *self.notes] if self.notes else self.type

    # --------------------------------------------------------------------------------- within it
    @property
    def is_section(self) -> bool:
        """Whether it is a mapping with keys of its own."""
        return isinstance(self.type, type) and issubclass(self.type, Section)

    @property
    def by(self) -> By | None:
        """What tells the sections of a union apart, if something does."""
        return next((note for note in self.notes if isinstance(note, By)), None)

    @cached_property
    def alternatives(self) -> list["Shape"]:
        """The members of a union; else itself alone."""
        members = get_args(self.type) if get_origin(self.type) in UNIONS else ()
        return [Shape.of(member) for member in members] if {*members} - {int, float} else [self]

    @cached_property
    def sections(self) -> dict[str, "Shape"]:
        """The sections that `by` tells apart, by the value that means each."""
        tagged = [(a, tag) for a in self.alternatives for tag in a.notes if isinstance(tag, Tag)]
        return {tag.tag: alternative for alternative, tag in tagged}

    @cached_property
    def kinds(self) -> set[str]:
        """The types of single values that it takes, by their names in JSON; none where any is."""
        members = get_args(self.type)
        if self.is_choice:
            return {KINDS[type(member)] for member in members} - {"string"}
        if {*members} == {int, float}:  # whole numbers among them stay as they are
            return {"number"}
        if len(self.alternatives) > 1:
            return set().union(*(member.kinds for member in self.alternatives))
        return {KINDS[self.type]} if self.type in KINDS else set()

    @property
    def numbers_as_written(self) -> bool:
        """Whether a number is but the text that it is written as."""
        return "string" in self.kinds and (
            AsWritten in self.notes or not self.kinds & {"integer", "number"}
        )

    @property
    def is_in_words(self) -> bool:
        """Whether what it takes is told in words of its own."""
        return any(isinstance(note, Allowed) for note in self.notes)

    @property
    def is_choice(self) -> bool:
        """Whether it is one of some words or numbers."""
        return get_origin(self.type) is Literal

    def meant(self, value: Any) -> "Shape":
        """Of a union, the member that a mapping or list is meant for, if it is plain which."""
        if self.by:
            return self.sections.get(self.by.tag(value), self.sections[self.by.default])
        holder = dict if isinstance(value, dict) else list if isinstance(value, list) else None
        fits = [a for a in self.alternatives if holder and a.holds_as is holder]
        return fits[0] if len(fits) == 1 else self

    @property
    def holds_as(self) -> type | None:
        """Whether it is a mapping or a list."""
        return dict if self.is_section else get_origin(self.type)

    def fields(self) -> dict[str, "Shape"]:
        """The shapes of a section's keys."""
        return fields_of(self.type) if self.is_section else {}

    def holds(self, key: Any, value: Any) -> bool:
        """Whether a key, or an index, is one of a value of this shape."""
        if isinstance(value, list):
            return self.holds_as is list and isinstance(key, int) and key < len(value)
        return (
            self.holds_as is dict
            and isinstance(value, dict)
            and (key in value or key in self.fields())
        )

    def inside(self, key: Any, value: Any) -> "Shape":
        """The shape of what stands at a key, or at an index, of a value."""
        meant = self.meant(value)
        if meant.is_section:
            return meant.fields().get(key, Shape(Any))
        for member in meant.alternatives:  # of several, the first with such a key
            if key in member.fields():
                return member.fields()[key]
        members = get_args(meant.type) if meant.holds_as in (dict, list) else ()
        return Shape.of(members[-1]) if members else Shape(Any)

    # ---------------------------------------------------------------------------------- in words
    def allowed(self) -> str:
        """What it takes, in words."""
        for note in self.notes:
            if isinstance(note, Allowed | Text):
                return note if isinstance(note, Allowed) else note.allowed
        if self.by:
            return self.sections[self.by.default].allowed()
        if self.is_section:
            return f"a mapping of {', '.join(self.type.model_fields)}"
        if len(self.alternatives) > 1:
            return " or ".join(a.allowed() for a in self.alternatives)
        if self.is_choice:
            return " | ".join(map(str, get_args(self.type)))
        if self.holds_as is list:
            each = Shape.of(get_args(self.type)[0])
            items = f", each {each.allowed()}" if each.type is not Any else ""
            return f"a list{items}{', none twice' * (Distinct in self.notes)}"
        if self.holds_as is dict:
            return "a mapping of names to what they stand for"
        return "".join(WORDS[kind] for kind in self.kinds) + self._range() or "anything"

    def _range(self) -> str:
        ends = {
            Ge: ("ge", "of at least"),
            Gt: ("gt", "above"),
            Le: ("le", "at most"),
            Lt: ("lt", "below"),
        }
        limits = [(note, *ends[type(note)]) for note in self.notes if type(note) in ends]
        return ",".join(f" {words} {getattr(note, name)}" for note, name, words in limits)


@cache
def fields_of(section: type[Section]) -> dict[str, Shape]:
    """The shapes of a section's keys."""
    return {key: Shape.of(field) for key, field in section.model_fields.items()}


def read(value: Any, shape: Shape) -> Any:
    """The value as its shape wants it: text as a number, a number as text.

    `--config training={epochs: 2}` arrives as text, YAML reads 1e-3 as text, and a column or a
    model may be named 1.

    Parameters
    ----------
    value
        As Snakemake read it, with all that it holds.
    shape
        What is allowed; what it does not take stays as it is.
    """
    if isinstance(value, Mapping):
        value = {_as_text(key): item for key, item in value.items()}
        return {key: read(item, shape.inside(key, value)) for key, item in value.items()}
    if isinstance(value, list):
        return [read(item, shape.inside(index, value)) for index, item in enumerate(value)]
    kinds = shape.kinds
    if isinstance(value, str) and "string" not in kinds:
        value = _read(value, kinds)
    if isinstance(value, float) and "integer" in kinds and value.is_integer():
        return int(value)
    return _as_text(value) if "string" in kinds and not kinds & {"integer", "number"} else value


def _read(text: str, kinds: set[str]) -> Any:
    """Text as one of the types that are wanted, or as it is."""
    for kind, readings in READ_AS.items():
        if kind in kinds and text in readings:
            return readings[text]
    return number(text) if kinds & {"integer", "number"} else text


def _as_text(value: Any) -> Any:
    """A number as it was written; anything else as it is."""
    return str(value) if type(value) in (int, float) else value
