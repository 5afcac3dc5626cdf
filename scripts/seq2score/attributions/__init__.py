"""Why a model scores a sequence as it does: contributions, words and motifs, and their syntax."""
