"""Propose what the next trials of a search try, from the results of those before them."""

from pathlib import Path

from seq2score.training import trials
from seq2score.training.proposals import propose

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    search, number = snakemake.params.search, int(snakemake.wildcards.number)
    size, place, before = search["round"], Path(snakemake.output[0]).parents[2], []
    for last in snakemake.input.rounds:
        before = trials.results(last, place, snakemake.params.seed, size * (number - 1))
    values = propose(before, search["space"], size, [search["seed"], number])
    names = [
        f"{snakemake.wildcards.base}~trial{size * (number - 1) + i}"
        for i in range(1, len(values) + 1)
    ]
    bars = trials.medians(before) if search["prune"] == "median" else []
    trials.write(snakemake.output[0], dict(zip(names, values, strict=True)), bars, before)
    outcomes = [trial.outcome for trial in before]
    job.tell(
        "round %d, after %d trials (%d pruned, %d failed)",
        *(number, len(before), outcomes.count("pruned"), outcomes.count("failed")),
    )
