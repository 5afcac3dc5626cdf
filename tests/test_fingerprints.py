"""A step's fingerprint follows the content of what it imports, and nothing else."""

import ast
import os
import subprocess
import sys

import pytest

import fingerprints
from conftest import ROOT


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """A small library: `train` imports `loop`, which imports `losses`; `plot` stands apart."""
    files = {
        "train.py": "from seq2score.training import loop\n",
        "plot.py": "import seq2score.figures\n",
        "seq2score/__init__.py": "",
        "seq2score/training/__init__.py": "",
        "seq2score/training/loop.py": "import seq2score.losses\n\ndef train():\n    return 1\n",
        "seq2score/losses.py": "LOSS = 'mse'\n",
        "seq2score/figures.py": "WIDTH = 5\n",
        "seq2score/models/__init__.py": "",
        "seq2score/models/cnn.py": "FILTERS = 32\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(fingerprints, "SCRIPTS", tmp_path)
    yield tmp_path
    forget()


def forget():
    """What a new run does: read every file again."""
    for cached in vars(fingerprints).values():
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()


def code_of(*names):
    forget()
    return fingerprints.code_of(*names)


@pytest.mark.parametrize(
    "changed",
    ["train.py", "seq2score/__init__.py", "seq2score/training/loop.py", "seq2score/losses.py"],
)
def test_a_statement_in_any_imported_file_changes_it(scripts, changed):
    before = code_of("train"), code_of("plot")
    with (scripts / changed).open("a") as file:
        file.write("NEW = 1\n")
    assert code_of("train") != before[0]
    assert (code_of("plot") == before[1]) == (changed != "seq2score/__init__.py")


@pytest.mark.parametrize(
    "harmless",
    [
        "import seq2score.losses\n\n\ndef train():\n    return 1\n",
        "import seq2score.losses\n\ndef train():  # why\n    return (1)\n",
        '"""What."""\nimport seq2score.losses\n\ndef train():\n    """How."""\n    return 1\n',
    ],
)
def test_comments_docstrings_and_formatting_do_not(scripts, harmless):
    before = code_of("train")
    (scripts / "seq2score/training/loop.py").write_text(harmless)
    assert code_of("train") == before


def test_files_that_are_read_are_named_by_the_rule(scripts):
    page = scripts / "seq2score/page.html"
    page.write_text("one")
    before = code_of("plot", "seq2score/page.html")
    page.write_text("two")
    assert code_of("plot", "seq2score/page.html") != before


def test_modules_loaded_by_name_are_named_by_the_rule(scripts):
    before = code_of("train"), code_of("train", "seq2score.models.cnn")
    assert before[0] != before[1]
    (scripts / "seq2score/models/cnn.py").write_text("FILTERS = 64\n")
    assert code_of("train") == before[0]
    assert code_of("train", "seq2score.models.cnn") != before[1]


SOURCE = """
class A:
    def f(self, *rest, key=None, **more) -> "é":
        return f"{self!r:>{key}}" or (None, ..., 1.5, b"x", u"y")
"""
CANONICAL = (
    "Module(body=[ClassDef(name='A', body=[FunctionDef(name='f', args=arguments(args=["
    "arg(arg='self')], vararg=arg(arg='rest'), kwonlyargs=[arg(arg='key')], "
    "kw_defaults=[Constant(value=None)], kwarg=arg(arg='more')), body=[Return(value=BoolOp("
    "op=Or(), values=[JoinedStr(values=[FormattedValue(value=Name(id='self', ctx=Load()), "
    "conversion=114, format_spec=JoinedStr(values=[Constant(value='>'), FormattedValue("
    "value=Name(id='key', ctx=Load()), conversion=-1)]))]), Tuple(elts=[Constant(value=None), "
    "Constant(value=Ellipsis), Constant(value=1.5), Constant(value=b'x'), Constant(value='y')], "
    "ctx=Load())]))], returns=Constant(value='\\xe9'))])])"
)


def test_a_tree_is_the_same_text_in_every_python():
    tree = ast.parse(SOURCE)
    assert fingerprints.canonical(tree) == CANONICAL
    for node in ast.walk(tree):  # what a later minor version adds
        node._fields = (*node._fields, "new_list", "new_part")
        node.new_list, node.new_part = [], None
    assert fingerprints.canonical(tree) == CANONICAL


def test_the_locale_does_not_matter():
    code = "import fingerprints; print(fingerprints.code_of('plot_parity', 'seq2score/figures/"
    code += "parity_page.html'), fingerprints.code_of('train'))"
    seen = set()
    for locale in ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"}):
        environment = {**os.environ, **locale, "PYTHONUTF8": "0", "PYTHONPATH": "workflow"}
        run = [sys.executable, "-c", code]
        seen.add(subprocess.check_output(run, env=environment, cwd=ROOT, text=True))
    assert len(seen) == 1
