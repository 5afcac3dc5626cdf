"""Predict the test set with a trained model, and the rows that it was fitted to beside it."""

from pathlib import Path

from seq2score import job, tables
from seq2score.certainty.parts import predict_parts
from seq2score.evaluation.spot_check import check_spots
from seq2score.inference.prediction import load
from seq2score.models.devices import choose_device, use_one_thread

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    predictor = load(Path(source.weights).parent, choose_device(params.device))
    split = {**vars(params), "clusters": source.get("clusters")}
    predict_parts(predictor, dict(source), dict(output), params.level, split, params.weight)
    if params.synthetic:
        tables.write(check_spots(predictor, params.synthetic), output.spot_check)
