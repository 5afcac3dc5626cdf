"""Tell what the members of a blend will take to train, before they are."""

from seq2score import job, tables
from seq2score.models.devices import use_one_thread
from seq2score.training.cost import estimates, message

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    params = job.settings(snakemake)
    rows = estimates(params.members, dict(snakemake.input.items()), params.flanks)
    tables.write(rows, snakemake.output[0])
    job.tell("%s: %s", snakemake.wildcards.model, message(rows, params.seeds))
