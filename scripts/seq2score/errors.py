"""The one exception that users are meant to read."""


class InputError(ValueError):
    """Something the user gave is wrong.

    The message stands alone: the file, the key or row, what is wrong, what is allowed.
    A job that ends with it shows the message without a traceback.
    """
