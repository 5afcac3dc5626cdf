"""Predict sequences that have no score, with the models of all seeds; memory stays the same."""

from seq2score import job
from seq2score.certainty.assess import CalibratedModel
from seq2score.certainty.new import predict_file
from seq2score.models.devices import choose_device, use_one_thread
from seq2score.sequences.sources import at

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    source, output, params = snakemake.input, snakemake.output[0], job.settings(snakemake)
    device = choose_device(params.device)
    model = CalibratedModel.of_files(source.weights, source.certainty, params.level, device)
    new, part = at(params.new, source.new), int(snakemake.wildcards.get("part", 1))
    job.tell(predict_file(model, new, output, part, new["parts"]).message(output))
