"""First-layer filters as heatmaps and logos: all of them, and the most important ones."""

import pandas as pd

from seq2score import tables
from seq2score.figures import filters as figures
from seq2score.figures import theme
from seq2score.motifs.tables import Filters, read_positions
from seq2score.task import TASKS

TOP = 8


def matched_names(matches: list[dict]) -> dict[int, str]:
    """The name of the motif that each filter matches best, for those that match one."""
    rows = [row for row in matches if row["match"]]
    rows.sort(key=lambda row: (-row["p_value"], row["score"]))
    return {row["filter"]: row["name"] for row in rows}


def panels(table: pd.DataFrame, filters: Filters, names: dict[int, str]) -> figures.Panels:
    """The filters of `table` in its order, each with its sites and the motif that it matches."""
    order = table["filter"].to_numpy()
    captions = [
        {"dead": "dead: no site", "few sites": f"only {row['sites']} sites"}.get(
            row["state"], f"{row['sites']:,} sites"
        )
        + (f"\n≈ {names[row['filter']]}" if row["filter"] in names else "")
        for row in tables.rows_of(table)
    ]
    return figures.Panels(
        [f"filter {f}" for f in order], filters.weights[order], filters.logos[order], captions
    )


def with_importance(shown: figures.Panels, falls: list[float], measure: str) -> figures.Panels:
    """The same, named with how R² (or accuracy) changes without each filter."""
    changes = [f"{-fall:+.2g} {measure}".replace("-", "\N{MINUS SIGN}") for fall in falls]
    names = [f"{name}\n{change}" for name, change in zip(shown.names, changes, strict=True)]
    return figures.Panels(names, shown.weights, shown.logos, shown.captions)


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params = job.settings(snakemake)
    source, output = snakemake.input, snakemake.output
    letters = "ACGU" if params.alphabet == "rna" else "ACGT"
    table = tables.read(source.filters)
    filters = read_positions(source.matrices)
    task = TASKS[params.task]
    measure = task.metrics[task.importance].title
    every = panels(table, filters, matched_names(tables.read_rows(source.matches)))
    every = with_importance(every, table["importance"].tolist(), measure)
    run = f"{snakemake.wildcards.model}, seed {snakemake.wildcards.seed}"
    of = f"{run}: filters of the first layer, with the change of {measure} when one is silenced"
    theme.save(figures.plot_heatmaps(every, letters, of), output.heatmaps)
    theme.save(figures.plot_logos(every, letters, of), output.logos)
    theme.save(figures.plot_logos(every.part(0, TOP), letters, of, a_row=4), output.top)
