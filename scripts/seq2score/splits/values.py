"""What a value in the config stands for in a column. Nothing is imported: the workflow asks too."""


def spellings(value: str | float | bool) -> set[str]:
    """The texts of cells that a value of the config means; letters count as they are written.

    YAML's true is the True of one table and the TRUE of another, and its 1 may be 1.0 in the
    config and 1 in the table.
    """
    if isinstance(value, bool):
        text = str(value)
        return {text, text.lower(), text.upper()}
    if isinstance(value, float):
        return {str(value), f"{value:g}"}
    return {str(value)}
