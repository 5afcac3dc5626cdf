"""Propose what the next trials of a search try, from the results of those before them."""

from pathlib import Path

from seq2score import job
from seq2score.training import trials
from seq2score.training.proposals import next_round

if __name__ == "__main__":
    job.start(snakemake)
    params = job.settings(snakemake)
    search, number = params.search, int(snakemake.wildcards.number)
    folder, before = Path(snakemake.output[0]).parents[2], []
    for last in snakemake.input.rounds:
        count = search["round"] * (number - 1)
        before = trials.results(last, folder, params.seed, count)
    values, thresholds = next_round(search, snakemake.wildcards.base, number, before)
    trials.write(snakemake.output[0], values, thresholds, before)
    outcomes = [trial.outcome for trial in before]
    job.tell(
        "round %d, after %d trials (%d pruned, %d failed)",
        *(number, len(before), outcomes.count("pruned"), outcomes.count("failed")),
    )
