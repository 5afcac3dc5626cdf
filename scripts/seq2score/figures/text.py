"""How numbers are told, in figures and on pages alike."""


def run_of(run: str) -> str:
    """A run as people say it: seed17 is "seed 17", and ensemble stays so."""
    return run.replace("seed", "seed ", 1)


def number(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """Three decimals, more where that would read as exactly 1; with its interval, if it has one."""
    if value is None:
        return "none"
    if low is not None:
        return f"{number(value)} ({number(low)} to {number(high)})"
    return f"{value:.6f}" if 0.9995 <= value < 1 else f"{value:z.3f}"
