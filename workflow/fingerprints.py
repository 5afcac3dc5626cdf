"""What a step depends on: the content of its script and of every library file that it imports.

Snakemake reruns a job when a parameter changed, so each rule carries `code=code_of(...)` among its
`params:`. Only statements count: a touch, a comment, a docstring or new formatting changes nothing,
and neither does another Python or another locale.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

LARGE = 1 << 30  # bytes; what is read in a second or so
SCRIPTS = Path(__file__).parent.parent / "scripts"


@cache
def code_of(script: str, *by_name: str) -> str:
    """Hash of what `scripts/{script}.py` runs.

    by_name: library modules that the script loads by name, such as "seq2score.models.cnn", and
    files that it reads, such as "seq2score/figures/parity_page.html", or, with their whole path,
    such as may still have to be made.
    """
    read = [path for name in by_name if "/" in name and (path := SCRIPTS / name).is_file()]
    loaded = [path for name in by_name if "/" not in name for path in _files_of(name)]
    files = _reached_from([SCRIPTS / f"{script}.py", *loaded])
    parts = [f"{path.relative_to(SCRIPTS)} {_statements(path)}" for path in sorted(files)]
    parts += [path.read_text(encoding="utf-8") for path in read]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def code_of_model(script: str, families: Iterable[str], *by_name: str) -> str:
    """Hash of what `scripts/{script}.py` runs with a model of some families.

    families: architectures. Of a class of the user's own, the whole file counts. by_name: as above.
    """
    return code_of(script, *map(_module_of, families), *by_name)


def _module_of(architecture: str) -> str:
    file, _, name = architecture.partition(":")
    return str(Path(file).absolute()) if name else f"seq2score.models.{architecture}"


def digest(settings: dict, *files: str) -> str:
    """Hash of settings and of the content of files, to name a verdict on them by.

    Snakemake deletes the output of a step that fails. A step that fails where the user erred has
    this digest in the name of its output, so that what was right before stays there.
    """
    return hashlib.sha256(
        json.dumps([settings, *map(_content, files)], sort_keys=True).encode()
    ).hexdigest()[:16]


@cache
def _content(file: str) -> str:
    """Hash of a file's content; of one as large as a genome, its size and time stand for it."""
    metadata = Path(file).stat()
    if metadata.st_size > LARGE:
        return f"{metadata.st_size} {metadata.st_mtime_ns}"
    with Path(file).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _reached_from(files: list[Path]) -> set[Path]:
    reached, waiting = set(), list(files)
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += [results for module in _imports(path) for results in _files_of(module)]
    return reached


@cache
def _files_of(module: str) -> list[Path]:
    """The files that importing `module` runs: its own, and the `__init__` of every parent."""
    parts = module.split(".")
    if parts[0] != "seq2score":
        return []
    places = [SCRIPTS.joinpath(*parts[: i + 1]) for i in range(len(parts))]
    candidates = [*(folder / "__init__.py" for folder in places), places[-1].with_suffix(".py")]
    return [path for path in candidates if path.is_file()]


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


@cache
def _imports(path: Path) -> list[str]:
    return [name for node in _blocks(_parsed(path)) for name in _imported_by(node)]


def _blocks(tree: ast.Module) -> Iterator[ast.AST]:
    """The statements of a file, at any depth, and what holds them: a tenth of all nodes."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, field, None)
            if isinstance(inside, list):  # that of a lambda is an expression
                waiting += inside


def _imported_by(node: ast.AST) -> list[str]:
    """What a statement imports; parts of a module, which may be modules too, beside it."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


@cache
def _statements(path: Path) -> str:
    tree = _parsed(path)
    for node in _blocks(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_text(statement)]
    return canonical(tree)


def canonical(node: object) -> str:
    """A syntax tree as text that is the same in every Python that can parse it.

    `ast.dump` is not: each minor version adds fields to nodes, which are empty where the source
    does not use them. So fields are named, and what is empty is left out.
    """
    if isinstance(node, list):
        return f"[{', '.join(map(canonical, node))}]"
    if not isinstance(node, ast.AST):
        return ascii(node)
    kind = type(node)
    if kind is ast.Constant:  # where None is a value
        return f"Constant(value={canonical(node.value)})"
    inside = [
        f"{name}={canonical(value)}"
        for name in kind._fields
        if (value := getattr(node, name, None)) is not None and value != []
    ]
    return f"{kind.__name__}({', '.join(inside)})"


def _is_text(statement: ast.stmt) -> bool:
    """A string that stands alone, as a docstring does: it runs nothing."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
