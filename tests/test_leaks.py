"""That nothing a model is made of depends on the test set."""

import json

from factories.tables import good_rows, sequences, write

DIFFERING = ["train_seconds", "git_commit"]


def made(folder):
    """What training wrote, without times."""
    models = {}
    for path in sorted(folder.glob("results/lib/*/seed17/model.safetensors")):
        record = json.loads(path.with_name("model.json").read_text())
        history = path.with_name("history.tsv").read_text().splitlines()
        models[path.parent.parent.name] = (
            path.read_bytes(),
            {key: value for key, value in record.items() if key not in DIFFERING},
            [line.rsplit("\t", 1)[0] for line in history],
        )
    return models


def test_another_test_set_changes_no_trained_byte(tmp_path, run_workflow):
    sets = ["set", *["train"] * 30, *["validation"] * 10, *["test"] * 10]
    first = [f"{row},{part}" for row, part in zip(good_rows(50), sets, strict=True)]
    others = [f"{s},{1000 - i},test" for i, s in enumerate(sequences(80)[60:])]
    models = []
    for name, rows in [("a", first), ("b", [*first[:41], *others])]:
        folder = tmp_path / name
        folder.mkdir()
        write(folder / "library.csv", rows)
        split = {"method": "column", "column": "set"}
        split |= {part: [part] for part in ("train", "validation", "test")}
        config = {
            "datasets": {"lib": {"table": {"path": "library.csv"}, "split": split}},
            "models": {
                "linear": {"architecture": "linear"},
                "cnn": {"architecture": "cnn", "filters": 4},
            },
            "training": {"epochs": 4},  # fewer rows than a batch: no harm
        }
        targets = [f"results/lib/{model}/seed17/model.safetensors" for model in config["models"]]
        run = run_workflow(folder, config, *targets)
        assert run.returncode == 0, run.stdout
        models.append(made(folder))
    assert set(models[0]) == {"linear", "cnn"}
    assert models[0] == models[1]
