"""Counts of barcodes: activities and their standard errors, filters, what is lost, bad input."""

import urllib.request

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT
from factories.experiments import COUNTS, made_up, random_sequences
from seq2score.counts import activity, controls, experiment, filtering, igvf, pairs, quality
from seq2score.counts.header import replicates_of
from seq2score.errors import InputError

SMALL = made_up(seed=3, oligos=60, controls=25, barcodes=15)


def measured(folder, made=SMALL, **changes):
    return experiment.read_experiment(made.write(folder, **changes))


def table(folder, made=SMALL, **changes):
    return experiment.activity_table(measured(folder, made, **changes))


# ---------------------------------------------------------------------------------------- activity
def test_activity_is_the_ratio_of_normalized_sums(tmp_path):
    rows = table(tmp_path, barcode_filter={"method": "none"}, min_barcodes=1)
    sums = SMALL.barcodes.groupby("oligo_name").sum(numeric_only=True) + 1
    expected = np.log2(
        (sums["rna_count_2"] / sums["rna_count_2"].sum())
        / (sums["dna_count_2"] / sums["dna_count_2"].sum())
    )
    ours = rows.set_index("oligo_name")["activity_2"]
    assert np.allclose(ours, expected[ours.index])
    each = rows[["activity_1", "activity_2", "activity_3"]]
    assert np.allclose(rows["activity"], each.mean(axis=1))


def test_few_barcodes_are_no_activity_and_have_a_line(tmp_path):
    barcodes = SMALL.barcodes.copy()
    of_most = barcodes["oligo_name"] == barcodes["oligo_name"].mode()[0]
    barcodes.loc[of_most, ["dna_count_2", "rna_count_2"]] = 0
    made = type(SMALL)(barcodes, SMALL.design, SMALL.truth, SMALL.outliers)
    made = measured(tmp_path, made, min_barcodes=16)
    rows = experiment.activity_table(made)
    lost = pd.DataFrame(experiment.rejected_oligos(made))
    everywhere = lost[lost["replicate"] == "all"]
    assert {*rows["oligo_name"]} | {*everywhere["oligo_name"]} == {*SMALL.design["name"]}
    assert not {*rows["oligo_name"]} & {*everywhere["oligo_name"]}
    assert (everywhere["n_bc"] < 16).all()
    part = lost[lost["replicate"] != "all"].iloc[0]
    row = rows.set_index("oligo_name").loc[part["oligo_name"]]
    assert np.isnan(row[f"activity_{part['replicate']}"])
    assert part["reason"] == "has no barcodes"


def test_outliers_by_pcr_are_left_out_and_have_a_line(tmp_path):
    made = measured(tmp_path, made_up(seed=5, outliers=0.01))
    lost = pd.DataFrame(experiment.rejected_barcodes(made))
    truly = made_up(seed=5, outliers=0.01)
    multiplied = {*truly.barcodes["barcode"][truly.outliers[: len(truly.barcodes)]]}
    assert len(multiplied & {*lost["barcode"]}) > 0.75 * len(multiplied)
    assert len(lost) < 0.03 * len(truly.barcodes)
    assert {*lost["replicate"]} == {"all"}


def test_filter_by_counts_takes_out_one_replicate(tmp_path):
    rule = {"method": "max_count", "rna": None, "dna": 100}
    made = measured(tmp_path, barcode_filter=rule)
    lost = pd.DataFrame(experiment.rejected_barcodes(made))
    first = lost[lost["replicate"] == "1"].iloc[0]
    row = SMALL.barcodes.set_index("barcode").loc[first["barcode"]]
    assert row["dna_count_1"] > 100 >= row["dna_count_2"]


@pytest.mark.parametrize("times", [3, 5])
def test_a_filter_by_deviation_takes_few_without_outliers(times):
    random = np.random.default_rng(0)
    oligo = np.repeat(np.arange(200), 30)
    dna = random.poisson(random.lognormal(1.5, 1, 6000))[:, None]
    rna = random.poisson(0.5 * dna)
    rule = {"method": "mad", "times": times}
    assert filtering.outliers(rule, oligo, dna, rna, 1).mean() < 0.01


def test_medians_of_groups():
    values, groups = np.array([3.0, 1, 2, np.nan, 7, 5]), np.array([2, 2, 2, 2, 0, 0])
    expected = [6, np.nan, 2]
    assert np.array_equal(filtering.medians(values, groups), expected, equal_nan=True)


# --------------------------------------------------------------------------------- standard errors
def coverage(seed, **options):
    """The share of activities within 1.96 standard errors of the truth, up to a constant."""
    made = made_up(seed=seed, oligos=1000, **options)
    names = [f"{kind}_count_{r}" for kind in ("dna", "rna") for r in (1, 2, 3)]
    counts = made.barcodes[names].to_numpy()
    dna, rna = counts[:, :3], counts[:, 3:]
    oligo = made.barcodes["oligo_name"].str[5:].astype(int).to_numpy()
    outliers = filtering.outliers({"method": "mad", "times": 3}, oligo, dna, rna, 1)
    sums = activity.sum_barcodes(oligo, dna, rna, ((dna + rna) > 0) & ~outliers, 1000, 10)
    result = activity.measure(sums, 10, 1)
    known = np.isfinite(result.mean)
    error = (result.mean - made.truth)[known]
    error -= np.average(error, weights=result.error[known] ** -2)
    return np.mean(np.abs(error) < 1.96 * result.error[known]), result, made


def test_standard_errors_cover_the_truth():
    shares = [coverage(seed)[0] for seed in range(5)]
    assert 0.92 < np.mean(shares) < 0.97, shares


def test_noise_between_replicates_is_told():
    between = [coverage(seed)[1].between for seed in range(3)]
    assert 0.1**2 * 0.7 < np.mean(between) < 0.1**2 * 1.4


def test_weights_say_how_well_oligos_are_known(tmp_path):
    rows = table(tmp_path)
    assert rows["weight"].mean() == pytest.approx(1)
    assert rows["weight"].corr(rows["n_bc_1"]) > 0.3


# ------------------------------------------------------------------------------------------ active
def test_false_discoveries_are_as_rare_as_promised():
    shares, power = [], []
    for seed in range(10):
        _, result, made = coverage(seed)
        of_controls = np.arange(1000) < 100
        verdicts = controls.against_controls(result.mean, result.error, of_controls, 0.05)
        called = verdicts.active
        shares.append((called & (made.truth == 0)).sum() / max(called.sum(), 1))
        power.append((called & (made.truth > 0)).sum() / (made.truth > 0).sum())
    assert np.mean(shares) < 0.05, shares
    assert np.mean(power) > 0.8


def test_few_controls_tell_nothing(tmp_path):
    made = made_up(seed=3, oligos=60, controls=19, barcodes=20)
    rows = table(tmp_path, made)
    assert (rows["active"] == "").all()
    assert rows["p_value"].isna().all()
    counts = made.write(tmp_path)
    with pytest.raises(InputError, match="There are 19 negative controls with enough barcodes, a"):
        experiment.read_experiment(counts, of_classes=True)


@pytest.mark.parametrize(
    "chosen", ["mine", {"column": "kind", "value": "c"}, [f"oligo{i}" for i in range(25)]]
)
def test_controls_by_class_column_or_name(tmp_path, chosen):
    first = np.arange(60) < 25
    design = SMALL.design.assign(
        **{"class": np.where(first, "mine", "test"), "kind": np.where(first, "c", "d")}
    )
    made = type(SMALL)(SMALL.barcodes, design, SMALL.truth, SMALL.outliers)
    rows = table(tmp_path, made, controls=chosen, min_barcodes=1)
    assert (rows["control"] == "negative").sum() == 25


# ------------------------------------------------------------------------------------------- forms
def test_counts_by_oligo_give_the_same_activities(tmp_path):
    rule = {"method": "none"}
    rows = table(tmp_path, barcode_filter=rule)
    long = []
    for r in "123":
        of_each = SMALL.barcodes.groupby("oligo_name", as_index=False).agg(
            dna_counts=(f"dna_count_{r}", "sum"),
            rna_counts=(f"rna_count_{r}", "sum"),
            n_bc=("barcode", "size"),
        )
        long.append(of_each.assign(replicate=r))
    path = tmp_path / "long.tsv"
    pd.concat(long).to_csv(path, sep="\t", index=False)
    assert replicates_of(str(path), {}, False) == ["1", "2", "3"]
    counts = SMALL.write(tmp_path, path=str(path))
    others = experiment.activity_table(experiment.read_experiment(counts))
    assert np.allclose(others["activity"], rows["activity"])
    assert (others["activity_se"] > 0).all()


def test_design_as_fasta_and_dna_for_all(tmp_path):
    lines = [f">{n}\n{s}" for n, s in zip(SMALL.design["name"], SMALL.design["sequence"])]  # noqa: B905
    (tmp_path / "design.fasta").write_text("\n".join(lines) + "\n")
    barcodes = SMALL.barcodes.drop(columns=["dna_count_2", "dna_count_3"])
    barcodes = barcodes.rename(columns={"dna_count_1": "dna_count"})
    made = type(SMALL)(barcodes, SMALL.design, SMALL.truth, SMALL.outliers)
    paths = {"design": str(tmp_path / "design.fasta"), "dna": "shared"}
    rows = table(tmp_path, made, **paths)
    assert (rows["dna_count_1"] == rows["dna_count_3"]).all()
    assert (rows["active"] == "").all()


def test_conditions_are_outputs(tmp_path):
    counts = SMALL.write(tmp_path)
    other = made_up(seed=4, oligos=60, controls=25, barcodes=15)
    other.barcodes.to_csv(tmp_path / "other.tsv", sep="\t", index=False)
    conditions = {"a": {"path": counts["path"]}, "b": {"path": str(tmp_path / "other.tsv")}}
    rows = experiment.activity_table(
        experiment.read_experiment(counts | {"path": None, "conditions": conditions})
    )
    assert {"a", "a_se", "a_activity_1", "b", "b_n_bc_3"} <= {*rows}.union(
        name.replace("activity_se", "se") for name in rows
    )


def test_names_with_spaces_as_mpralib_writes_them(tmp_path):
    design = SMALL.design.assign(name=SMALL.design["name"].str.replace("oligo", "my oligo "))
    barcodes = SMALL.barcodes.assign(
        oligo_name=SMALL.barcodes["oligo_name"].str.replace("oligo", "my_oligo_")
    )
    made = type(SMALL)(barcodes, design, SMALL.truth, SMALL.outliers)
    assert len(table(tmp_path, made, min_barcodes=1)) == 60


def test_adapters_are_cut(tmp_path):
    design = SMALL.design.assign(sequence="ACGTA" + SMALL.design["sequence"] + "GG")
    made = type(SMALL)(SMALL.barcodes, design, SMALL.truth, SMALL.outliers)
    ends = {"left": "acgta", "right": "GG", "keep_as_flanks": False}
    rows = table(tmp_path, made, adapters=ends, min_barcodes=1)
    assert rows["sequence"].tolist() == SMALL.design["sequence"].tolist()


# --------------------------------------------------------------------------------------- bad input
def with_rows(*rows):
    return pd.concat([SMALL.barcodes, pd.DataFrame(rows, columns=SMALL.barcodes.columns)])


def cell(column, value, row=4):
    changed = SMALL.barcodes.astype(object)
    changed.iloc[row, changed.columns.get_loc(column)] = value
    return changed


def renamed(**columns):
    return SMALL.barcodes.rename(columns=columns)


def swapped(r):
    return renamed(**{f"dna_count_{r}": f"rna_count_{r}", f"rna_count_{r}": f"dna_count_{r}"})


FIRST = SMALL.barcodes.iloc[0].tolist()
DESIGN = SMALL.design
COUNTED = ["dna_count_1", "rna_count_1", "dna_count_2", "rna_count_2"]
BAD = {
    "not in the design": (
        with_rows(["AAA", "nobody", *FIRST[2:]], ["AAC", "nobody2", *FIRST[2:]]),
        {},
        "2 oligos (2 of 1,012 rows)",
        "are not in the design",
        "nobody, nobody2",
        "`invalid_rows: drop`, which lists them all",
    ),
    "a suffix": (
        SMALL.barcodes.assign(oligo_name=SMALL.barcodes["oligo_name"] + "_F"),
        {},
        "60 oligos (",
        "and 50 more. Names seem to have another ending: the design has 'oligo0'",
    ),
    "another case": (
        SMALL.barcodes.assign(oligo_name=SMALL.barcodes["oligo_name"].str.upper()),
        {},
        "They differ in upper and lower case",
    ),
    "another design": (
        SMALL.barcodes.assign(oligo_name="other" + SMALL.barcodes["oligo_name"]),
        {},
        "Is this another design? Its names are such as oligo0, oligo1, oligo2",
    ),
    "two oligos": (
        with_rows([FIRST[0], "oligo7", *FIRST[2:]]),
        {},
        f"line 2: {FIRST[0]} (oligo0) is assigned to more than one oligo",
        f"{FIRST[0]} (oligo7) is assigned",
    ),
    "a barcode twice": (with_rows(FIRST), {}, "2 of 1,011 rows", "stands twice, or more often"),
    "a negative count": (
        cell("rna_count_2", -3),
        {},
        "line 6: ",
        "rna_count_2 is -3, and no whole number of at least 0",
    ),
    "a fraction": (cell("dna_count_1", 2.5), {}, "dna_count_1 is 2.5, and no whole number"),
    "text": (cell("dna_count_1", "many"), {}, "dna_count_1 is many, and no whole number"),
    "no DNA of a replicate": (
        SMALL.barcodes.drop(columns="dna_count_2"),
        {},
        "replicate 2 has no DNA counts, for there is no column dna_count_2",
    ),
    "DNA of one alone": (
        SMALL.barcodes.drop(columns=["dna_count_2", "dna_count_3"]),
        {},
        "If dna_count_1 is for all replicates, say `dna: shared`",
    ),
    "DNA for all, unsaid": (
        SMALL.barcodes.drop(columns=["dna_count_2", "dna_count_3"]).rename(
            columns={"dna_count_1": "dna_count"}
        ),
        {},
        "dna_count is the only column of DNA counts",
        "say `dna: shared`",
    ),
    "no counts": (SMALL.barcodes[["barcode", "oligo_name"]], {}, "there are no counts. Needed: co"),
    "no barcodes": (renamed(barcode="BC"), {}, "there is no column 'barcode'", "{barcode: ...}"),
    "column in another case": (renamed(barcode="Barcode "), {}, "but 'Barcode '"),
    "no such column": (
        SMALL.barcodes,
        {"columns": {"barcode": "bc"}},
        "there is no column 'bc' (barcode). The columns are barcode, oligo_name, dna",
    ),
    "no such replicate": (SMALL.barcodes, {"replicates": ["4"]}, "replicate 4 has no DNA counts"),
    "all zero": (
        SMALL.barcodes.assign(rna_count_3=0),
        {},
        "all RNA counts of replicate 3 are 0. Take it out, or",
    ),
    "swapped": (
        swapped(2),
        {},
        "activities of replicate 2 are opposite to those of the others (r = -0.",
        "Are its DNA and RNA columns swapped? Medians of RNA over DNA: 1 ",
    ),
    "header only": (SMALL.barcodes[:0], {}, "the table has a header but no rows"),
    "too few barcodes": (SMALL.barcodes, {"min_barcodes": 99}, "no oligo has 99 barcodes in a re"),
    "no oligo at all": (SMALL.barcodes.assign(oligo_name="no_BC"), {}, "the first has no oligo"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_counts(tmp_path, case):
    barcodes, changes, *parts = BAD[case]
    counts = SMALL.write(tmp_path, **changes)
    barcodes.to_csv(tmp_path / "counts.tsv.gz", sep="\t", index=False)
    with pytest.raises(InputError) as error:
        experiment.read_experiment(counts)
    message = str(error.value)
    assert message.startswith(str(tmp_path / "counts.tsv.gz"))
    for part in parts:
        assert part in message, message


def names_in(path, **changes):
    return DESIGN.assign(**changes)


BAD_DESIGNS = {
    "no names": (DESIGN.rename(columns={"name": "x"}), {}, "a design needs columns name and seq"),
    "a name twice": (pd.concat([DESIGN, DESIGN[:1]]), {}, "1 names stand twice: oligo0. Every"),
    "a name missing": (DESIGN.assign(name=["", *DESIGN["name"][1:]]), {}, "oligo 1 has no name"),
    "no sequence": (
        DESIGN.assign(sequence=["", *DESIGN["sequence"][1:]]),
        {},
        "the sequence of oligo0 is missing; 1 of 60 oligos have none that can be used",
    ),
    "a letter": (
        DESIGN.assign(sequence=["ACGX", *DESIGN["sequence"][1:]]),
        {},
        "the sequence of oligo0 holds 'X'",
    ),
    "no such class": (
        DESIGN,
        {"controls": "scrambled"},
        "no oligo has 'scrambled' in column 'class' (counts.controls). There are: element inactive",
    ),
    "no such column": (
        DESIGN,
        {"controls": {"column": "kind", "value": "c"}},
        "there is no column 'kind' (counts.controls). The columns are name",
    ),
    "no such names": (
        DESIGN,
        {"controls": ["oligo1", "oligo99"]},
        "1 of the 2 names in `counts.controls` are not in the design: oligo99",
    ),
    "adapters": (
        DESIGN,
        {"adapters": {"left": "ACCACCACC", "right": "", "keep_as_flanks": False}},
        "60 of 60 oligos do not stand between the adapters ACCACCACC and (none)",
    ),
}


@pytest.mark.parametrize("case", BAD_DESIGNS)
def test_bad_designs(tmp_path, case):
    design, changes, part = BAD_DESIGNS[case]
    counts = SMALL.write(tmp_path, **changes)
    design.to_csv(tmp_path / "design.tsv", sep="\t", index=False)
    with pytest.raises(InputError) as error:
        experiment.read_experiment(counts)
    assert str(error.value).startswith(str(tmp_path / "design.tsv"))
    assert part in str(error.value)


def test_a_file_cut_short(tmp_path):
    counts = SMALL.write(tmp_path)
    whole = (tmp_path / "counts.tsv.gz").read_bytes()
    (tmp_path / "counts.tsv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="the gzip file ends too early; copy or fetch it again"):
        experiment.read_experiment(counts)


def test_labels_without_any_name_of_the_design(tmp_path):
    pd.DataFrame({"name": ["x"], "gene": ["y"]}).to_csv(tmp_path / "l.csv", index=False)
    with pytest.raises(InputError, match="none of its names is in the design: x, where the desig"):
        measured(tmp_path, labels=str(tmp_path / "l.csv"))


def test_what_is_dropped_has_a_line(tmp_path):
    rows = [
        ["AAA", "nobody", *FIRST[2:]],
        [FIRST[0], "oligo7", *FIRST[2:]],
        ["AAC", "oligo1", -1, *FIRST[3:]],
        ["AAG", "no_BC", *FIRST[2:]],
        ["AAT", "oligo1", *[0] * 6],
    ]
    made = type(SMALL)(with_rows(*rows), DESIGN, SMALL.truth, SMALL.outliers)
    result = measured(tmp_path, made, invalid_rows="drop", barcode_filter={"method": "none"})
    lost = {
        (r["barcode"], r["oligo_name"]): r["reason"] for r in experiment.rejected_barcodes(result)
    }
    assert lost == {
        (FIRST[0], "oligo0"): "is assigned to more than one oligo",
        ("AAA", "nobody"): "its oligo is not in the design",
        (FIRST[0], "oligo7"): "is assigned to more than one oligo",
        ("AAC", "oligo1"): "a count is no whole number of at least 0",
        ("AAG", "no_BC"): "has no oligo",
        ("AAT", "oligo1"): "has no counts",
    }


def test_one_replicate_is_allowed_and_said(tmp_path):
    made = measured(tmp_path, replicates=["2"])
    texts = quality.summarize(made)["sentences"]
    assert "there is one replicate, so that nothing tells the ceiling that noise sets." in texts
    assert (experiment.activity_table(made)["activity_se"] > 0).all()


def test_columns_by_other_names(tmp_path):
    made = type(SMALL)(renamed(barcode="BC", dna_count_1="D 1"), DESIGN, SMALL.truth, None)
    columns = {"barcode": "BC", "dna_count_1": "D 1"}
    rows = table(tmp_path, made, columns=columns)
    assert np.allclose(rows["activity"], table(tmp_path)["activity"])


# ------------------------------------------------------------------------------------- a whole run
@pytest.fixture(scope="module")
def finished(run_workflow, tmp_path_factory):
    """The results of one condition, of two, and of classes, up to their splits."""
    folder = tmp_path_factory.mktemp("counts")
    made = made_up(seed=3, oligos=120, controls=40, barcodes=20)
    made.write(folder)
    again = made_up(seed=8, oligos=120, controls=40, barcodes=8)
    again.barcodes.to_csv(folder / "again.tsv", sep="\t", index=False)
    files = {"path": "counts.tsv.gz", "design": "design.tsv"}
    both = {"first": {"path": "counts.tsv.gz"}, "second": {"path": "again.tsv"}}
    datasets = {
        "single": {"counts": files},
        "both": {"counts": {"design": "design.tsv", "conditions": both}},
        "classes": {"counts": files, "task": "classification"},
    }
    config = {"datasets": datasets, "models": {"linear": {"architecture": "linear"}}}
    targets = [f"results/{name}/preflight.json" for name in datasets]
    targets += ["results/single/figures/experiment.png", "results/both/figures/replicates.png"]
    run = run_workflow(folder, config, *targets)
    assert run.returncode == 0, run.stdout
    (folder / "printed").write_text(run.stdout)
    return folder


def test_activities_go_on_as_a_table_with_replicates(finished):
    activities = pd.read_csv(finished / "results/single/activity.tsv", sep="\t")
    sequences = pd.read_parquet(finished / "results/single/sequences.parquet")
    assert sequences["id"].tolist() == activities["oligo_name"].tolist()
    assert np.allclose(sequences["score"], activities["activity"])
    assert {"activity_1", "activity_2", "activity_3", "class", "weight"} <= {*sequences}
    assert "so that no model can reach more than R2 = 0." in (finished / "printed").read_text()


def test_conditions_that_lack_oligos_are_outputs(finished):
    sequences = pd.read_parquet(finished / "results/both/sequences.parquet")
    assert sequences["first"].isna().sum() < 5
    assert 0 < sequences["second"].isna().sum() < len(sequences)
    files = {path.name for path in (finished / "results/both/igvf").iterdir()}
    assert {"first.reporter_experiment.tsv", "second.reporter_experiment.tsv"} <= files


def test_whether_an_oligo_is_active_is_a_class(finished):
    sequences = pd.read_parquet(finished / "results/classes/sequences.parquet")
    assert {*sequences["score"]} == {"active", "inactive"}


# ---------------------------------------------------------------------------------- alleles, IGVF
PATTERNS = {  # of the columns of IGVF's formats, as their schemas have them
    "reporter_experiment": {
        **{"replicate": ".+", "oligo_name": ".+", "dna_counts": r"\d+", "rna_counts": r"\d+"},
        **dict.fromkeys(["dna_normalized", "rna_normalized", "log2FoldChange"], r"-?[\d.e-]+"),
        "n_bc": r"\d+",
    },
    "reporter_element": {
        "oligo_name": ".+",
        **dict.fromkeys(["log2FoldChange", "inputCount", "outputCount"], r"-?[\d.e-]+"),
        **dict.fromkeys(["minusLog10PValue", "minusLog10QValue"], r"[\d.e-]+"),
    },
    "reporter_variant": {
        "variant_id": "[A-Za-z0-9_.]+:[0-9]+:[A-Za-z]*:[A-Za-z]*",
        "log2FoldChange": r"-?[\d.e-]+",
        **dict.fromkeys(
            ["inputCountRef", "outputCountRef", "inputCountAlt", "outputCountAlt"], r"[\d.e-]+"
        ),
        **dict.fromkeys(["minusLog10PValue", "minusLog10QValue"], r"[\d.e-]+"),
        "postProbEffect": r"[\d.e-]+",
        **dict.fromkeys(["CI_lower_95", "CI_upper_95"], r"-?[\d.e-]+"),
        "variantPos": r"-1|\d+",
        **dict.fromkeys(["refAllele", "altAllele"], "[ATGC]+|0"),
    },
}


def with_alleles(seed=11, oligos=400):
    """An experiment whose oligos from 100 on are pairs of alleles; the true effect of each."""
    made = made_up(seed=seed, oligos=oligos, barcodes=40, inactive=0.7)
    first = np.arange(oligos) >= 100
    number = np.where(first, (np.arange(oligos) - 100) // 2, -1)
    allele = np.where(np.arange(oligos) % 2, "alt", "ref")
    design = made.design.assign(
        SPDI=[f"['NC_000001.11:{n}:A:G']" if n >= 0 else "NA" for n in number],
        allele=[f"['{a}']" if n >= 0 else "NA" for a, n in zip(allele, number, strict=True)],
        variant_pos=["[7]" if n >= 0 else "NA" for n in number],
    )
    truth = made.truth[101::2] - made.truth[100::2]
    return type(made)(made.barcodes, design, made.truth, made.outliers), truth


def test_effects_of_alleles_cover_the_truth(tmp_path):
    made, truth = with_alleles()
    result = measured(tmp_path, made)
    alleles = pairs.effects(pairs.allele_pairs(result.design), result.conditions[0].activity)
    of_each = truth[alleles["variant_id"].str.split(":").str[1].astype(int)]
    inside = (alleles["effect_lower"] < of_each) & (of_each < alleles["effect_upper"])
    assert inside.mean() > 0.9
    assert (alleles["position"] == 7).all()
    assert alleles["probability"][np.abs(of_each) > 1].mean() > 0.9
    assert alleles["probability"][of_each == 0].mean() < 0.3


def test_files_of_igvf_are_as_their_schemas_say(tmp_path):
    made, _ = with_alleles()
    igvf.write_files(measured(tmp_path, made), tmp_path / "igvf")
    assert {path.stem for path in (tmp_path / "igvf").iterdir()} == {*PATTERNS}
    for name, patterns in PATTERNS.items():
        rows = pd.read_csv(
            tmp_path / f"igvf/{name}.tsv", sep="\t", dtype=str, keep_default_na=False
        )
        assert [*rows] == [*patterns]
        for column, pattern in patterns.items():
            assert rows[column].str.fullmatch(pattern).all(), (name, column)


def test_without_controls_and_alleles_there_is_one_file_of_igvf(tmp_path):
    made = measured(tmp_path, made_up(oligos=40, controls=5))
    igvf.write_files(made, tmp_path / "igvf")
    assert [path.name for path in (tmp_path / "igvf").iterdir()] == ["reporter_experiment.tsv"]


def test_counts_by_oligo_that_were_written_can_be_read(tmp_path):
    made = measured(tmp_path, min_barcodes=1)
    igvf.write_files(made, tmp_path / "igvf")
    path = str(tmp_path / "igvf/reporter_experiment.tsv")
    again = experiment.read_experiment(SMALL.write(tmp_path, path=path, min_barcodes=1))
    assert np.allclose(again.conditions[0].activity.mean, made.conditions[0].activity.mean)


# ---------------------------------------------------------------------------------------- MPRAlib
MPRALIB = "https://raw.githubusercontent.com/kircherlab/MPRAlib/cf37ee6/tests/data/"


def of_mpralib(name, folder):
    """A file of MPRAlib's example: of `data/mpralib` if it is there, else fetched."""
    if (kept := ROOT / "data/mpralib" / name).is_file():
        return kept
    try:
        urllib.request.urlretrieve(MPRALIB + name, folder / name)
    except OSError as error:
        pytest.skip(f"MPRAlib's example cannot be fetched: {error}")
    return folder / name


@pytest.mark.data
@pytest.mark.parametrize("least", [1, 10, 100])
def test_activities_are_those_that_mpralib_published(tmp_path, least):
    path = of_mpralib("reporter_experiment_barcode.input.tsv.gz", tmp_path)
    published = of_mpralib(f"reporter_activity.bc{least}.output.tsv.gz", tmp_path)
    expected = pd.read_csv(published, sep="\t", dtype={"replicate": str})
    names = pd.read_csv(path, sep="\t")["oligo_name"].unique()
    random = np.random.default_rng(0)
    design = pd.DataFrame({"name": names, "sequence": random_sequences(random, len(names), 20)})
    design.to_csv(tmp_path / "design.tsv", sep="\t", index=False)
    counts = COUNTS | {"path": str(path), "design": str(tmp_path / "design.tsv")}
    counts |= {"barcode_filter": {"method": "none"}, "min_barcodes": least}
    result = experiment.read_experiment(counts)
    ours = igvf.reporter_experiment(result, result.conditions[0])
    both = ours.merge(expected, on=["replicate", "oligo_name"], suffixes=("", "_theirs"))
    assert len(both) == len(ours) == len(expected)
    for column in ("dna_counts", "rna_counts", "n_bc"):
        assert (both[column] == both[f"{column}_theirs"]).all()
    # MPRAlib computes in float32, so that its last digit may differ.
    assert np.abs(both["log2FoldChange"] - both["log2FoldChange_theirs"]).max() < 0.6e-4
