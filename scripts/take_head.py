"""Make of a network of several datasets that of one: what they share, and its own head."""

from pathlib import Path

from seq2score import job
from seq2score.training.separating import separate

if __name__ == "__main__":
    job.start(snakemake)
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    folder, dataset = Path(source.weights).parent, snakemake.wildcards.dataset
    read = dict(source.items())
    trained = separate(folder, dataset, snakemake.params.settings, read, params.weighing_replicates)
    trained.save(output.weights, output.description, output.history)
    epoch = trained.record["best_epoch"]
    loss = trained.history[epoch - 1]["validation_loss"]
    job.tell("validation loss %.4g in epoch %d, the best of all", loss, epoch)
