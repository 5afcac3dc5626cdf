"""The files that a config names."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from configuration.bounds import under
from configuration.questions import VARIANT_FILES, attributions_of, files_to_mutate
from storing import in_storage
from validation import Problem

FILE_KEYS = ("path", "scores", "genome")
HINTS = {  # about a path that is not there, by how it begins
    "~": " '~' stands for no folder here.",
    r"\$": " Variables of the shell mean nothing here.",
    r"[A-Za-z]:[\\/]": " In WSL, the drive C: is /mnt/c.",
}


def wrong_files(config: dict, need_files: bool) -> Iterator[Problem]:
    """Files that the config names and that lie where results go, are not there, or are others."""
    if Path(config["results"]).is_file():
        yield Problem(("results",), f"{config['results']} is a file, where a folder is needed.")
    for path, file in _files(config).items():
        if in_storage(file):
            continue  # looked for when it is needed
        if under(file, config["results"]):
            yield Problem(
                path,
                f"{file} lies where results go, {config['results']}, and could be written over. "
                "Keep it elsewhere, or choose another folder for `results`.",
            )
        elif need_files and not os.path.isfile(file):  # noqa: PTH113, a long name is no error
            what = "is no file" if os.path.exists(file) else "does not exist"  # noqa: PTH110
            hint = next((told for start, told in HINTS.items() if re.match(start, file)), "")
            yield Problem(path, f"{file} {what}. Paths start from {Path.cwd()}.{hint}")
    for name, model in config["models"].items():
        file, _, wanted = model["architecture"].partition(":")
        if wanted and Path(file).is_file():
            yield from _wrong_class(("models", name, "architecture"), file, wanted)


def _files(config: dict) -> dict[tuple, str]:
    """Every file that the config names, by the keys that lead to it."""
    named = {("interpretation", "motifs"): config["interpretation"]["motifs"]}
    sections = {
        ("datasets", name, "table"): d.get("table", {}) for name, d in config["datasets"].items()
    }
    sections |= {("predict", name): new for name, new in config["predict"].items()}
    if isinstance(new := attributions_of(config)["sequences"], dict):
        sections["attributions", "sequences"] = new
    for name, asked in config["design"].items():
        if isinstance(asked["start"], str) and asked["start"] not in ("random", "best"):
            named["design", name, "start"] = asked["start"]
    for file in files_to_mutate(config):
        place = config["interpretation"]["mutate"].index(file)
        named["interpretation", "mutate", place] = file
    for path, section in sections.items():
        named |= {(*path, key): section.get(key) for key in FILE_KEYS}
    for name, model in config["models"].items():
        file, _, wanted = model["architecture"].partition(":")
        named["models", name, "architecture"] = file if wanted else None
    for name, section in config["variants"].items():
        for key in VARIANT_FILES:
            if isinstance(file := section[key], str):
                named["variants", name, key] = file
    return {path: file for path, file in named.items() if file not in (None, "planted", "jaspar")}


def _wrong_class(path: tuple, file: str, wanted: str) -> Iterator[Problem]:
    """A file without the class that it should hold; it is read for that, not run."""
    try:
        statements = ast.parse(Path(file).read_bytes()).body
    except (SyntaxError, ValueError) as error:
        yield Problem(path, f"{file} is no Python: {error}.")
        return
    names = [name for statement in statements for name in _names_of(statement)]
    if wanted not in names:
        classes = [s.name for s in statements if isinstance(s, ast.ClassDef)]
        yield Problem(
            path, f"{file} holds no {wanted}. Classes there: {', '.join(classes) or '-'}."
        )


def _names_of(statement: ast.stmt) -> list[str]:
    """The names that a statement at the top of a file gives to something."""
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        return [statement.name]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name for alias in statement.names]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []
