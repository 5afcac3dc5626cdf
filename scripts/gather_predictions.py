"""Put the parts of new sequences' predictions together, in the order of their file."""

from seq2score import job
from seq2score.inference.shares import gather_predictions

if __name__ == "__main__":
    job.start(snakemake)
    output = snakemake.output[0]
    job.tell(gather_predictions(snakemake.input, output).message(output))
