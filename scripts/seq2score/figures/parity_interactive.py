"""A page that shows predicted against measured scores and answers: which sequence is that?

The page stands alone (no network) and small: some JavaScript of its own and the points as columns.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from seq2score.figures import theme
from seq2score.figures.parity import Panel, name, title
from seq2score.sequences.encoding import LETTERS, encode
from seq2score.sequences.synthetic import occurrences

PAGE = Path(__file__).with_name("parity_page.html")
MOST_POINTS = 20_000


def page(
    panels: Sequence[Panel],
    models: Sequence[str],
    ids: Sequence[str],
    sequences: Sequence[str],
    further: Mapping[str, Sequence] = {},
) -> str:
    """The page's HTML with the panels' points, side by side.

    Above 20,000 sequences it shows a random sample, and says so. Whatever the texts hold, the page
    shows it as text.

    Parameters
    ----------
    panels
        On the same n sequences.
    models
        Every model of the config, which fixes the colours.
    ids, sequences
        Of the n sequences.
    further
        Columns of n values that hovering shows as well.
    """
    n = len(ids)
    rows = [*range(n)]
    if n > MOST_POINTS:
        rows = np.sort(np.random.default_rng(0).choice(n, MOST_POINTS, replace=False)).tolist()
    data = {
        "about": _metadata(n, len(rows)),
        "id": [str(ids[i]) for i in rows],
        "sequence": [str(sequences[i]) for i in rows],
        "scores": {panel.output: _short(panel.score[rows]) for panel in panels},
        "models": [
            {
                "name": name(panel, panels),
                "output": panel.output,
                "label": panel.label,
                "title": ": ".join(title(name(panel, panels), panel.metrics).split("\n", 1)),
                "colour": theme.style_of(panel.model, models)["color"],
                "prediction": _short(panel.prediction[rows]),
            }
            for panel in panels
        ],
        "further": {name: [str(column[i]) for i in rows] for name, column in further.items()},
    }
    # Inside <script>, only "<" could end the text or start another.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return PAGE.read_text().replace("DATA", text, 1)


def _metadata(n: int, shown: int) -> str:
    which = f"A random sample of {shown:,} of the {n:,}" if shown < n else f"All {n:,}"
    return (
        f"{which} test sequences. Point at one to see what it is; drag over some to list them, "
        "and to find them again in the other panels; click to let go."
    )


def _short(values: np.ndarray) -> list[float | None]:
    """Five digits, which are more than a screen can show; null where there is no number."""
    return [float(f"{value:.5g}") if np.isfinite(value) else None for value in values]


def page_of_file(
    panels: Sequence[Panel],
    models: Sequence[str],
    predictions: str,
    words: Sequence[str],
    alphabet: str,
) -> str:
    """The page of panels on the sequences of a file of predictions.

    Parameters
    ----------
    panels, models
        As for `page`.
    predictions
        Path of predictions.parquet.
    words
        Whose occurrences hovering shows.
    alphabet
        "dna" or "rna", as sequences are shown.
    """
    test = pq.read_table(predictions, columns=["id", "sequence"])
    encoded = encode(test["sequence"])
    counts = {
        f"{word}, times": occurrences(encoded, word.replace("U", "T")).tolist() for word in words
    }
    thymine = LETTERS[alphabet][3]
    sequences = [sequence.replace("T", thymine) for sequence in test["sequence"].to_pylist()]
    return page(panels, models, test["id"].to_pylist(), sequences, counts)
