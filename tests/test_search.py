"""A search: what is proposed from what, when a trial ends, and a run to which more are added."""

import csv
import itertools
import json
import math

import numpy as np
import optuna
import pytest
import torch

from factories.training import settings
from seq2score.errors import InputError
from seq2score.training import trials
from seq2score.training.proposals import propose, study_of
from seq2score.training.train import train
from seq2score.training.trials import Trial, medians

CPU = torch.device("cpu")
SPACE = {
    "filters": {"low": 4, "high": 64, "log": True, "whole": True},
    "activation": {"choices": ["relu", "exponential", None]},
    "learning_rate": {"low": 1e-5, "high": 1.0, "log": True, "whole": False},
}


def trial(number, values, *losses, outcome="finished"):
    losses = np.array(losses)
    return Trial(f"a~trial{number}", values, losses, float(losses[-1]), outcome)


# ---------------------------------------------------------------------------------------- proposals
def test_the_same_trials_give_the_same_proposals_and_others_others():
    first = propose([], SPACE, 5, [17, 1])
    assert first == propose([], SPACE, 5, [17, 1])
    assert first != propose([], SPACE, 5, [18, 1])
    assert first != propose([], SPACE, 5, [17, 2])
    many = [*first, *propose([], SPACE, 10, [17, 2])]
    done = [trial(i, values, 2.0, float(i)) for i, values in enumerate(many)]
    second = propose(done, SPACE, 5, [17, 3])
    assert second == propose(done, SPACE, 5, [17, 3])
    turned = [trial(i, values, 2.0, -float(i)) for i, values in enumerate(many)]
    assert second != propose(turned, SPACE, 5, [17, 3])


def test_proposals_are_of_the_space_and_read_well():
    for values in propose([], SPACE, 40, [1]):
        assert list(values) == list(SPACE)
        assert isinstance(values["filters"], int)
        assert 4 <= values["filters"] <= 64
        assert values["activation"] in SPACE["activation"]["choices"]
        assert 1e-5 <= values["learning_rate"] <= 1
        assert float(f"{values['learning_rate']:.3g}") == values["learning_rate"]


def test_nothing_is_proposed_twice_and_a_space_can_be_exhausted():
    space = {"a": {"choices": [1, 2, 3]}, "b": {"low": 1, "high": 3, "log": False, "whole": True}}
    done = []
    for number in range(4):
        for values in propose(done, space, 3, [5, number]):
            done.append(trial(len(done), values, float(values["a"])))
    tried = [tuple(t.values.values()) for t in done]
    assert sorted(tried) == list(itertools.product([1, 2, 3], [1, 2, 3]))


def test_later_rounds_look_where_the_earlier_ones_did_well():
    """The loss is least at a learning rate of 0.01; chance alone is 1.4 powers of ten away."""

    def away(values):
        return abs(math.log10(values["learning_rate"]) + 2)

    done = []
    for number in range(8):
        for values in propose(done, SPACE, 5, [3, number]):
            failed = values["learning_rate"] > 0.3
            losses = [math.nan] if failed else [5.0, away(values)]
            outcome = "failed" if failed else "finished"
            done.append(trial(len(done), values, *losses, outcome=outcome))
    distances = [away(t.values) for t in done]
    assert np.median(distances[20:]) < 0.5 * np.median(distances[:10])
    assert sum(t.outcome == "failed" for t in done[20:]) <= 2


def test_trials_are_kept_as_optuna_reads_them_to_the_same_bytes(tmp_path):
    proposed = propose([], SPACE, 3, [1])
    losses = [[3.0, 2.0], [9.0], [math.nan]]
    outcomes = ["finished", "pruned", "failed"]
    done = [trial(i, values, *losses[i], outcome=outcomes[i]) for i, values in enumerate(proposed)]
    for name in ("a.db", "b.db"):
        study_of(done, SPACE, storage=f"sqlite:///{tmp_path}/{name}", name="made a")
    assert (tmp_path / "a.db").read_bytes() == (tmp_path / "b.db").read_bytes()
    study = optuna.load_study(study_name="made a", storage=f"sqlite:///{tmp_path}/a.db")
    assert [t.state.name for t in study.trials] == ["COMPLETE", "PRUNED", "PRUNED"]
    assert study.best_trial.params == proposed[0]
    assert study.best_value == 2.0
    assert study.trials[1].intermediate_values == {1: 9.0}


# ------------------------------------------------------------------------------------------ pruning
def test_medians_are_of_the_lowest_losses_of_finished_trials():
    done = [trial(i, {}, 9.0, 8.0 - i, 9.0, 7.0 - i, 6.0 - i) for i in range(5)]
    others = [trial(8, {}, 0.0, outcome="pruned"), trial(9, {}, math.nan, outcome="failed")]
    assert medians(done + others) == [math.inf, 6.0, 6.0, 5.0, 4.0]
    assert medians(done[1:] + others) == []
    stopped = [*done[:4], trial(4, {}, 9.0, 6.0)]  # after two epochs, and counts on
    assert medians(stopped)[-1] == 5.0


def test_a_trial_above_the_bar_ends_and_any_other_is_as_without(files):
    alone = train(files, settings(), 1, CPU)
    losses = [row["validation_loss"] for row in alone.history]
    assert losses == sorted(losses, reverse=True)
    kept = train(files, settings(pruning_thresholds=[loss + 0.1 for loss in losses]), 1, CPU)
    for name, tensor in alone.model.state_dict().items():
        assert torch.equal(tensor, kept.model.state_dict()[name])
    assert kept.record["outcome"] == "finished"
    assert "outcome" not in alone.record
    high = [math.inf, losses[1] - 0.1]
    ended = train(files, settings(pruning_thresholds=high), 1, CPU)
    assert [row["validation_loss"] for row in ended.history] == losses[:2]
    assert ended.record["outcome"] == "pruned"


@pytest.mark.parametrize("patience", [None, 2])
def test_a_trial_whose_loss_is_not_finite_ends_alone(patience, files, tmp_path):
    wild = {"optimizer": "sgd", "learning_rate": 90.0, "early_stopping": patience}
    wild = settings(training={**settings()["training"], **wild, "epochs": 40})
    with pytest.raises(InputError, match="not finite"):
        train(files, wild, 1, CPU)
    ended = train(files, {**wild, "pruning_thresholds": []}, 1, CPU)
    assert ended.record["outcome"] == "failed"
    assert math.isnan(ended.history[-1]["validation_loss"])
    (tmp_path / "history.tsv").write_text(ended.history_table)
    (tmp_path / "model.json").write_text(json.dumps(ended.record))
    assert Trial.read("a", {}, tmp_path).outcome == "failed"


def test_what_is_proposed_takes_the_place_of_options_and_training_keys(tmp_path):
    values = {"a~trial1": {"filters": 8, "epochs": 3}}
    before = {"options": {"filters": 2, "hidden": 1}, "training": {"epochs": 1, "loss": None}}
    trials.write(tmp_path / "x.json", values, [math.inf, 2.0])
    after = trials.with_values(before, tmp_path / "x.json", "a~trial1")
    assert after["options"] == {"filters": 8, "hidden": 1}
    assert after["training"] == {"epochs": 3, "loss": None}
    assert after["pruning_thresholds"] == [math.inf, 2.0]
    trials.write(tmp_path / "x.json", values)
    assert trials.values_of(tmp_path / "x.json") == values
    assert "pruning_thresholds" not in trials.with_values(before, tmp_path / "x.json", "a~trial1")


def test_the_file_of_a_round_tells_all_that_came_before(tmp_path):
    done = [trial(1, {"a": 1}, 3.0, 2.0), trial(2, {"a": None}, math.nan, outcome="failed")]
    trials.write(tmp_path / "x.json", {"a~trial3": {"a": 2}, "a~trial4": {"a": 3}}, [], done)
    (tmp_path / "a~trial3/seed1").mkdir(parents=True)
    (tmp_path / "a~trial3/seed1/history.tsv").write_text("epoch\tvalidation_loss\n1\t9\n2\t8\n")
    (tmp_path / "a~trial3/seed1/model.json").write_text('{"best_epoch": 1, "outcome": "pruned"}')
    results = trials.results(tmp_path / "x.json", tmp_path, "seed1", 3)
    assert [t.name for t in results] == ["a~trial1", "a~trial2", "a~trial3"]
    assert [t.values["a"] for t in results] == [1, None, 2]
    assert (results[0].losses.tolist(), results[0].kept) == ([3.0, 2.0], 2.0)
    assert (results[1].outcome, results[1].kept) == ("failed", pytest.approx(math.nan, nan_ok=True))
    assert (results[2].outcome, results[2].kept) == ("pruned", 9.0)


# ---------------------------------------------------------------------------------------------- run
CONFIG = {
    "datasets": {"made": {"synthetic": {"length": 5}, "models": ["cnn"]}},
    "models": {"cnn": {"architecture": "cnn", "filters": 4}},
    "training": {"epochs": 6},
    "seeds": [1, 2],
    "search": {
        "cnn": {
            "trials": 10,
            "space": {
                "filters": [4, 8],
                "learning_rate": {"low": 1e-3, "high": 0.1, "log": True},
            },
        }
    },
}
PLACE = "results/made/cnn~best"
WANTED = [f"{PLACE}/search/trials.db", *(f"{PLACE}/seed{s}/metrics.json" for s in (1, 2))]


def rows_of(folder):
    with (folder / PLACE / "ranking.tsv").open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


def trained(folder):
    """Bytes and time of all that trials have written."""
    results = folder.glob("results/made/cnn~trial*/seed1/model.safetensors")
    return {path.parts[-3]: (path.read_bytes(), path.stat().st_mtime_ns) for path in results}


@pytest.mark.slow
def test_a_run_to_which_trials_are_added(run_workflow, tmp_path):
    (folder := tmp_path / "first").mkdir()
    run = run_workflow(folder, CONFIG, *WANTED)
    assert run.returncode == 0, run.stdout
    rows, first = rows_of(folder), trained(folder)
    assert len(rows) == len(first) == 10
    finished = [row for row in rows if row["outcome"] == "finished"]
    scores = [float(row["validation_r2"]) for row in finished]
    assert scores == sorted(scores, reverse=True)
    assert float(finished[0]["learning_rate"]) > float(finished[-1]["learning_rate"])
    pruned = [row for row in rows if row["outcome"] == "pruned"]
    assert pruned
    assert all(int(row["epochs_done"]) < 6 and not row["validation_r2"] for row in pruned)
    # The best one goes on under its own name, with every seed; trials never meet the test set.
    best = f"cnn~trial{rows[0]['model'].removeprefix('cnn~trial')}"
    winner = folder / PLACE / "seed1/model.safetensors"
    assert winner.read_bytes() == first[best][0]
    assert not list(folder.glob("results/made/cnn~trial*/*/predictions.parquet"))
    # More trials change none of those before, nor would all at once have.
    more = {**CONFIG, "search": {"cnn": {**CONFIG["search"]["cnn"], "trials": 13}}}
    run = run_workflow(folder, more, *WANTED)
    assert run.returncode == 0, run.stdout
    added = trained(folder)
    assert len(added) == len(rows_of(folder)) == 13
    assert {name: added[name] for name in first} == first
    (whole := tmp_path / "whole").mkdir()
    run = run_workflow(whole, more, *WANTED, "--cores", "1")
    assert run.returncode == 0, run.stdout
    assert {n: of[0] for n, of in trained(whole).items()} == {n: of[0] for n, of in added.items()}
    for name in ("ranking.tsv", "chosen.json", "search/trials.db"):
        assert (folder / PLACE / name).read_bytes() == (whole / PLACE / name).read_bytes(), name
