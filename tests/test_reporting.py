"""The report after a run: where Snakemake lacks what its reports need, or shows too much."""

import json
import sys

from snakemake.report.html_reporter import data

import reporting


def test_without_pygments_the_run_succeeds_and_says_how_to_get_the_report(
    monkeypatch, tmp_path, capsys
):
    monkeypatch.setitem(sys.modules, "pygments", None)
    result = tmp_path / "summary.tsv"
    result.touch()
    report = tmp_path / "report.html"
    reporting.make_report("Snakefile", {}, [result], report)
    told = capsys.readouterr().err
    assert "the package pygments: install it" in told
    assert f"--report {report}" in told
    assert not report.exists()


def test_no_text_ends_a_script_of_the_report(monkeypatch):
    for name, render in [pair for pair in vars(data).items() if pair[0].startswith("render_")]:
        monkeypatch.setattr(data, name, render)  # to be put back
    told = {"score": "</script><script>window.hacked = 1</script>", "set": "<!--<script>"}
    reporting.keep_inert(["snakemake", "-n"])
    assert "<" in data.render_metadata(told)
    reporting.keep_inert(["snakemake", "--report=report.html"])
    assert "<" not in data.render_metadata(told)
    assert json.loads(data.render_metadata(told)) == told
