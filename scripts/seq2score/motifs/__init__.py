"""Motifs: what the first filters look for, which known motif that is, and what it does."""
