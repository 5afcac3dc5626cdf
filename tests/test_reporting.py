"""The report after a run: where Snakemake lacks what its reports need, or shows too much."""

import json
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

import reporting


def test_without_pygments_the_run_succeeds_and_says_how_to_get_the_report(
    monkeypatch, tmp_path, capsys
):
    monkeypatch.setitem(sys.modules, "pygments", None)
    result = tmp_path / "summary.tsv"
    result.touch()
    report = tmp_path / "report.html"
    reporting.make_report("Snakefile", {}, [result], report)
    message = capsys.readouterr().err
    assert "the package pygments: install it" in message
    assert f"--report {report}" in message
    assert not report.exists()


DATA = {"score": "</script><script>window.hacked = 1</script>", "set": "<!--<script>;"}


def page(names=reporting.KNOWN):
    """A report as Snakemake writes it, with text that means no good."""
    data = json.dumps(DATA)
    scripts = [f'<script id="{of}">\n    var a = {data};\n    </script>' for of in names]
    return "\n".join(["<html>", "<script>\n  var j = i < 1;\n</script>", *scripts])


@pytest.mark.parametrize("result", ["--report=report.html", "--report"])
def test_no_text_ends_a_script_of_the_report(monkeypatch, tmp_path, result):
    monkeypatch.chdir(tmp_path)
    at_exit = []
    monkeypatch.setattr(reporting.atexit, "register", lambda *call: at_exit.append(call))
    reporting.keep_inert(["snakemake", "-n"])
    assert not at_exit
    Path("report.html").write_text(page())
    reporting.keep_inert(["snakemake", result])
    ((function, *arguments),) = at_exit
    function(*arguments)
    lines = Path("report.html").read_text().splitlines()
    data = [line.partition(" = ")[2][:-1] for line in lines if "var a" in line]
    assert len(data) == len(reporting.KNOWN)
    assert all("<" not in text and json.loads(text) == DATA for text in data)


def test_no_text_ends_a_script_of_a_report_in_an_archive(tmp_path):
    with ZipFile(tmp_path / "report.zip", "w") as archive:
        archive.writestr("report/report.html", page())
        archive.writestr("report/data/report.html", "<b>")
    reporting.make_inert(tmp_path / "report.zip")
    with ZipFile(tmp_path / "report.zip") as archive:
        assert archive.read("report/report.html").decode() == reporting.without_tags(page())
        assert archive.read("report/data/report.html") == b"<b>"


def test_a_report_of_an_unknown_make_is_put_aside(tmp_path, capsys):
    (tmp_path / "report.html").write_text(page({"results", "new"}))
    reporting.make_inert(tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html.unsafe"]
    assert "might run as a script" in capsys.readouterr().err
