"""Write a trained network in ONNX, for use without this workflow or torch."""

from pathlib import Path

from seq2score import job
from seq2score.inference.export import to_onnx, verify
from seq2score.inference.prediction import load
from seq2score.models import files

if __name__ == "__main__":
    job.start(snakemake)
    predictor = load(Path(snakemake.input.weights).parent)
    exported = to_onnx(predictor)
    job.tell("ONNX and torch agree: %.1e apart", verify(predictor, exported))
    files.write_whole(snakemake.output[0], exported)
