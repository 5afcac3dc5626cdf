"""All that is measured of a trained model: metrics of its predictions, and of its intervals."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.certainty import calibration
from seq2score.certainty.coverage import coverage, with_coverage
from seq2score.certainty.effects import effects
from seq2score.certainty.measured import MeasuredPairs
from seq2score.evaluation.contrasts import measure_contrasts
from seq2score.evaluation.evaluate import (
    ceilings,
    evaluate,
    smeared,
    smearing,
    with_information,
)
from seq2score.evaluation.resampling import Units
from seq2score.inference.contrasts import Contrasts, single
from seq2score.inference.predictions import outputs_in
from seq2score.task import task_measured


def evaluate_model(
    files: Mapping[str, str | Path],
    test: pa.Table,
    units: Units,
    unrelated: np.ndarray | None,
    settings: Mapping,
) -> dict:
    """Metrics on the test set with intervals, and on the train and validation set without.

    Parameters
    ----------
    files : predictions of `train` and `validation`, and the model's `certainty`
    test : the test set with predictions
    units : what intervals resample
    unrelated : rows without a relative in the train set, bool (n,), measured as `unrelated` too
    settings : `level` of the prediction intervals; `weight`, a column of sample weights;
        `score_transform`, on whose scale metrics are measured too; `replicates`, columns that set
        a ceiling; `inputs`, columns beside the sequence; `contrasts` of the scores, and
        `replicates_of` each score
    """
    level, weight, transform, replicates = (
        settings[key] for key in ("level", "weight", "score_transform", "replicates")
    )
    calibrated = calibration.load(files["certainty"])
    of_intervals = coverage(test, calibrated, level, units)
    metrics = with_coverage(evaluate(test, weight, units, transform), of_intervals)
    section = settings["contrasts"]
    if section:
        metrics["contrasts"] = measure_contrasts(
            test, section, transform, weight, units, settings["replicates_of"]
        )
    places = metrics.get("outputs", {}) | metrics.get("contrasts", {})
    if calibrated.differences:
        inputs, outputs = [*settings["inputs"]], outputs_in(test)
        contrasts = Contrasts.of(section, outputs, transform)
        pairs = MeasuredPairs.of(test, outputs, units, inputs, replicates, contrasts)
        for name, of_output in effects(test, calibrated, level, pairs).items():
            (places.get(name) or metrics)["effects"] = of_output
    if not task_measured(metrics).labels:
        metrics = with_information(metrics, test, units)
    if unrelated is not None:
        alone = test.filter(pa.array(unrelated))
        metrics["unrelated"] = evaluate(alone, weight, units.of(unrelated), transform)
    for part in ("train", "validation"):
        metrics[part] = evaluate(pq.read_table(files[part]), weight, transform=transform)
    if transform != "none":
        factors = smearing(pq.read_table(files["validation"]), transform)
        metrics |= smeared(test, transform, factors)
    of_scores = settings["replicates_of"]
    if len(of_scores) > 1:
        for name in of_scores:
            alone, columns = single(test, name, {name: {name: 1.0}}, replicates=of_scores)
            metrics["outputs"][name] |= ceilings(alone, columns, units, transform)
        return metrics
    return metrics | ceilings(test, replicates, units, transform)
