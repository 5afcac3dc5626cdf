"""Put the parts of new sequences' predictions together, in the order of their file."""

from pathlib import Path

from seq2score.inference.shares import gather

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    output, refused, total = Path(snakemake.output[0]), 0, 0
    for predicted in gather(snakemake.input, output):
        refused += sum(map(bool, predicted["problem"].to_pylist()))
        total += len(predicted)
    others = f"; {output} says what is wrong with the other {refused}" if refused else ""
    job.tell("%d of %d sequences predicted%s", total - refused, total, others)
