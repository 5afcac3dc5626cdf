"""Quotes that are not closed: whole rows of a table that stand in one cell."""

import re
from collections.abc import Sequence

LINE_END = r"\r\n|\r|\n"
SEQUENCE = r"\s*[ACGTUNacgtun]+\s*"


class RowShape:
    """What a row of a table of text looks like, so that one within a cell is known.

    Parameters
    ----------
    columns
        Names.
    delimiter
        Between cells.
    sequence
        The column of sequences, if any, which tells a row from text of several lines.
    """

    def __init__(self, columns: Sequence[str], delimiter: str, sequence: str | None):
        self.width, self.delimiter = len(columns), delimiter
        self.sequence = columns.index(sequence) if sequence in columns else None

    def is_row(self, cells: Sequence[str | None]) -> bool:
        """Whether cells, None where not known, could be a row of this table."""
        if len(cells) != self.width or self.width < 2:
            return False
        if self.sequence is None:
            return True
        sequence = cells[self.sequence]
        return sequence is None or bool(re.fullmatch(SEQUENCE, sequence))

    def in_lines(self, lines: Sequence[str]) -> bool:
        """Whether any of these lines could be a row."""
        return any(self.is_row(line.split(self.delimiter)) for line in lines)

    def in_cell(self, text: str, index: int) -> bool:
        """Whether the cell at a place of its row holds whole rows, or the end and begin of two."""
        first, *lines = re.split(LINE_END, text)
        if not lines:
            return False
        if self.in_lines(lines[:-1]):
            return True
        end = [None] * index + first.split(self.delimiter)
        begin = lines[-1].split(self.delimiter) + [None] * (self.width - 1 - index)
        return self.width > 1 and self.is_row(end) and self.is_row(begin)

    def lines_swallowed(self, cells: Sequence[str]) -> int:
        """How many lines a record has that holds whole rows; 0 for one that does not."""
        _, *lines = re.split(LINE_END, self.delimiter.join(cells))
        ragged = len(cells) != self.width
        swallows = lines and (
            self.in_lines(lines[:-1])
            or any(self.in_cell(text, index) for index, text in enumerate(cells))
            or (ragged and self.in_lines(lines[-1:]))
        )
        return len(lines) + 1 if swallows else 0
