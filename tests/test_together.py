"""One training by several processes: what they come to is what one alone does."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

from seq2score.errors import InputError
from seq2score.sequences.encoding import strings
from seq2score.settings.training import Training
from seq2score.training.loop import Stopped
from seq2score.training.work import Work, do, do_together

pytestmark = pytest.mark.slow


@pytest.fixture
def work(tmp_path):
    """A training of a `cnn` whose last batch has fewer rows than there are processes."""
    draw = np.random.default_rng(3)
    for part, rows in {"train": 257, "validation": 65}.items():
        codes = draw.integers(4, size=(rows, 8), dtype=np.uint8)
        score = (codes == 0).sum(axis=1) + draw.normal(size=rows)
        table = {"id": [f"s{i}" for i in range(rows)], "sequence": strings(codes), "score": score}
        pq.write_table(pa.table(table), tmp_path / f"{part}.parquet")
    training = {"epochs": 3, "batch_size": 32, "gradient_clip": 1.0}
    settings = {
        **{"task": "regression", "outputs": ["score"], "score_transform": "none", "weight": None},
        **{"alphabet": "dna", "length": "equal", "flanks": {"left": "", "right": ""}},
        **{"reverse_complement": "none", "architecture": "cnn", "device": "cpu"},
        "options": {"filters": 4, "kernel_size": 3, "hidden": 8},
        "training": Training(**training).plain(),
    }

    def in_folder(name, **changed):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        kinds = {"weights": "model.safetensors", "description": "model.json"}
        output = {key: str(folder / file) for key, file in kinds.items()}
        return Work(
            dataset="made",
            model="cnn",
            seed=7,
            files={part: str(tmp_path / f"{part}.parquet") for part in ("train", "validation")},
            output=output | {"history": str(folder / "history.tsv")},
            settings=settings | changed,
            threads=1,
        )

    return in_folder


def losses(work):
    lines = Path(work.output["history"]).read_text(encoding="utf-8").splitlines()[1:]
    return np.array([line.split("\t")[1:3] for line in lines], dtype=float)


def test_two_processes_train_as_one_at_the_same_batch_size(work):
    alone, together = work("alone"), work("together")
    do(alone)
    assert "best epoch" in do_together(together, 2)
    np.testing.assert_allclose(losses(together), losses(alone), rtol=1e-5)
    weights = [load_file(w.output["weights"]) for w in (alone, together)]
    for name, values in weights[0].items():
        np.testing.assert_allclose(weights[1][name], values, atol=1e-5)
    again = work("again")
    do_together(again, 2)
    assert load_file(again.output["weights"])["output.weight"].tobytes() == (
        weights[1]["output.weight"].tobytes()
    )
    record = json.loads(Path(together.output["description"]).read_text(encoding="utf-8"))
    assert math.isfinite(record["train_seconds"])


def test_they_stop_together_and_go_on_from_there(work):
    whole, stopped = work("whole"), work("stopped")
    longer = {"epochs": 400}
    whole, stopped = (
        replace(w, settings=w.settings | {"training": w.settings["training"] | longer})
        for w in (whole, stopped)
    )
    do_together(whole, 2)
    checkpoint = Path(stopped.output["weights"]).with_name("checkpoint")
    with pytest.raises(Stopped):
        do_together(stopped, 2, checkpoint.exists)
    do_together(stopped, 2)
    assert losses(stopped).tobytes() == losses(whole).tobytes()


def test_what_one_refuses_all_refuse(work):
    options = {"filters": 4, "kernel_size": 7, "batch_norm": True}
    request = work("refused", architecture="resnet", options=options)
    with pytest.raises(InputError, match=r"training\.gpus: batch normalization"):
        do_together(request, 2)
