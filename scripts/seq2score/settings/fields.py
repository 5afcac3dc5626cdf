"""What sections of a config are made of: their base class, and the types of what stands in them.

pydantic comes with Snakemake. Jobs read their settings as plain values and need neither.
"""

import contextlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field
from pydantic_core import PydanticCustomError, core_schema

from seq2score.sequences import sources


class Section(BaseModel):
    """A mapping of the config. Its docstring and those of its fields are their documentation."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, regex_engine="python-re", allow_inf_nan=False
    )

    def given(self) -> dict[str, Any]:
        """What the config says itself, without defaults."""
        return self.model_dump(exclude_unset=True)

    def plain(self) -> dict[str, Any]:
        """Every key and its value, as a job can have them: plain text, numbers, lists, mappings."""
        return self.model_dump()


ABSENT: Any = None  # the default of a key that may be left out, but not be null


class Allowed(str):
    """What a field takes, in words, where its type reads badly."""


class Text:
    """Text of a pattern.

    Parameters
    ----------
    pattern
        A regular expression.
    allowed
        What it allows, in words.
    """

    def __init__(self, pattern: str, allowed: str) -> None:
        self.pattern, self.allowed = pattern, allowed

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.str_schema(pattern=self.pattern, regex_engine="python-re", strict=True)


class File(Text):
    """The path of a file of some of the library's kinds."""

    def __init__(self, *kinds: str) -> None:
        super().__init__(sources.pattern(kinds), sources.allowed(kinds))


def keys_of(value: Any) -> Mapping[str, Any]:
    """The keys of a mapping as it was read, or of a section; none of anything else."""
    if isinstance(value, Section):
        return {key: getattr(value, key) for key in value.model_fields_set}
    return value if isinstance(value, Mapping) else {}


class By(Discriminator):
    """Which of several sections a mapping is, by one of its keys.

    Parameters
    ----------
    key
        Whose value is the tag of a section.
    default
        The tag of a mapping without it.
    """

    key: str
    default: str

    def __init__(self, key: str, default: str) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "default", default)
        super().__init__(self.tag)

    def tag(self, value: Any) -> str:
        """The name of the section that a mapping is meant for; the default one where none is."""
        given = keys_of(value).get(self.key, self.default)
        return given if isinstance(given, str) else ""

    def when(self, tag: str) -> str:
        """How a reader is told when a section is meant; "" for one that nobody means."""
        return f", {self.key} `{tag}`"

    def unknown(self, key: str, tags: list[str], value: Mapping) -> str:
        """What is said of a key that only some sections have.

        Parameters
        ----------
        key
            That the section does not know.
        tags
            Of the sections that do.
        value
            The mapping that holds it.
        """
        return f"unknown here: {key} goes with {self.key} {' or '.join(tags)}."

    def missing(self, key: str, allowed: str, value: Mapping) -> str:
        """What is said of a key that is missing.

        Parameters
        ----------
        key
            That the section needs.
        allowed
            What it takes, in words.
        value
            The mapping that lacks it.
        """
        return f"missing. Allowed: {allowed}."


def _finite(number: float) -> float:
    if not abs(number) <= 1.7976931348623157e308:
        raise PydanticCustomError("finite", "no number that a computer has")
    return number


def number(value: Any) -> Any:
    """Text that is a number, as YAML reads 1e3, as that; anything else as it is."""
    if not isinstance(value, str):
        return value
    with contextlib.suppress(ValueError):
        return int(value) if value.lstrip("-").isdigit() else float(value)
    return value


class AsWritten:
    """Values that count as they are written: 1.0 is another one than 1."""


def _distinct(items: list) -> list:
    if any(item in items[:index] for index, item in enumerate(items)):
        raise PydanticCustomError("distinct", "something stands twice")
    return items


Distinct = AfterValidator(_distinct)
Number = Annotated[int | float, AfterValidator(_finite)]  # whole ones stay whole
Count = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
Seed = Natural
Share = Annotated[Number, Field(gt=0, lt=1)]
Parts = Annotated[int, Field(ge=1, le=10_000)]
Words = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Text(r"^[A-Za-z0-9_-]{1,80}\Z", "a name of letters, digits, '_' and '-'")]
Column = Annotated[str, Field(min_length=1), Allowed("the name of a column")]
Columns = Annotated[list[Column], Distinct, Allowed("a list of column names, none twice")]
Ids = Annotated[list[Words], Field(min_length=1), Distinct]
Genome = Annotated[str, File("fasta")]
PastEnd = Literal["error", "pad"]
Flank = Annotated[str, Text(r"^[ACGTUNacgtun]*$", "the letters A, C, G, T, U and N")]


class Pad(Section):
    """Short sequences are filled up with N."""

    pad: Literal["right", "left", "both"]


class Crop(Section):
    """All sequences are cut to their first letters."""

    crop: Count


Length = Annotated[
    Literal["equal"] | Pad | Crop,
    Allowed(
        "equal, {pad: right}, {pad: left}, {pad: both} or {crop: a whole number of at least 1}"
    ),
]
