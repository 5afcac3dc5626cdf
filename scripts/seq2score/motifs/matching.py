"""Which known motif a filter has learned.

Long motifs are compared by Tomtom. Its statistics fail for very short ones (a perfect TAT has an
E-value of 0.5 against a database of 2,346 motifs), so planted motifs are compared by how similar
the logos are, against logos whose letters are permuted within each position.
"""

import numpy as np

from seq2score.sequences.encoding import encode

SIMILAR = 0.75  # logos at least this similar match: TAT and a perfect TAG come to 2/3
SIGNIFICANT = 0.05  # q-value up to which a motif of a database matches
_PERMUTATIONS = 999
_BITS = 0.25  # flanks of a filter that tell less at every position are no part of its motif


def word_logo(word: str) -> np.ndarray:
    """Heights of the letters of an exact word, 2 bits each: float64 (4, length); N has none."""
    return 2.0 * (encode([word.replace("U", "T")])[0] == np.arange(4)[:, None])


def similarity(logos: np.ndarray, motif: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine similarity of each logo with a motif's, at the best of all offsets.

    logos: heights in bits, (..., 4, width). motif: (4, length). Heights weight positions by
    their information; informative positions that are left unaligned count against a match,
    except where the motif is longer than the logo and hangs over.
    Returns similarities, 0 to 1, and offsets of the motif's first position from the logo's, (...).
    """
    width, length = logos.shape[-1], motif.shape[1]
    flank = [(0, 0)] * (logos.ndim - 1) + [(length - 1, length - 1)]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(logos, flank), length, axis=-1)
    products = np.einsum("...aol,al->...o", windows, motif)
    squares = np.convolve((motif**2).sum(axis=0), np.ones(min(width, length)), mode="valid")
    norms = np.sqrt((logos**2).sum(axis=(-2, -1)) * squares.max())
    best = products.argmax(axis=-1)
    highest = np.take_along_axis(products, best[..., None], axis=-1)[..., 0]
    return highest / np.where(norms > 0, norms, 1), best - (length - 1)


def chance(logos: np.ndarray, motif: np.ndarray, found: np.ndarray, seed: int = 0) -> np.ndarray:
    """p-values of similarities, (F,): how often logos with permuted letters are as similar.

    logos: (F, 4, W). The null permutes the letters within each position, and so keeps each
    position's information (permuting three positions could not give p below 1/3).
    """
    rng = np.random.default_rng(seed)
    orders = rng.random((_PERMUTATIONS, 4, logos.shape[-1])).argsort(axis=1)
    as_high = [
        (similarity(np.take_along_axis(logo[None], orders, axis=1), motif)[0] >= value - 1e-9).sum()
        for logo, value in zip(logos, found, strict=True)
    ]
    return (1 + np.array(as_high)) / (1 + _PERMUTATIONS)


def match_words(logos: np.ndarray, words: list[str], both_strands: bool) -> dict[str, np.ndarray]:
    """Every filter against every planted word.

    logos: heights in bits, (F, 4, W).
    Returns arrays of shape (F, words): score (similarity), offset, strand, p_value, q_value.
    """
    columns = [_match_word(logos, word_logo(word), both_strands) for word in words]
    found = {key: np.stack([column[key] for column in columns], axis=1) for key in columns[0]}
    return found | {"q_value": q_values(found["p_value"])}


def _match_word(logos: np.ndarray, motif: np.ndarray, both_strands: bool) -> dict:
    """One word: its better strand, with the p-value of having had the choice."""
    strands = [motif, motif[::-1, ::-1]] if both_strands else [motif]
    score, offset = map(np.stack, zip(*(similarity(logos, m) for m in strands), strict=True))
    p_value = np.stack([chance(logos, m, s) for m, s in zip(strands, score, strict=True)])
    best, columns = score.argmax(axis=0), np.arange(len(logos))
    return {
        "score": score[best, columns],
        "offset": offset[best, columns],
        "strand": np.array(["+", "-"])[best],
        "p_value": np.minimum(1, p_value[best, columns] * len(strands)),
    }


def match_matrices(
    ppms: list[np.ndarray], motifs: list[np.ndarray], both_strands: bool, threads: int = 1
) -> dict[str, np.ndarray]:
    """Every filter against every motif of a database by Tomtom (Gupta and colleagues 2007).

    ppms: (4, width) each, as `trimmed` leaves them. motifs: PPMs, (4, length) each.
    Returns arrays of shape (filters, motifs): score (Tomtom's, higher is better), offset, strand,
    p_value, q_value (over the motifs of one filter, as in MEME's Tomtom).
    """
    from memelite import tomtom  # here, as its compiler takes seconds to load

    p_value, score, offset, _, strand = tomtom(
        ppms, motifs, reverse_complement=both_strands, n_jobs=threads
    )
    return {
        "score": score,
        "offset": -offset.astype(int),  # Tomtom's is the filter's place in the motif
        "strand": np.array(["+", "-"])[strand.astype(int)],
        "p_value": p_value,
        "q_value": np.stack([q_values(row) for row in p_value]),
    }


def trimmed(ppm: np.ndarray, bits: np.ndarray) -> tuple[np.ndarray, int]:
    """A PPM without its uninformative flanks, and how many positions went from its start.

    ppm: (4, width). bits: (width,). A matrix without any informative position stays whole.
    """
    kept = np.flatnonzero(bits >= _BITS)
    if not len(kept):
        return ppm, 0
    return ppm[:, kept[0] : kept[-1] + 1], int(kept[0])


def q_values(p_values: np.ndarray) -> np.ndarray:
    """Least false discovery rate at which each p-value passes (Benjamini and Hochberg 1995)."""
    flat = p_values.ravel()
    order = flat.argsort()[::-1]
    scaled = flat[order] * len(flat) / np.arange(len(flat), 0, -1)
    q = np.empty_like(flat)
    q[order] = np.minimum.accumulate(np.minimum(scaled, 1))
    return q.reshape(p_values.shape)
