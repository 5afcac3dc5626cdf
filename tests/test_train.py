"""From the files of a split to a trained model and its record, as its step does it."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

import seq2score
from factories.training import settings
from seq2score.errors import InputError
from seq2score.models import files as model_files
from seq2score.models import records
from seq2score.training.checkpoints import Checkpoint, digest_of
from seq2score.training.loop import Stopped, Watch
from seq2score.training.train import HISTORY, provenance, train

CPU = torch.device("cpu")
LENGTH = 7


@pytest.mark.parametrize(
    ("changes", "outputs", "classes", "loss"),
    [
        ({}, ["score"], None, "mse"),
        ({"outputs": ["score", "b"], "weight": "reads"}, ["score", "b"], None, "mse"),
        ({"outputs": ["kind"], "task": "classification"}, ["kind"], ["high", "low"], None),
        ({"reverse_complement": "average", "score_transform": "log2"}, ["score"], None, "mse"),
        ({"flanks": {"left": "ACCGTAC", "right": "GGTTACC"}}, ["score"], None, "mse"),
    ],
)
def test_a_model_with_a_record_that_is_all_that_using_it_needs(
    changes, outputs, classes, loss, files, tmp_path
):
    trained = train(files, settings(**changes), 3, CPU)
    assert trained.record["outputs"] == outputs
    assert trained.record["classes"] == classes
    assert trained.record["loss"] == (loss or "cross_entropy")
    assert [row["epoch"] for row in trained.history] == [1, 2, 3, 4]
    first, *rows = trained.history_table.splitlines()
    assert (tuple(first.split("\t")), len(rows)) == (HISTORY, 4)
    record = json.loads(json.dumps(trained.record | provenance(CPU, 1)))
    records.check(record, tmp_path)
    model_files.save(trained.model, record, tmp_path / "model.safetensors", tmp_path / "model.json")
    model = seq2score.load(tmp_path)
    sequences = pq.read_table(files["validation"])["sequence"]
    assert len(model.predict(sequences)) == 40
    if not classes and len(outputs) == 1:
        truth = pq.read_table(files["validation"])["score"].to_numpy()
        assert np.corrcoef(model.predict(sequences), truth)[0, 1] > 0.5


def test_the_same_seed_gives_the_same_weights_and_another_one_others(files):
    first, again, other = (
        train(files, settings(), seed, CPU).model.state_dict()["output.weight"]
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_stopped_training_goes_on_where_it_was(files, tmp_path):
    whole = train(files, settings(), 1, CPU)
    request = []

    def watch():
        checkpoint = Checkpoint(tmp_path / "checkpoint", digest_of(files.values(), settings()))
        return Watch(checkpoint, stop=lambda: request.append(True) or len(request) == 6)

    with pytest.raises(Stopped, match="stopped in epoch 2"):
        train(files, settings(), 1, CPU, watch())
    resumed = train(files, settings(), 1, CPU, watch())
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, resumed.model.state_dict()[name])
    assert [row["train_loss"] for row in whole.history] == [
        row["train_loss"] for row in resumed.history
    ]


def test_a_checkpoint_belongs_to_its_settings_and_files(files):
    item = digest_of(files.values(), settings())
    assert digest_of(files.values(), settings(weight="reads")) != item
    assert digest_of([files["validation"], files["train"]], settings()) != item


def test_what_cannot_be_learned_is_refused(files):
    with pytest.raises(InputError, match="poisson is for counts"):
        train(
            files,
            settings(outputs=["b"], training={**settings()["training"], "loss": "poisson"}),
            1,
            CPU,
        )
