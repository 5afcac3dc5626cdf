"""Words and motifs from contributions, their syntax, and the findings: where the truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from seq2score.attributions import (
    cooperation,
    described,
    findings,
    motifs,
    store,
    syntax,
    tables,
    words,
)
from seq2score.evaluation import quality
from seq2score.evaluation.quality import Quality
from seq2score.figures import attributions as figures
from seq2score.figures import theme
from seq2score.motifs.tables import read_positions, write_positions
from seq2score.sequences.encoding import N, encode

LETTERS = np.array([1.0, 0.5, -0.5, -1])


def random_rows(rows=2000, length=30, seed=1):
    return np.random.default_rng(seed).integers(0, 4, (rows, length), dtype=np.uint8)


def planted(word, value, rows=2000, noise=0.2):
    """Sequences, a third of which hold a word; its letters contribute `value` each, and noise."""
    random, codes = np.random.default_rng(2), random_rows(rows)
    values = random.normal(0, noise, codes.shape)
    starts = random.integers(0, 30 - len(word), rows)
    letters = encode([word])[0]
    for row in range(0, rows, 3):
        places = starts[row] + np.flatnonzero(letters < N)
        codes[row, places] = letters[letters < N]
        values[row, places] += value
    return codes, values


# ------------------------------------------------------------------------------------------ words
def test_words_are_counted_with_what_they_contribute():
    codes = np.concatenate([encode(["AACGTNAC"] * 12), encode(["TTTTTTTT"] * 12)])
    values = np.arange(24 * 8).reshape(24, 8) / 100
    table = words.table(codes, values, np.arange(24))
    rows = {row["word"]: row for row in words.described(table, range(len(table["z"])))}
    assert rows["AAC"]["occurrences"] == rows["AAC"]["sequences"] == 12
    assert rows["AAC"]["contribution"] == pytest.approx(values[:12, :3].sum(axis=1).mean())
    assert rows["TTT"]["occurrences"] == 72 and rows["TTT"]["sequences"] == 12
    assert "GTA" not in rows and "TNA" not in rows  # across an N


def test_p_values_are_uniform_where_words_mean_nothing():
    codes = random_rows(3000, 40)
    random = np.random.default_rng(3)
    of_sequence = random.normal(1, 0.3, (3000, 1))  # which occurrences in it share
    values = of_sequence * LETTERS[codes] + random.normal(size=codes.shape)
    table = words.table(codes, values)
    for width in (4, 5, 6):
        p_value = table["p_value"][table["width"] == width]
        assert 0.02 < (p_value < 0.05).mean() < 0.08
    assert (table["q_value"] > 0.01).all()


def test_a_linear_model_has_no_words():
    codes, weights = random_rows(), np.random.default_rng(4).normal(size=(4, 30))
    table, discovered = motifs.discover(codes, weights[codes, np.arange(30)])
    assert (table["excess"] == 0).all() and discovered == []


# ----------------------------------------------------------------------------------------- motifs
@pytest.mark.parametrize("word", ["TAT", "GATTACA", "CCATGGATGGTC", "GTTAATNATTAAC"])
def test_a_planted_motif_is_discovered_whole(word):
    codes, values = planted(word, 1.0)
    _, discovered = motifs.discover(codes, values)
    first, background = discovered[0], motifs.letter_shares(codes)
    assert first.consensus(background).strip("N") == word
    assert len(first.sites) == pytest.approx(667, rel=0.15)
    share = first.contribution.sum() / len(word.replace("N", ""))
    assert 0.7 < share < 1.05  # less what its letters do anyway
    assert len([m for m in discovered if m.variant_of is None]) == 1


def test_a_motif_at_the_ends_hangs_over():
    codes, values = random_rows(900, 8), np.zeros((900, 8))
    codes[::3, :3] = encode(["TAT"])[0]
    values[::3, :3] = 1.0
    values += np.random.default_rng(5).normal(0, 0.05, values.shape)
    values[1::3] = np.where(codes[1::3] == 3, 0.0, values[1::3])
    _, discovered = motifs.discover(codes, values)
    assert discovered[0].consensus(motifs.letter_shares(codes)).strip("N").startswith("TAT")


def predict(codes):
    """10 for a TAT, and what the letters say."""
    held = (np.lib.stride_tricks.sliding_window_view(codes, 3, axis=1) == [3, 0, 3]).all(axis=2)
    letters = np.append(LETTERS, 0)[codes].mean(axis=1)
    return 10.0 * held.any(axis=1) + letters


def motif_of(word, contribution):
    """A motif of a hundred equal sites, its letters contributing so much together."""
    counts = 100.0 * (encode([word])[0] == np.arange(4)[:, None])
    shares = np.full(len(word), contribution / len(word))
    sites = np.stack([np.arange(100), np.zeros(100, int)], axis=1)
    return motifs.Motif(counts, shares, sites, {"word": word, "q_value": None})


def confirmed(score, words, contribution, codes, number=2000):
    results = [motif_of(word, contribution) for word in words]
    unit, background = np.arange(len(codes)), np.full(4, 0.25)
    rows = described.rows_of(results, score, None, codes, unit, background, {}, number)
    return {row["consensus"] for row in rows if row["confirmed"]}


def test_a_near_miss_is_not_confirmed():
    codes, words = random_rows(300, 12), ["TAT", "TCT", "TTA", "AAA"]
    assert confirmed(predict, words, 15.0, codes) == {"TAT"}
    change = described.effect(predict, predict, codes, np.ones(12, bool), "TAT", words)
    assert change["truth"] == change["effect"] > 7 and abs(change["control"]) < 3
    assert described.effect(predict, None, codes, np.ones(12, bool), "A" * 13, []) == {}


def test_what_is_known_of_sequences_is_not_computed_again():
    codes, request = random_rows(20, 12), []
    score = described.remembering(lambda some: request.append(len(some)) or predict(some), codes)
    for some in (codes, codes[:5], codes[5:9]):
        np.testing.assert_array_equal(score(some), predict(some))
    assert request == [20, 4]


def test_orders_are_of_the_same_letters_and_spell_no_motif():
    for word in ("TAT", "AAAAAAAA", "GTTAATNATTAAC"):
        others = described.orders(word, ["TTA"], 30)
        assert len(others) > 20 and word not in others
        letters = [sorted(other.replace("N", "")) for other in others]
        assert letters == [sorted(word.replace("N", ""))] * len(others)
        assert not any("TTA" in other for other in others)
    assert max(map(len, described.orders("TAT", [], 5))) == 5
    assert described.orders("A", [], 30) == []


def rough(seed):
    """A score in which every word of four letters does something, as in a network; and a motif."""
    weights = np.random.default_rng(seed).normal(0, 0.3, 256)

    def score(codes):
        windows = np.lib.stride_tricks.sliding_window_view(codes, 4, axis=1).astype(int)
        held = np.lib.stride_tricks.sliding_window_view(codes, 8, axis=1) == encode(["CCATGGTA"])[0]
        return weights[windows @ [64, 16, 4, 1]].sum(axis=1) + 4.0 * held.all(axis=2).any(axis=1)

    return score


@pytest.mark.slow
@pytest.mark.parametrize("contribution", [0.4, 40])  # slopes are in other units than effects
def test_false_discoveries_are_as_rare_as_promised(contribution):
    results, false = 0, []
    for seed in range(20):
        random = np.random.default_rng(seed)
        decoys = ["".join(random.choice(list("ACGT"), 8)) for _ in range(15)]
        message = confirmed(
            rough(seed), ["CCATGGTA", *decoys], contribution, random_rows(300, 30, seed)
        )
        results += "CCATGGTA" in message
        false.append(len(message - {"CCATGGTA"}) / max(1, len(message)))
    assert results >= 18 and np.mean(false) <= 0.1


def test_motifs_as_filters_of_one_width(tmp_path):
    codes, values = planted("GATTACA", 1.0)
    _, discovered = motifs.discover(codes, values)
    background = motifs.letter_shares(codes)
    for kept in (discovered[:1], []):
        write_positions(described.side_by_side(kept, background), tmp_path / "m.tsv")
        back = read_positions(tmp_path / "m.tsv")
        assert len(back.bits) == len(kept)
    numbered = described.in_order(
        [
            {"place": 0, "confirmed": 0, "variant_of": None, "effect": 9},
            {"place": 1, "confirmed": 1, "variant_of": None, "effect": -2},
            {"place": 2, "confirmed": 1, "variant_of": 1, "effect": 3},
        ]
    )
    assert [(row["motif"], row["place"]) for row in numbered] == [(0, 1), (1, 2), (2, 0)]
    assert numbered[1]["variant_of"] == 0


def test_a_confirmed_variant_stands_for_its_kind():
    rows = [
        {"place": position, "confirmed": confirmed, "variant_of": of}
        for position, (confirmed, of) in enumerate([(0, None), (0, 0), (1, 0), (1, 0), (1, None)])
    ]
    assert [row["variant_of"] for row in described.led(rows)] == [2, 2, None, 2, None]
    rows[0]["confirmed"] = 1
    assert described.led(rows) == rows


# ----------------------------------------------------------------------------------------- syntax
def test_a_profile_shows_where_a_motif_counts():
    def only_left(codes):
        return predict(codes[:, :8])

    rows = cooperation.position_rows(
        only_left, only_left, "TAT", random_rows(100, 16), np.ones(16, bool)
    )
    assert [row["position"] for row in rows] == list(range(1, 15))
    assert all(row["low"] <= row["effect"] <= row["high"] for row in rows)
    assert all(row["effect"] == pytest.approx(row["truth"]) for row in rows)
    assert rows[2]["effect"] > 7 and abs(rows[10]["effect"]) < 1


def test_cooperation_is_what_lies_beyond_the_sum():
    def of(codes, word):
        windows = np.lib.stride_tricks.sliding_window_view(codes, len(word), axis=1)
        return (windows == encode([word])[0]).all(axis=2).any(axis=1)

    def together(codes):
        both = [of(codes, "TATTT"), of(codes, "GGCGG")]
        near = of(codes, "TATTTGGCGG")
        return 2.0 * both[0] + 3.0 * both[1] + 5.0 * near

    pair = ("TATTT", "GGCGG")
    rows = cooperation.pair_rows(
        together, together, pair, random_rows(80, 30), np.ones(30, bool), strands=True
    )
    message = {(row["arrangement"], row["gap"]): row for row in rows}
    assert message["TATTT, GGCGG", 0]["cooperation"] == pytest.approx(5, abs=0.3)
    assert message["TATTT, GGCGG", 0]["truth"] == message["TATTT, GGCGG", 0]["cooperation"]
    assert abs(message["GGCGG, TATTT", 0]["cooperation"]) < 0.5
    assert abs(message["TATTT, GGCGG", 3]["cooperation"]) < 0.5
    assert len({arrangement for arrangement, _ in message}) == 4


def test_pairs_of_mutations_add_up_or_multiply():
    weights = np.random.default_rng(6).uniform(0.5, 2, (5, 6))

    def adds(codes):
        return weights[codes, np.arange(6)].sum(axis=1)

    def multiplies(codes):
        return weights[codes, np.arange(6)].prod(axis=1)

    codes, varies = random_rows(30, 6), np.ones(6, bool)
    assert all(abs(r["additive"]) < 1e-9 for r in syntax.pairs_of_mutations(adds, codes, varies))
    rows = syntax.pairs_of_mutations(multiplies, codes, varies)
    assert len(rows) == 15 * 16 and all(abs(row["multiplicative"]) < 1e-9 for row in rows)
    assert max(abs(row["additive"]) for row in rows) > 0.1
    assert cooperation.epistasis_rows(adds, None, random_rows(50, 30)) == []


def test_measured_motifs_are_named_ones_first():
    rows = [
        {"consensus": "GGG", "confirmed": 1, "variant_of": None, "effect": -5.0},
        {"consensus": "CCC", "confirmed": 0, "variant_of": None, "effect": 9.0},
        {"consensus": "TATA", "confirmed": 1, "variant_of": 0, "effect": 9.0},
    ]
    assert cooperation.choose_motifs(["UAU", "A" * 20], rows, 9) == ["TAT", "GGG"]


def test_tables_of_rna_spell_u():
    row = {"motif": 3, "consensus": "GTNA", "word": None, "filters": "T: 1", "q_value": 0.1}
    assert tables.spelt([row], "dna") == [row]
    assert tables.spelt([row], "rna") == [row | {"consensus": "GUNA"}]
    pair = {"first": "TAT", "second": "GCG", "arrangement": "TAT, GCG reversed", "gap": 1}
    (result,) = tables.spelt([pair], "rna")
    assert [*result.values()] == ["UAU", "GCG", "UAU, GCG reversed", 1]
    stands = {"confirmed": 1, "variant_of": None, "effect": 1.0}
    assert cooperation.choose_motifs([], [{"consensus": "UAU"} | stands], 9) == ["TAT"]


# --------------------------------------------------------------------------------------- findings
GOOD = Quality("R²", 0.8, 0.7, 0.9, fault="", adds_up=False)


def test_findings_say_how_good_their_model_is_and_need_a_good_one():
    motif = {"consensus": "TAT", "sites": 1200, "sequences": 1000, "units": 12, "confirmed": 1}
    motif |= {"variant_of": None, "effect": 9.0, "effect_low": 8.5, "effect_high": 9.5}
    pair = {"first": "TAT", "second": "GCG", "arrangement": "TAT, GCG", "gap": 2}
    pair |= {"cooperation": -3.0, "low": -4.0, "high": -2.0, "q_value": 0.001}

    def results_of(quality):
        return findings.strongest([motif], [], [pair], [], "predicted score", quality)

    of_motif, of_pair = results_of(GOOD)
    assert of_motif["quality"] == of_pair["quality"] == "R² 0.800 (0.700 to 0.900)"
    assert "1,000 sequences, 12 of them independent." in of_motif["finding"]
    (alone,) = results_of(replace(GOOD, adds_up=True))  # nothing of letters together
    assert alone["finding"] == of_motif["finding"]
    assert results_of(replace(GOOD, fault="is no better than chance")) == []


def test_quality_is_against_chance_the_floors_and_an_additive_one():
    def of(validation, test, interval):
        return {"r2": test, "r2_ci": interval, "validation": {"r2": validation}}

    floors = {
        "ridge on letters": of(0.5, 0.5, None),
        "ridge on k-mers": of(0.6, 0.4, None),
        "ridge on GC": of(0.1, 0.9, None),
    }
    good = quality.quality(of(0.7, 0.72, [0.6, 0.8]), floors)
    assert (good.fault, good.adds_up, good.metric) == ("", False, "R²")
    assert quality.quality(of(0.7, 0.52, [0.45, 0.6]), floors).adds_up
    assert quality.quality(of(0.55, 0.7, [0.6, 0.8]), floors).fault == (
        "does not beat ridge on k-mers, which is simpler"
    )
    assert quality.quality(of(-0.1, 0.7, [0.6, 0.8]), floors).fault == "is no better than chance"


def test_findings_have_a_number_and_the_best_of_each_kind():
    motif = {"consensus": "TAT", "sites": 1200, "sequences": 1000, "confirmed": 1}
    motif |= {"variant_of": None, "effect": 9.0, "effect_low": 8.5, "effect_high": 9.5}
    other = {**motif, "consensus": "GCG", "effect": -10.0, "effect_low": -11.0, "effect_high": -9.0}
    pair = {"first": "TAT", "second": "GCG", "arrangement": "TAT, GCG", "gap": 2}
    pair |= {"cooperation": -3.0, "low": -4.0, "high": -2.0, "q_value": 0.001}
    flat = [{"motif": "TAT", "position": p, "effect": 9, "low": 8, "high": 10} for p in (1, 2)]
    message = findings.strongest([motif, other], flat, [pair], [], "predicted score", GOOD)
    assert [row["value"] for row in message] == [-10.0, -3.0, 9.0]
    assert "GCG lowers the predicted score by 10 (9 to 11)" in message[0]["finding"]
    assert "1,200 places" in message[0]["finding"]
    faint = pair | {"cooperation": 0.01, "low": 0.009, "high": 0.011}
    assert len(findings.strongest([motif], flat, [faint], [], "predicted score", GOOD)) == 1
    uneven = [row | {"effect": row["position"], "low": 0, "high": 0} for row in flat]
    (message,) = findings.strongest([], uneven, [], [], "predicted score", GOOD)
    assert "position 2 is 1 (1 to 1) higher than at position 1." in message["finding"]
    assert findings.strongest([], [], [], [], "score", GOOD) == []


def test_what_sums_are_rounded_by_is_no_cooperation():
    rounded = {"together": -2.0, "cooperation": 1e-8, "low": 0.9e-8, "high": 1.1e-8}
    message = cooperation.with_q_values([rounded] * 3, "cooperation", [200] * 3)
    assert [row["q_value"] for row in message] == [1, 1, 1]
    some = {**rounded, "cooperation": 0.1, "low": 0.09, "high": 0.11}
    message = cooperation.with_q_values([rounded, some], "cooperation", [200] * 2)
    assert message[0]["q_value"] == 1 and message[1]["q_value"] < 1e-6


def test_the_finding_of_a_pair_tells_over_which_distances_it_holds():
    def results_of(cooperation, orders=("TAT, GCG", "GCG, TAT", "TAT, GCG reversed")):
        rows = [
            {"first": "TAT", "second": "GCG", "arrangement": order, "gap": gap}
            | {"cooperation": value, "low": value - 0.1, "high": value + 0.1, "q_value": 1e-3}
            for order in orders
            for gap in range(21)
            for value in [cooperation(order, gap)]
        ]
        (row,) = findings.strongest([], [], rows, [], "predicted score", GOOD)
        return row["finding"]

    order = results_of(lambda order, gap: (2 + (gap == 0)) * ("reversed" not in order))
    assert order == (
        "TAT and GCG together change the predicted score by up to 3 (2.9 to 3.1) more than the sum "
        "of what each does; it is at least half of that with TAT before GCG or GCG before TAT, 0 "
        "to 20 letters between them."
    )
    lowers = results_of(lambda order, gap: -2 - (order == "GCG, TAT"))
    assert "by up to 3 (2.9 to 3.1) less than" in lowers
    assert "with GCG before TAT or TAT before GCG or TAT before GCG reversed, 0 to" in lowers
    near = results_of(lambda order, gap: max(0, 3 - (gap - 11) ** 2 / 6) * (order == "GCG, TAT"))
    assert near.endswith("half of that with GCG before TAT, 8 to 14 letters between them.")
    item = results_of(lambda order, gap: 3.0 * (order == "TAT, GCG" and gap == 1))
    assert "by 3 (" in item
    assert item.endswith("what each does with TAT before GCG, 1 letter between them.")


# ---------------------------------------------------------------------------------------- figures
def test_all_is_drawn_or_says_why_not(tmp_path):
    single = np.arange(12) % 4 == np.arange(4)[:, None]
    heights = np.random.default_rng(1).normal(size=(4, 12)) * single
    track = figures.Track("$a$, highest", heights, [(2, 4, "TAT"), (8, 12, "GCGGG")])
    row = {"consensus": "TAT", "sites": 3, "q_value": 0.01, "known": "$T", "truth": 1.0}
    row |= {"effect": 1.2, "effect_low": 1.0, "effect_high": 1.5}
    profile = [
        {"motif": "TAT", "position": p, "effect": 1, "low": 0, "high": 2, "truth": None}
        for p in range(4)
    ]
    pairs = [
        {"first": "TAT", "second": "GCG", "arrangement": "TAT, GCG", "gap": gap, "cooperation": 1}
        | {"low": 0, "high": 2, "truth": 0.5, "q_value": 0.01}
        for gap in range(3)
    ]
    letters = syntax.pairs_of_mutations(predict, random_rows(20, 6) % 4, np.ones(6, bool))
    for drawing in (
        figures.tracks([track], "ACGU", "score"),
        figures.letters_by_position(heights, "ACGT", "score"),
        figures.motif_table([row], [np.ones((4, 3)) / 2], "ACGT"),
        figures.profiles(profile, "score"),
        figures.distances(pairs, "score"),
        figures.epistasis(letters, "score"),
        figures.tracks([], "ACGT", ""),
        figures.motif_table([], [], "ACGT"),
        figures.profiles([], ""),
        figures.distances([], ""),
        figures.distances([row | {"q_value": 1.0} for row in pairs], ""),
        figures.epistasis([], ""),
    ):
        theme.save(drawing, tmp_path / "figure.png")


def test_names_of_neighbouring_motifs_do_not_overlap():
    marks = [(1, 8, "GATTACAT"), (30, 33, "TATTATTT"), (10, 20, "GATTACATTAC"), (12, 15, "C")]
    assert figures.lanes(marks, 100) == [0, 0, 1, 0]
    assert figures.lanes([], 10) == []


def test_a_rate_too_small_for_a_number_is_not_zero():
    assert [figures.rate(q) for q in (0.0, 2e-9, 0.03)] == [
        "< 1e\u2212300",
        "= 2e\u221209",
        "= 0.03",
    ]


def test_a_palindrome_turned_round_is_no_arrangement_more():
    turned = [name for name, _, _ in syntax.arrangements("TAT", "GCGC", True)]
    assert turned == ["TAT, GCGC", "GCGC, TAT"]
    assert len(list(syntax.arrangements("TAT", "GCGA", True))) == 4


def test_shown_sequences_are_extreme_ones_and_those_with_motifs(tmp_path):
    table = [
        {"id": name, "prediction": value} for name, value in zip("abcd", (1, 5, -2, 3), strict=True)
    ]
    table.append({"id": "e", "prediction": None})
    sites = [{"id": "d", "motif": 0, "start": 1, "end": 3}]
    assert figures.shown_rows(table, sites) == {
        "b": "highest prediction",
        "c": "lowest prediction",
        "d": "1 motifs",
    }
    codes = encode(["ACGT"] * 4)
    for name, of in zip(
        store.FILES, (codes[:, None] == np.arange(4)[:, None], np.ones((4, 4, 4))), strict=True
    ):
        with store.Writer(tmp_path / name, (4, 4, 4), "f4") as writer:
            writer.write(list("abcd"), of)
    shown = figures.tracks_of(tmp_path, table, sites, {0: "ACG"})
    assert [track.marks for track in shown] == [[], [], [(1, 3, "ACG")]]
    assert shown[0].title == "b, highest prediction: predicted 5"


def test_large_sets_are_read_evenly(tmp_path):
    codes = random_rows(50, 6)
    codes[3, 2] = N
    one_hot = codes[:, None] == np.arange(4)[:, None]
    for name, of in zip(store.FILES, (one_hot, np.ones((50, 4, 6))), strict=True):
        with store.Writer(tmp_path / name, (50, 4, 6), "f4") as writer:
            writer.write([f"s{i}" for i in range(50)], of)
    kept, hypothetical, ids = store.evenly(tmp_path, 60)
    assert len(kept) == len(hypothetical) == 10 and ids[0] == "s0" and ids[-1] == "s49"
    codes_kept, values = store.actual_letters(kept, hypothetical)
    np.testing.assert_array_equal(codes_kept[0], codes[0])
    assert values.max() == 1
