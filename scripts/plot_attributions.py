"""Draw contributions of chosen sequences, discovered motifs, and how they work together."""

from pathlib import Path

import numpy as np

from seq2score import tables
from seq2score.attributions import store
from seq2score.attributions.tables import logos, with_matches
from seq2score.figures import attributions, theme
from seq2score.motifs.tables import read_positions
from seq2score.sequences.encoding import BASES

TRACKS = 6


def shown_rows(table: list[dict], sites: list[dict]) -> dict[str, str]:
    """Ids of the sequences to show, and why: extreme predictions, then those with most motifs."""
    able = [row for row in table if row["prediction"] is not None]
    if not able:
        return {}
    why = {
        max(able, key=lambda row: row["prediction"])["id"]: "highest prediction",
        min(able, key=lambda row: row["prediction"])["id"]: "lowest prediction",
    }
    held = {}
    for site in sites:
        held.setdefault(site["id"], set()).add(site["motif"])
    for name in sorted(held, key=lambda name: (-len(held[name]), name)):
        if len(why) >= TRACKS:
            break
        why.setdefault(name, f"{len(held[name])} motifs")
    return why


def tracks_of(
    folder: Path, table: list[dict], sites: list[dict], names: dict[int, str]
) -> list[attributions.Track]:
    """The sequences that are shown, with their motifs. names: of motifs, by number."""
    why = shown_rows(table, sites)
    predicted = {row["id"]: row["prediction"] for row in table}
    ids, start, made = store.read_ids(folder / store.FILES[0]), 0, {}
    for one_hot, hypothetical in zip(
        *(store.batches(folder / name) for name in store.FILES), strict=True
    ):
        for row, name in enumerate(ids[start : start + len(one_hot)]):
            if name in why and name not in made:
                marks = [
                    (site["start"], site["end"], names[site["motif"]])
                    for site in sites
                    if site["id"] == name
                ]
                title = f"{name}, {why[name]}: predicted {predicted[name]:.4g}"
                title = title.replace(": predicted -", ": predicted \N{MINUS SIGN}")
                made[name] = attributions.Track(title, one_hot[row] * hypothetical[row], marks)
        start += len(one_hot)
    return [made[name] for name in why if name in made]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    letters = "ACGU" if params.alphabet == "rna" else "ACGT"
    table = tables.read_rows(source.table, text=["id", "sequence", "problem"])
    motifs = tables.read_rows(source.motifs, text=["consensus", "word", "filters"])
    sites = tables.read_rows(source.sites, text=["id"])
    matches = tables.read_rows(source.matches, text=["motif", "name", "strand"])
    means = tables.read(source.letters)
    means = np.stack([means[base].to_numpy(float) for base in BASES])
    filters = read_positions(source.matrices)
    names = {row["motif"]: row["consensus"] for row in motifs}
    name = params.output_name or next(iter(params.labels))
    what = f"predicted {params.labels.get(name, name)}"
    drawn = tracks_of(Path(source.one_hot).parent, table, sites, names)
    drawings = {
        "tracks": attributions.tracks(drawn, letters, what),
        "letters": attributions.letters_by_position(means, letters, what),
        "motifs": attributions.motif_table(with_matches(motifs, matches), logos(filters), letters),
        "positions": attributions.profiles(tables.read_rows(source.positions, ["motif"]), what),
        "pairs": attributions.distances(
            tables.read_rows(source.pairs, ["first", "second", "arrangement"]), what
        ),
        "epistasis": attributions.epistasis(
            tables.read_rows(source.epistasis, ["letter_1", "letter_2"]), what
        ),
    }
    for name, drawing in drawings.items():
        theme.save(drawing, output[name])
