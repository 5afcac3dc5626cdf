"""Variants: reading them, checking them, and what models say that they change."""
