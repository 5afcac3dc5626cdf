"""How sure is a prediction? Intervals that hold the truth as often as promised, and novelty."""
