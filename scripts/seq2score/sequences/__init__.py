"""Sequences: reading them, checking them, making them, and turning them into numbers."""
