"""TF-MoDISco (Shrikumar and colleagues 2018) as tf-modisco-lite computes it: patterns of seqlets.

It brings leidenalg, which is GPL, so it is no package that the project installs by itself.
"""

import numpy as np

from seq2score.attributions import NOT_INSTALLED
from seq2score.attributions.motifs import Motif
from seq2score.errors import InputError

CORE, FLANK = 20, 5  # of its seqlets, as in its command line
_SEQLETS = 5000  # of each sign; more take long
_SHARE = 0.3  # of a pattern's strongest position, for a position that belongs to it


def patterns(one_hot: np.ndarray, hypothetical: np.ndarray) -> list[Motif]:
    """Patterns of either sign, those of most seqlets first; none where it finds none.

    one_hot, hypothetical: (n, 4, length), as in the files. Raises InputError where it is not
    installed, with the command that does it.
    """
    try:
        from modiscolite.tfmodisco import TFMoDISco
    except ImportError:
        raise InputError(f"attributions.patterns: {NOT_INSTALLED}") from None
    letters, told = (np.swapaxes(of, 1, 2).astype("float32") for of in (one_hot, hypothetical))
    found = TFMoDISco(
        one_hot=letters,
        hypothetical_contribs=told,
        max_seqlets_per_metacluster=_SEQLETS,
        sliding_window_size=CORE,
        flank_size=FLANK,
        target_seqlet_fdr=0.05,
        n_leiden_runs=2,
        initial_flank_to_add=0,  # its default of 10 drops every seqlet of sequences of 100 letters
    )
    motifs = [_motif(pattern) for of_sign in found for pattern in of_sign or []]
    return sorted(motifs, key=lambda motif: -len(motif.sites))


def _motif(pattern) -> Motif:
    """A pattern, cut to the positions that contribute."""
    contribution = np.asarray(pattern.contrib_scores).sum(axis=1)
    strong = np.flatnonzero(np.abs(contribution) >= _SHARE * np.abs(contribution).max())
    first, last = strong[0], strong[-1] + 1
    counts = np.asarray(pattern.sequence)[first:last].T * len(pattern.seqlets)
    sites = []
    for seqlet in pattern.seqlets:
        back = seqlet.end - last if seqlet.is_revcomp else seqlet.start + first
        sites.append((int(seqlet.example_idx), int(back)))
    consensus = "".join("ACGT"[letter] for letter in counts.argmax(axis=0))
    seed = {"word": consensus, "q_value": None, "excess": float(contribution.sum())}
    return Motif(counts, contribution[first:last], np.array(sites), seed)
