"""The files that a config names: whether they are there, and hold what later steps read.

Looked at before any job, so that nobody learns of a misspelt column after a night of training. Only
their beginnings are read, and only where Snakemake's own environment has what reads them: else the
steps themselves say what is wrong.
"""

import ast
import os
import re
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from seq2score.errors import InputError
from seq2score.settings.interpretation import Interpretation
from seq2score.settings.messages import Problem, unknown
from seq2score.settings.resolved import Dataset, Joint, Settings

SHOWN = 10
LONGEST_NAME = 255  # bytes of a file's or folder's name, on every common file system
LONGEST_ENDING = 24  # of a log's name after those of its dataset and model
HINTS = {  # about a path that is not there, by how it begins
    "~": " '~' stands for no folder here.",
    r"\$": " Variables of the shell mean nothing here.",
    r"[A-Za-z]:[\\/]": " In WSL, the drive C: is /mnt/c.",
}


def in_storage(file: str) -> bool:
    """Whether a path is an address that a storage plugin fetches it from, as s3://bucket/file."""
    return "://" in file


def wrong_files(config: Any, need_files: bool) -> Iterator[Problem]:
    """Files that the config names and that lie where results go, are not there, or are others.

    Parameters
    ----------
    config
        Checked by itself.
    need_files
        Whether those that are not there are a fault.
    """
    if Path(config.results).is_file():
        yield Problem(("results",), f"{config.results} is a file, where a folder is needed.")
    for path, file in named_files(config).items():
        if in_storage(file):
            continue  # looked for when it is needed
        if under(file, config.results):
            yield Problem(
                path,
                f"{file} lies where results go, {config.results}, and could be written over. "
                "Keep it elsewhere, or choose another folder for `results`.",
            )
        elif need_files and not os.path.isfile(file):  # noqa: PTH113, a long name is no error
            what = "is no file" if os.path.exists(file) else "does not exist"  # noqa: PTH110
            hint = next((words for start, words in HINTS.items() if re.match(start, file)), "")
            yield Problem(path, f"{file} {what}. Paths start from {Path.cwd()}.{hint}")
    for name, model in config.models.items():
        file, _, class_name = model.architecture.partition(":")
        if class_name and Path(file).is_file():
            yield from _wrong_class(("models", name, "architecture"), file, class_name)


def named_files(config: Any) -> dict[tuple, str]:
    """Every file that the config names, by the keys that lead to it."""
    interpretation = config.interpretation
    named: dict[tuple, str | None] = {("interpretation", "motifs"): interpretation.database}
    for file in interpretation.files:
        named["interpretation", "mutate", interpretation.mutate.index(file)] = file
    for name, dataset in config.datasets.items():
        for key in ("path", "scores", "genome") if dataset.table else ():
            named["datasets", name, "table", key] = getattr(dataset.table, key)
        counted = dataset.counts.files() if dataset.counts else {}
        named |= {("datasets", name, "counts", *key): file for key, file in counted.items()}
    for path, question in config.questions().items():
        named |= {(*path, *key): file for key, file in question.files().items()}
    for name, model in config.models.items():
        file, _, class_name = model.architecture.partition(":")
        named["models", name, "architecture"] = file if class_name else None
    return {path: file for path, file in named.items() if file is not None}


def under(file: str, folder: str) -> bool:
    """Whether a file lies in a folder or below, by whatever name or link it is called."""
    there = Path(folder).resolve()
    return any(
        location == there or (location.exists() and there.exists() and location.samefile(there))
        for location in Path(file).resolve().parents
    )


def _wrong_class(path: tuple, file: str, class_name: str) -> Iterator[Problem]:
    """A file without the class that it should hold; it is read for that, not run."""
    try:
        statements = ast.parse(Path(file).read_bytes()).body
    except (SyntaxError, ValueError) as error:
        yield Problem(path, f"{file} is no Python: {error}.")
        return
    names = [name for statement in statements for name in _names_of(statement)]
    if class_name not in names:
        classes = [s.name for s in statements if isinstance(s, ast.ClassDef)]
        there = ", ".join(classes) or "-"
        yield Problem(path, f"{file} holds no {class_name}. Classes there: {there}.")


def _names_of(statement: ast.stmt) -> list[str]:
    """The names that a statement at the top of a file gives to something."""
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        return [statement.name]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name for alias in statement.names]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []


# --------------------------------------------------------------------------------------- contents
def wrong_contents(config: Any) -> Iterator[Problem]:
    """Problems with what the files of questions and of `interpretation` hold."""
    for path, question in config.questions().items():
        if not any(in_storage(file) for file in question.files().values()):
            for problem in question.inside(config):
                yield Problem((*path, *problem.path), problem.text)
    section = config.interpretation
    for file in section.files:
        if not in_storage(file):
            location = section.mutate.index(file)
            yield from _too_many_sequences(("interpretation", "mutate", location), file)
    if section.motifs == "jaspar":
        yield from _not_in_jaspar(section)
    elif section.database and not in_storage(section.database):
        yield from _wrong_motifs(section, section.database)


def _too_many_sequences(path: tuple, file: str) -> Iterator[Problem]:
    """A FASTA file that is none, or that holds more sequences than anybody could look at."""
    if not (find_spec("pyarrow") and find_spec("dnaio")):
        return
    from seq2score.sequences import new

    try:
        new.few(file)
    except InputError as error:
        yield Problem(path, str(error))


def _wrong_motifs(section: Interpretation, file: str) -> Iterator[Problem]:
    """A MEME file that cannot be read, or without a motif that is expected."""
    if not (find_spec("numpy") and find_spec("pyarrow")):
        return
    from seq2score.motifs.database import read_meme

    try:
        ids = read_meme(file).ids
    except InputError as error:
        yield Problem(("interpretation", "motifs"), str(error))
        return
    for name in section.expected:
        if name not in ids:
            yield Problem(("interpretation", "expected"), f"{name}: {unknown(name, ids[:SHOWN])}")


def _not_in_jaspar(section: Interpretation) -> Iterator[Problem]:
    if not section.expected or not find_spec("pyjaspar"):
        return
    from pyjaspar import jaspardb

    release = section.jaspar.release
    database = jaspardb(release=release)
    for name in section.expected:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pyjaspar warns of ids that it has not
            latest = database.fetch_motif_by_id(name.split(".")[0])
        if latest is None or latest.matrix_id != name:
            instead = f"; its latest there is {latest.matrix_id}" if latest else ""
            yield Problem(("interpretation", "expected"), f"{release} has no {name}{instead}.")


# ------------------------------------------------------------------------------------------ names
def too_long(settings: Settings) -> Iterator[Problem]:
    """Names that, joined to those of files and logs, no file system takes."""
    sections = [key for key, questions in settings.questions.items() if key != "attributions"]
    longest = max((len(name) for key in sections for name in settings.questions[key]), default=0)
    room = LONGEST_NAME - LONGEST_ENDING
    learned: dict[str, Dataset | Joint] = {**settings.datasets, **settings.joint}
    for name, dataset in learned.items():
        for base in dataset.models:
            tried = settings.trials.get(base)
            for model in [base, *(tried.members if tried else [])]:
                if (letters := len(name) + len(model) + longest) > room:
                    kind = "search" if tried and tried.proposal else "sweep"
                    of = f" and the longest name in {' or '.join(sections)} ({longest})"
                    yield Problem(
                        (kind if model != base else "models", base),
                        f"the names {name} ({len(name)} letters) and {model} ({len(model)})"
                        f"{of if longest else ''} make {letters} letters, which stand in the names "
                        f"of files. Allowed: {room} together.",
                    )
                    break  # a sweep has many members
