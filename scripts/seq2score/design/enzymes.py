"""What to keep out of designs: sites of restriction enzymes, or words."""

from functools import cache
from pathlib import Path

# Letters of IUPAC (Cornish-Bowden 1985), by the bases that each may stand for.
IUPAC = {
    **{"A": "A", "C": "C", "G": "G", "T": "T", "U": "T"},
    **{"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC"},
    **{"B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT"},
}


@cache
def sites() -> dict[str, str]:
    """Sites of the restriction enzymes that can be bought, by name, in IUPAC letters.

    From REBASE (Roberts and others 2023), as Biopython 1.88 holds it.
    """
    lines = Path(__file__).with_name("enzymes.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines[1:])


def site_of(word: str) -> str:
    """The pattern that an enzyme's name or a word of IUPAC letters stands for.

    Raises KeyError for what is neither.
    """
    if word in sites():
        return sites()[word]
    if set(word.upper()) <= set(IUPAC):
        return word.upper()
    raise KeyError(word)
