"""Why a model scores a sequence as it does: contributions, words and motifs, and their syntax.

What the workflow asks before any job stands here, where nothing is imported.
"""

PATTERNS_PACKAGE = "modisco-lite==3.0.0"
NOT_INSTALLED = (
    f"tf-modisco-lite is not installed. `pip install {PATTERNS_PACKAGE}` puts it beside the "
    "project's own packages (it brings leidenalg, which is GPL); --sdm conda brings it too."
)
SHORTEST, FEWEST = 40, 100  # letters and sequences; TF-MoDISco finds nothing in less, and is silent


def no_patterns(length: int, sequences: int = FEWEST) -> str | None:
    """Why TF-MoDISco is of no use for so many sequences of this length; None where it is."""
    instead = "Use motifs.tsv, from words of 3 to 8 letters, which is made anyway"
    if length < SHORTEST:
        return (
            f"TF-MoDISco needs sequences of at least {SHORTEST} letters; these have {length}. "
            f"{instead}."
        )
    if sequences < FEWEST:
        return f"TF-MoDISco needs at least {FEWEST} sequences; there are {sequences}. {instead}."
    return None
