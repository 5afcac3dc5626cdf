"""Splits: which sequences a model learns from, is chosen by, and is tested on."""
