"""Check variants in every respect before any is predicted, and cut their windows."""

from seq2score import job, tables
from seq2score.splits.parts import sequence_length
from seq2score.variants.checking import REJECTED, check_variants, summary
from seq2score.variants.rows import Dataset

if __name__ == "__main__":
    job.start(snakemake)
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    sequences = source.sequences_of_dataset
    rules = {**params.rules, "input_length": sequence_length(sequences)}
    section = params.variants | {key: source[key] for key in params.files}  # maybe fetched
    rejected = check_variants(
        section, Dataset(rules, sequences, source.get("test")), output.checked
    )
    tables.write(rejected, output.rejected, columns=REJECTED)
    job.tell(summary(output.checked, rejected))
