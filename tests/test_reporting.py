"""The report after a run, where Snakemake lacks what its reports need."""

import sys

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
