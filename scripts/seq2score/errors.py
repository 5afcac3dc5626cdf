"""The one exception that users are meant to read, and text of theirs as a terminal can show it."""


class InputError(ValueError):
    """Something the user gave is wrong.

    A job that ends with it shows the message without a traceback. Of what it quotes, nothing
    reaches a terminal but text: see `printable`.

    Parameters
    ----------
    message
        Stands alone: the file, the key or row, what is wrong, what is allowed.
    """

    def __init__(self, message: str):
        super().__init__(printable(message, lines=True))


def printable(text: str, lines: bool = False) -> str:
    """Text on one line, without characters that steer a terminal or stand for nothing.

    Those of an id or a column's name could else erase what stands above, or turn words round. They
    are shown as Python writes them: an escape as `\\x1b`.

    Parameters
    ----------
    lines
        Whether ends of lines may stay.
    """
    if text.isprintable():
        return text
    return "".join(x if x.isprintable() or (lines and x == "\n") else ascii(x)[1:-1] for x in text)
