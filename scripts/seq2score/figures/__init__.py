"""Figures: what they look like stands in `theme`; every other file draws one of them."""
