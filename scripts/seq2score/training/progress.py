"""How a training tells where it is: a live bar in a terminal, a line an epoch in the log.

Where the run's output goes to a file, as in CI and on a cluster, there are lines instead of the
bar: after half a minute, then ever more rarely, but every ten minutes.
"""

import logging
from time import monotonic
from typing import TextIO


class Progress:
    """Where one training is.

    Parameters
    ----------
    name
        Of what is trained.
    epochs, rows
        Of the training, and of its train set.
    terminal
        A stream for the live bar or for lines.
    """

    interval = 0.2  # seconds between two pictures of the bar
    between = 30, 600  # seconds: the fewest and the most between two lines

    def __init__(self, name: str, epochs: int, rows: int, terminal: TextIO | None = None):
        self.name, self.epochs, self.rows, self.terminal = name, epochs, rows, terminal
        self.started, self.shown_at = monotonic(), 0.0
        self.begun: float | None = None
        self.live, self.losses = terminal is not None and terminal.isatty(), ""
        if not self.live:
            self.shown_at, self.interval = self.started, self.between[0]

    def step(self, epoch: int, seen: int) -> None:
        """After each step: epochs count from 1, `seen` rows of this one are done."""
        if self.terminal is None:
            return
        now, done = monotonic(), (epoch - 1 + seen / self.rows) / self.epochs
        if self.begun is None:  # a resumed training starts amid its epochs
            self.begun, self.started = done, now
        if now - self.shown_at < self.interval:
            return
        self.shown_at = now
        text = f"epoch {epoch}/{self.epochs}{self.losses}{self._pace(done, done - self.begun, now)}"
        if self.live:
            bar = "━" * round(20 * done) + "╌" * (20 - round(20 * done))
            _draw(self.terminal, f"{self.name} {bar} {text}")
        else:
            least, most = self.between
            self.interval = min(max(least, (now - self.started) / 2), most)
            self.terminal.write(f"{self.name}: {text}\n")
            self.terminal.flush()

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
            if self.live:
                _draw(self.terminal, "")
            self.terminal.close()

    def _pace(self, done: float, covered: float, now: float) -> str:
        elapsed = now - self.started
        if not elapsed or not covered:
            return ""
        speed = covered * self.epochs * self.rows / elapsed
        return f"  {speed:,.0f} sequences/s  {(1 - done) * elapsed / covered:.0f} s left"


def _draw(terminal: TextIO, line: str) -> None:
    terminal.write(f"\r{line}\x1b[K")
    terminal.flush()
