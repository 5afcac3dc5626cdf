"""How a training tells where it is: a live bar in a terminal, a line an epoch in the log."""

import logging
from time import monotonic


class Progress:
    """terminal: a stream for the live bar, or None. name: of what is trained."""

    interval = 0.2  # seconds between two pictures of the bar

    def __init__(self, name: str, epochs: int, rows: int, terminal=None):
        self.name, self.epochs, self.rows, self.terminal = name, epochs, rows, terminal
        self.started, self.drawn, self.begun = monotonic(), 0.0, None
        self.losses = ""

    def step(self, epoch: int, seen: int) -> None:
        """After each step: epochs count from 1, `seen` rows of this one are done."""
        if self.terminal is None or (now := monotonic()) - self.drawn < self.interval:
            return
        self.drawn = now
        done = (epoch - 1 + seen / self.rows) / self.epochs
        if self.begun is None:  # a resumed training starts amid its epochs
            self.begun, self.started = done, now
        bar = "━" * round(20 * done) + "╌" * (20 - round(20 * done))
        speed, left = self._pace(done, now)
        self._draw(f"{self.name} {bar} epoch {epoch}/{self.epochs}{self.losses}{speed}{left}")

    def epoch(self, row: dict) -> None:
        """After each epoch: its row of the history."""
        self.losses = f"  train {row['train_loss']:.4g}  validation {row['validation_loss']:.4g}"
        logging.info(
            "epoch %d/%d%s  learning rate %.3g  %.0f sequences/s",
            row["epoch"], self.epochs, self.losses, row["learning_rate"],
            self.rows / max(row["seconds"], 1e-9),
        )  # fmt: skip

    def close(self) -> None:
        """Take the bar away."""
        if self.terminal is not None:
            self._draw("")
            self.terminal.close()

    def _pace(self, done: float, now: float) -> tuple[str, str]:
        elapsed, covered = now - self.started, done - self.begun
        if not elapsed or not covered:
            return "", ""
        speed = covered * self.epochs * self.rows / elapsed
        return f"  {speed:,.0f} sequences/s", f"  {(1 - done) * elapsed / covered:.0f} s left"

    def _draw(self, line: str) -> None:
        self.terminal.write(f"\r{line}\x1b[K")
        self.terminal.flush()
