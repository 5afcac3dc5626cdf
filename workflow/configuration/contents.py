"""Whether the files that later steps read hold what these steps read from them.

Looked at before any job, so that nobody learns of a misspelt column after a night of training. Only
their beginnings are read, and only where Snakemake's own environment has what reads them: else the
steps themselves say what is wrong.
"""

import re
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from configuration.questions import is_asked
from seq2score.errors import InputError
from seq2score.sequences.sources import KINDS, kind_of
from storing import in_storage
from validation import Problem, unknown

MOTIF = re.compile(r"^MOTIF[ \t]+(\S+)", re.MULTILINE)
SHOWN = 10


def wrong_contents(config: dict) -> Iterator[Problem]:
    """Problems with the files of `predict` and of `interpretation`. config: with defaults."""
    for name, section in config["predict"].items():
        tables = [d.get("table", {}) for n, d in config["datasets"].items() if is_asked(n, section)]
        inputs = list(dict.fromkeys(name for table in tables for name in table.get("inputs", {})))
        if not in_storage(section["path"]) and kind_of(section["path"]).needs != "genome":
            yield from _unreadable(("predict", name), section, inputs)
    asked = config["interpretation"]
    for place, file in enumerate(asked["mutate"]):
        if kind_of(file) == KINDS["fasta"] and not in_storage(file):
            yield from _too_many(("interpretation", "mutate", place), file)
    if asked["motifs"] == "jaspar":
        yield from _not_in_jaspar(asked)
    elif asked["motifs"] != "planted" and not in_storage(asked["motifs"]):
        yield from _wrong_motifs(asked)


def _unreadable(path: tuple, section: dict, inputs: list[str]) -> Iterator[Problem]:
    if not (find_spec("pyarrow") and find_spec("dnaio")):
        return
    from seq2score.sequences import new

    try:
        next(new.batches(section, inputs), None)
    except InputError as error:
        yield Problem(path, str(error))


def _too_many(path: tuple, file: str) -> Iterator[Problem]:
    """A FASTA file that is none, or that holds more sequences than anybody could look at."""
    if not (find_spec("pyarrow") and find_spec("dnaio")):
        return
    from seq2score.sequences import new

    try:
        new.few(file, None)
    except InputError as error:
        yield Problem(path, str(error))


def _wrong_motifs(asked: dict) -> Iterator[Problem]:
    """A MEME file without a motif, or without one that is expected."""
    try:
        text = Path(asked["motifs"]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield Problem(("interpretation", "motifs"), f"{asked['motifs']} is no text: {error}.")
        return
    ids = MOTIF.findall(text)
    if not ids:
        yield Problem(
            ("interpretation", "motifs"),
            f"{asked['motifs']} holds no motif; a MEME file has a line MOTIF before each matrix.",
        )
        return
    for name in asked["expected"]:
        if name not in ids:
            shown = {key: {} for key in ids[:SHOWN]}
            yield Problem(("interpretation", "expected"), f"{name}: {unknown(name, shown)}")


def _not_in_jaspar(asked: dict) -> Iterator[Problem]:
    if not asked["expected"] or not find_spec("pyjaspar"):
        return
    from pyjaspar import jaspardb

    release = asked["jaspar"]["release"]
    database = jaspardb(release=release)
    for name in asked["expected"]:
        base = name.split(".")[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pyjaspar warns of ids that it has not
            latest = database.fetch_motif_by_id(base)
        if latest is None or latest.matrix_id != name:
            instead = f"; its latest there is {latest.matrix_id}" if latest else ""
            yield Problem(("interpretation", "expected"), f"{release} has no {name}{instead}.")
