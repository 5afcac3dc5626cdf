"""What rules say of their wildcards: functions of them, and which names they may be."""

import re
from collections.abc import Callable, Iterable, Mapping

NO_NAME = r"[^\s\S]"  # matches nothing; object storage takes no `?` for part of a name


def lookup(dpath: str, within: dict, **default) -> object:
    """The setting at `dpath`; for one like "models/{model}/options" a function of wildcards.

    It stands in for Snakemake's `lookup`, which walks through all settings for each one of them:
    minutes, for the jobs of a sweep of a thousand models. `default=`: where nothing is there.
    """

    def setting(wildcards: Mapping) -> object:
        found = within
        for key in dpath.split("/"):
            if "default" in default and key.format(**wildcards) not in found:
                return default["default"]
            found = found[key.format(**wildcards)]
        return found

    return setting if "{" in dpath else setting({})


def growing(amount: int) -> Callable[..., int]:
    """A resource that grows with each time that a job is tried again."""
    return lambda wildcards, attempt: amount * attempt


def one_of(names: Iterable[str]) -> str:
    """A wildcard constraint that lets only these names through."""
    return "|".join(map(re.escape, names)) or NO_NAME
