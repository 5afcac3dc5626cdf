"""A step's fingerprint follows the content of what it imports, and nothing else."""

import pytest

import fingerprints


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
    for cached in [fingerprints.code_of, fingerprints._imports, fingerprints._statements]:
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
