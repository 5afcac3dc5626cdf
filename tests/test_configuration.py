"""Config: what is refused and with which message, and what a good one resolves to."""

import contextlib
import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import hypothesis
import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seq2score.settings.families import FAMILIES, PRESETS
from seq2score.settings.reference import PAGE, SCHEMA, reference, schema
from seq2score.settings.resolve import ConfigError, resolve
from seq2score.settings.resolved import Settings

ROOT = Path(__file__).parent.parent
SYNTHETIC = "datasets: {toy: {synthetic: {length: 5}}}"
TABLE = "datasets: {mine: {table: {path: mine.csv}}}"
GOLDEN = ROOT / "tests/golden/bad_configs.txt"


def bad_configs() -> dict[str, tuple[str, str]]:
    """Configs that are refused, and all that is said of each, by what is wrong with them."""
    cases = re.split(r"^== (.+)\n", GOLDEN.read_text(encoding="utf-8"), flags=re.M)[1:]
    texts = (case.rstrip("\n").split("\n--\n") for case in cases[1::2])
    return {
        name: (config, message) for name, (config, message) in zip(cases[::2], texts, strict=True)
    }


BAD = bad_configs()


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_bad_config(text, message, tmp_path, monkeypatch):
    """Whole messages, so that a change of any is seen; one for the better is written there too."""
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(text)
    with pytest.raises(ConfigError) as error:
        resolve(yaml.safe_load(text), ["config.yaml"])
    said = str(error.value).replace(str(tmp_path), "(here)")
    assert sorted(said.splitlines()) == sorted(message.splitlines())


def test_files_of_sequences_to_mutate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = {
        "datasets": {"d": {"synthetic": {"length": 4}}},
        "models": {"linear": {"architecture": "linear"}},
        "interpretation": {"mutate": ["best", "s7", "new.fa"]},
    }
    request = resolve(config).preflight("d")
    assert (request["ids"], request["files"]) == ({"interpretation.mutate": ["s7"]}, [])
    with pytest.raises(ConfigError, match=r"mutate.*: new\.fa does not exist"):
        resolve(config, need_files=True)
    Path("new.fa").write_text(">s\nACGT\n" * 24)
    settings = resolve(config, need_files=True, look_inside=True)
    assert settings.preflight("d")["files"] == ["new.fa"]
    Path("new.fa").write_text(">s\nACGT\n" * 25)
    with pytest.raises(ConfigError, match=r"mutate.*: new\.fa: there are more than 24 sequences"):
        resolve(config, need_files=True, look_inside=True)


def test_files_that_are_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ConfigError, match="does not exist"):
        resolve({"datasets": {"a": {"table": {"path": "x" * 5000 + ".csv"}}}}, need_files=True)
    config = {
        "datasets": {
            "gone": {"table": {"path": "gone.csv"}},
            "folder": {"table": {"path": "folder.csv"}},
        },
        "interpretation": {"motifs": "my.meme"},
        "predict": {"new": {"path": "new.fasta"}},
    }
    resolve(config)
    for path, hint in [
        ("~/a.csv", "'~' stands for no folder here"),
        ("$HOME/a.csv", "Variables of the shell mean nothing here"),
        (r"C:\Users\me\a.csv", "In WSL, the drive C: is /mnt/c"),
    ]:
        with pytest.raises(ConfigError, match=hint):
            resolve({"datasets": {"a": {"table": {"path": path}}}}, need_files=True)
    with pytest.raises(ConfigError) as error:
        resolve(config, need_files=True)
    lines = str(error.value).splitlines()
    assert lines == [
        f"interpretation.motifs: my.meme does not exist. Paths start from {tmp_path}.",
        f"datasets.gone.table.path: gone.csv does not exist. Paths start from {tmp_path}.",
        f"datasets.folder.table.path: folder.csv is no file. Paths start from {tmp_path}.",
        f"predict.new.path: new.fasta does not exist. Paths start from {tmp_path}.",
    ]


def test_a_member_of_a_sweep_with_too_long_a_name():
    keys = ", ".join(f"{key}: [7]" for key in ["learning_rate", "weight_decay", "gradient_clip"])
    more = ", ".join(f"{key}: [8]" for key in ["batch_size", "epochs", "early_stopping", "bins"])
    config = yaml.safe_load(f"{TABLE}\nsweep: {{library: {{{keys}, {more}}}}}")
    resolve(config)
    config["datasets"]["m" * 80] = config["datasets"]["mine"]
    config["models"] = {"l" * 80: {"preset": "library"}}
    config["sweep"] = {"l" * 80: config["sweep"]["library"]}
    with pytest.raises(ConfigError, match=r"sweep\.lll.* make 2\d\d letters"):
        resolve(config)


def test_no_file_of_the_users_may_lie_where_results_go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results/lib").mkdir(parents=True)
    (tmp_path / "results/lib/table.csv").touch()
    (tmp_path / "link.csv").symlink_to("results/lib/table.csv")
    (tmp_path / "door").symlink_to("results")
    for results, file in [
        ("results", "./results/lib/table.csv"),
        ("results", f"{tmp_path}/results/lib/none.csv"),
        ("results", "data/../results/table.csv"),
        ("results", "link.csv"),
        ("results", "door/table.csv"),
        ("door", "results/table.csv"),
        (".", "data/table.csv"),
        ("data/", "data/table.csv"),
    ]:
        for config in [
            {"datasets": {"a": {"table": {"path": file}}}},
            {"datasets": {"a": {"synthetic": {}}}, "predict": {"b": {"path": file}}},
        ]:
            with pytest.raises(ConfigError, match="lies where results go"):
                resolve({**config, "results": results})
    resolve({"datasets": {"a": {"table": {"path": "results.csv"}}}})


@pytest.mark.parametrize(
    ("written", "number"),
    [("3.50", 3.5), (".5", 0.5), ("1e3", 1000), ("1.0e+300", 1e300), ("-2.0", -2), ("'7'", 7)],
)
def test_a_number_is_one_however_it_is_written(tmp_path, written, number):
    file = tmp_path / "c.yaml"
    for text, value in [
        ("design: {q: {objective: {target: X}}}", lambda s: s.questions["design"]["q"].objective),
        ("", lambda s: {"target": s.datasets["d"].section.table.at["dose"]}),
    ]:
        keys = "path: t.csv, inputs: {dose: number, cell: category}"
        file.write_text(f"datasets: {{d: {{table: {{{keys}, at: {{dose: X}}}}}}}}\n{text}\n")
        file.write_text(file.read_text().replace("X", written))
        settings = resolve(yaml.safe_load(file.read_text()), [file])
        assert value(settings) == {"target": number}


def test_numbers_that_are_names_stay_as_they_are(tmp_path):
    file = tmp_path / "c.yaml"
    split = "method: column, column: part, train: [1.0], test: [3.50]"
    file.write_text(f"datasets: {{d: {{table: {{path: t.csv}}, split: {{{split}}}}}}}")
    with pytest.raises(ConfigError, match=r"split\.test\.0: YAML reads 3\.50 as 3\.5"):
        resolve(yaml.safe_load(file.read_text()), [file])
    classes = "task: classification, table: {path: t.csv}"
    file.write_text(f"datasets: {{d: {{{classes}}}}}\ndesign: {{q: {{objective: {{class: '1'}}}}}}")
    settings = resolve(yaml.safe_load(file.read_text()), [file])
    assert settings.questions["design"]["q"].objective == {"class": "1"}


def test_what_later_steps_read_is_looked_into(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.csv").write_text("seq,name\nACGT,a\n")
    (tmp_path / "new.fasta").write_text("ACGT\n")
    (tmp_path / "none.meme").write_text("MEME version 4\n")
    (tmp_path / "my.meme").write_text("MOTIF a b\nletter-probability matrix:\n1 0 0 0\n")
    config = {"datasets": {"toy": {"synthetic": {"length": 5}}}}
    config["models"] = {"linear": {"architecture": "linear"}}

    def message_of(interpretation=None, **predict):
        given = {**config, "interpretation": interpretation or {}, "predict": predict}
        with pytest.raises(ConfigError) as error:
            resolve(given, need_files=True, look_inside=True)
        return str(error.value)

    good = {"predict": {"a": {"path": "new.csv", "sequence": "seq"}}}
    resolve({**config, **good}, need_files=True, look_inside=True)
    assert "predict.a: new.csv: there is no column 'sequence'" in message_of(a={"path": "new.csv"})
    assert "predict.a: new.fasta: this is not FASTA" in message_of(a={"path": "new.fasta"})
    assert "interpretation.motifs: none.meme holds no motif" in message_of({"motifs": "none.meme"})
    (tmp_path / "bad.meme").write_text("MOTIF a\nletter-probability matrix: w= 2\n1 0 0 0\n")
    message = "interpretation.motifs: bad.meme, line 2: 1 rows follow, not 2"
    assert message in message_of({"motifs": "bad.meme"})
    meme = {"motifs": "my.meme", "expected": ["a", "b"]}
    assert "interpretation.expected: b: unknown. Known here: a" in message_of(meme)
    jaspar = {"motifs": "jaspar", "expected": ["MA0139.2", "MA0139.1", "MA9999.1"]}
    lines = message_of(jaspar).splitlines()
    assert "JASPAR2026 has no MA0139.1; its latest there is MA0139.2" in lines[0]
    assert "JASPAR2026 has no MA9999.1." in lines[1]


def test_a_config_that_is_no_yaml(tmp_path):
    for text, where in [
        ("datasets:\n  a: [1, 2\nseeds: 3\n", "line 3, column 6: "),
        ("datasets:\n\ta: 1\n", "line 2, column 1: "),
        ("a: b: c\n", "line 1, column 5: "),
        ("a: \u00f6\n".encode("latin-1"), "the text is not UTF-8; save it as UTF-8"),
        ("a: b\n".encode("utf-16"), "the text is not UTF-8"),
        ("# nothing yet\n", "there are no keys in it. A config begins with `datasets:`"),
        ("- mine.csv\n", "there are no keys in it"),
        ("datasets: {}\n", None),
    ]:
        (tmp_path / "my.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        run = subprocess.run(
            [sys.executable, "-m", "seq2score.settings.reading", "-n", "--configfile", "my.yaml"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
            capture_output=True,
            text=True,
        )
        said = where and f"my.yaml{',' if where.startswith('line') else ':'} {where}"
        assert run.stderr.startswith(said or "") and bool(run.stderr) == bool(where), run.stderr
        assert run.returncode == int(where is not None)


def test_bad_config_stops_before_any_job(run_workflow, tmp_path):
    run = run_workflow(tmp_path, {"datasets": {"toy": {"synthetic": {"lenght": 5}}}})
    assert run.returncode != 0
    file = tmp_path / "config.yaml"
    assert f"{file}, line 4: datasets.toy.synthetic.lenght: unknown. Did you mean" in run.stdout
    assert not (tmp_path / "results").exists()


# ------------------------------------------------------------------------------------------ good
def settings(text: str) -> Settings:
    return resolve(yaml.safe_load(text))


EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def test_each_example_has_results_and_so_a_report_of_its_own():
    places = [yaml.safe_load(file.read_text()).get("results", "results") for file in EXAMPLES]
    assert len({"results", *places}) == 1 + len(EXAMPLES)


@pytest.mark.parametrize("file", [ROOT / "config.yaml", *EXAMPLES])
def test_our_own_configs(file):
    resolve(yaml.safe_load(file.read_text()), [file])


def test_naming_a_table_is_enough():
    resolved = settings(TABLE)
    assert list(resolved.models)[:2] == ["linear", "library"]
    members = [f"library~{name}" for name in ("kernel", "trees", "network", "motifs")]
    assert resolved.trained[1:] == members
    assert resolved.models["library"].family.preset == "library"
    dataset = resolved.datasets["mine"]
    assert dataset.models == ["linear", "library"]
    assert dataset.section.table.sequence == "sequence"
    assert dataset.split["method"] == "random"


def test_an_architecture_alone_has_its_recipe():
    alone = settings(f"{TABLE}\nmodels: {{a: {{architecture: cnn, filters: 8}}}}").models["a"]
    assert (alone.family.hidden, alone.family.filters) == (64, 8)
    assert alone.training.schedule == "one_cycle" and alone.training.early_stopping
    fewer = settings(
        f"{TABLE}\nmodels: {{a: {{architecture: cnn, hidden: 0}}}}\ntraining: {{epochs: 3}}"
    )
    assert fewer.models["a"].family.hidden == 0
    assert fewer.models["a"].training.epochs == 3


@pytest.mark.parametrize("where", ["training: {optimizer: sgd}", "training: {schedule: constant}"])
def test_who_says_how_steps_are_taken_has_no_recipe(where):
    plain = {"hidden": 0, "dropout": 0, "filters": 32, "kernel_size": 3, "activation": "relu"}
    for text in (
        f"{TABLE}\nmodels: {{a: {{architecture: cnn}}}}\n{where}",
        f"{TABLE}\nmodels: {{a: {{architecture: cnn, {where}}}}}",
    ):
        results = settings(text).models["a"]
        assert results.family.options == plain
        assert results.training.early_stopping is None
    built_in = resolve(yaml.safe_load((ROOT / "config.yaml").read_text())).models["cnn"]
    assert built_in.family.options == plain


def test_precedence():
    resolved = settings(
        f"""
{TABLE}
models:
  plain: {{architecture: linear}}
  ready: {{preset: kmers}}
  own: {{preset: kmers, filters: 7, training: {{epochs: 9}}}}
training: {{epochs: 3, batch_size: 5, gradient_clip: 1}}
"""
    ).models
    preset = PRESETS["kmers"]
    assert resolved["plain"].training.epochs == 3
    assert resolved["ready"].training.epochs == preset["training"]["epochs"]
    assert resolved["own"].training.epochs == 9
    assert resolved["own"].training.optimizer == preset["training"]["optimizer"]
    assert resolved["own"].training.gradient_clip == 1
    assert resolved["plain"].training.weight_decay == 0
    assert (resolved["own"].family.filters, resolved["own"].has_filters) == (7, True)


def test_text_is_read_as_numbers():
    # `--config training={epochs: 2}` gives text, and so does 1e-3 in YAML.
    training = settings(f"{TABLE}\ntraining: {{epochs: '2', learning_rate: 1e-3}}").models
    assert (training["linear"].training.epochs, training["linear"].training.learning_rate) == (
        2,
        0.001,
    )
    table = settings("datasets: {a: {table: {path: a.csv, score: [1, 2.5], id: 3}}}")
    table = table.datasets["a"].table
    assert (table["score"], table["id"]) == ({"1": "1", "2.5": "2.5"}, "3")
    crop = settings("datasets: {8: {table: {path: a.csv, length: {crop: '9'}}}}")
    assert crop.datasets["8"].table["length"] == {"crop": 9}


def test_folds():
    resolved = settings("datasets: {a: {synthetic: {}, split: {folds: 3}}, b: {synthetic: {}}}")
    datasets = resolved.datasets
    assert list(datasets) == ["a.fold1", "a.fold2", "a.fold3", "b"]
    assert [d.split.get("fold") for d in datasets.values()] == [1, 2, 3, None]
    assert [d.base for d in datasets.values()] == ["a", "a", "a", "b"]


def test_sweep():
    resolved = settings(
        f"""
{SYNTHETIC}
models: {{cnn: {{architecture: cnn, training: {{epochs: 4}}}}}}
sweep: {{cnn: {{filters: [8, 16], learning_rate: [0.01, 1e-4], gradient_clip: [null]}}}}
"""
    )
    members = [*resolved.trials["cnn"].members]
    assert members[0] == "cnn~filters=8~learning_rate=0.01~gradient_clip=null"
    assert len(members) == 4
    last = resolved.models[members[-1]]
    assert (last.family.filters, last.family.kernel_size) == (16, 3)
    assert (last.training.learning_rate, last.training.epochs) == (0.0001, 4)
    assert resolved.datasets["toy"].models == ["cnn", "cnn~best"]
    assert resolved.trained == ["cnn", *members]


def test_search():
    text = f"""
{SYNTHETIC}
models: {{cnn: {{architecture: cnn}}}}
seeds: [3, 4]
search: {{cnn: {{trials: 3, space: {{
  learning_rate: {{low: 1e-4, high: 1e-2, log: true}},
  filters: {{low: 4, high: 8}},
  hidden: ["8", 9]
}}}}}}
"""
    resolved = settings(text)
    trials = ["cnn~trial1", "cnn~trial2", "cnn~trial3"]
    assert [*resolved.trials["cnn"].members] == trials
    assert resolved.trained == ["cnn", *trials, "cnn~best"]
    assert resolved.datasets["toy"].models == ["cnn", "cnn~best"]
    search = resolved.trials["cnn"].proposal
    assert search["space"] == {
        "filters": {"low": 4, "high": 8, "log": False, "whole": True},
        "hidden": {"choices": [8, 9]},
        "learning_rate": {"low": 0.0001, "high": 0.01, "log": True, "whole": False},
    }
    more = settings(text.replace("trials: 3", "trials: 30"))
    assert more.trials["cnn"].proposal == search, "what is proposed depends on the number of trials"


# ---------------------------------------------------------------------------------------- schema
def test_the_schema_for_editors_says_what_the_classes_say():
    assert json.loads(SCHEMA.read_text()) == schema(), "stale: run `make reference`"
    jsonschema.Draft202012Validator.check_schema(schema())
    for config in (FULL, *(yaml.safe_load(file.read_text()) for file in EXAMPLES)):
        jsonschema.validate(config, schema())
    for config in ({}, {"datasets": {"a b": {}}}, FULL | {"seeds": [-1]}, FULL | {"sed": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(config, schema())


def test_defaults_are_allowed():
    for architecture, family in FAMILIES.items():
        assert family.model_validate(
            family(architecture=architecture).options | {"architecture": architecture}
        )


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_allowed(name):
    settings(f"{TABLE}\nmodels: {{m: {{preset: {name}}}}}")


def test_reference_says_what_the_classes_say():
    assert PAGE.read_text(encoding="utf-8") == reference(), "stale: run `make reference`"


# ------------------------------------------------------------------------------------- any config
FULL = yaml.safe_load(
    """
datasets:
  toy: {synthetic: {length: 5}, split: {folds: 2}, models: [cnn]}
  mine:
    table: {path: a.csv, score: [a, b], length: {crop: 9}, replicates: [r1, r2]}
    split: {method: column, column: s, train: [a], test: [b]}
models:
  cnn: {architecture: cnn, training: {epochs: 2}}
  net: {preset: network}
  library: {preset: library}
training: {optimizer: sgd}
seeds: [1, 2]
interpretation: {threshold: {method: top, value: 3}}
predict: {new: {path: a.fasta}}
variants:
  calls: {path: v.vcf.gz, genome: g.fa, format: vcf}
  edits: {path: t.tsv, sequences: lib.fasta, sequence_id: q, edit: e, measured: m}
  some: {saturate: [s1, s2]}
design: {best: {start: best, protect: [[1, 2]], gc_window: {width: 4, range: [0.1, 0.9]}}}
attributions: {sequences: {path: q.csv, sequence: s}, references: 5, datasets: [mine]}
sweep: {cnn: {kernel_size: [1, 2]}}
search: {net: {space: {filters: {low: 2, high: 9, log: true}, blocks: [1, 2]}, trials: 9}}
"""
)


def places(value, path=()):
    """The path of every value in a config."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.dates(),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers()), max_size=2),
    st.dictionaries(
        st.one_of(st.text(max_size=3), st.integers(), st.none()), st.integers(), max_size=2
    ),
)


@hypothesis.settings(deadline=None, max_examples=100)
@given(st.sampled_from(list(places(FULL))), JUNK)
def test_whatever_is_wrong_is_told(path, junk):
    config = copy.deepcopy(FULL)
    position = config
    for key in path[:-1]:
        position = position[key]
    position[path[-1]] = junk
    with contextlib.suppress(ConfigError):
        resolve(config)


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        ("score: activity", {"score": "activity"}),
        ("score: y, label: log activity, unit: a.u.", {"score": "log activity (a.u.)"}),
        ("score: [a, b], unit: nM", {"a": "a (nM)", "b": "b (nM)"}),
    ],
)
def test_what_figures_call_the_score(table, labels):
    results = settings(f"datasets: {{x: {{table: {{path: t.csv, {table}}}}}}}").datasets["x"]
    assert results.facts("labels") == {"labels": labels}
    assert not {"label", "unit"} & results.table.keys()  # which would train everything again


def test_new_sequences_for_several_datasets_need_not_suit_all(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("new.csv").write_text("sequence\nACGTA\n")
    config = {
        "datasets": {
            "short": {"synthetic": {"length": 5}},
            "long": {"synthetic": {"length": 9}, "split": {"folds": 2}},
        },
        "models": {"linear": {"architecture": "linear"}},
        "predict": {"new": {"path": "new.csv"}},
    }
    assert resolve(config).preflight("short")["new"] == {}
    config["predict"]["new"]["datasets"] = ["long"]
    config["attributions"] = {"sequences": "new.csv"}
    assert [*resolve(config).preflight("long.fold2")["new"]] == ["predict.new"]
    config["attributions"]["datasets"] = ["short"]
    assert [*resolve(config).preflight("short")["new"]] == ["attributions.sequences"]


def test_a_question_is_for_the_models_that_it_names():
    settings = resolve(
        {
            "datasets": {"mine": {"synthetic": {"length": 5}}},
            "models": {name: {"architecture": "cnn"} for name in ("a", "b")},
            "sweep": {"a": {"filters": [2, 3]}},
            "predict": {"new": {"path": "new.csv", "models": ["a"]}, "all": {"path": "new.csv"}},
        }
    )
    new, every = (settings.questions["predict"][name] for name in ("new", "all"))
    assert new.asks("a") and new.asks("a~best") and not new.asks("b")
    assert every.asks("a") and every.asks("b")
    assert "models" not in new.plain()  # which would answer again what is answered


def test_a_method_has_to_suit_the_models_that_are_asked_alone():
    config = {
        "datasets": {"mine": {"synthetic": {"length": 5}}},
        "models": {name: {"architecture": name} for name in ("cnn", "kernel")},
        "attributions": {"method": "deep_lift_shap", "models": ["cnn"]},
    }
    assert resolve(config).questions["attributions"]["attributions"].method == "deep_lift_shap"
    del config["attributions"]["models"]
    with pytest.raises(ConfigError, match="deep_lift_shap is not for kernel"):
        resolve(config)


def test_a_question_is_for_the_datasets_that_it_names():
    config = yaml.safe_load("""
        datasets:
          short: {synthetic: {length: 5}}
          long: {synthetic: {length: 9}, split: {folds: 2}}
        models: {linear: {architecture: linear}}
        predict: {new: {path: new.csv, datasets: [long]}}
        variants: {all: {saturate: [s1], datasets: [short]}}
        design: {best: {template: NNNNNNACG, datasets: [long]}, any: {}}
        attributions: {sequences: test, datasets: [short]}
    """)
    settings = resolve(config)
    asks = {name: dataset.questions for name, dataset in settings.datasets.items()}
    assert asks["short"] == {
        **{"predict": [], "variants": ["all"], "design": ["any"]},
        "attributions": ["attributions"],
    }
    assert (
        asks["long.fold1"]
        == asks["long.fold2"]
        == {
            **{"predict": ["new"], "variants": [], "design": ["best", "any"], "attributions": []},
        }
    )
    for key, name in (("predict", "new"), ("attributions", "attributions")):
        assert "datasets" not in settings.questions[key][name].plain()
    config["design"]["any"] = {"start": ["s1"]}
    request = resolve(config).preflight("long.fold1")
    assert request["ids"] == {"design.any.start": ["s1"]}
    assert request["templates"] == {"design.best.template": "NNNNNNACG"}
    config["design"]["best"]["datasets"] = ["short"]
    with pytest.raises(ConfigError, match=r"datasets\.short: has 9 letters"):
        resolve(config)
