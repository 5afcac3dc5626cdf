"""Results in object storage: what Snakemake's S3 plugin needs beside its own settings."""

import posixpath
from importlib import import_module
from importlib.metadata import version
from urllib.parse import urlparse

PATCHED = "0.3.6"  # version of the plugin


def keep_wildcard_constraints(provider: str | None) -> None:
    """Make output patterns in object storage obey their rules' wildcard constraints.

    provider: Snakemake's default storage provider. Snakemake writes a rule's constraints into the
    address of an output; version 0.3.6 of the plugin for S3 goes on to match the path that it drew
    from the address before, so that rules of the same output become ambiguous. Other versions are
    left as they are: where they do so too, Snakemake says which rules are ambiguous.
    """
    if provider != "s3" or version("snakemake-storage-plugin-s3") != PATCHED:
        return
    plugin = import_module("snakemake_storage_plugin_s3")

    def local_suffix(self) -> str:
        key = posixpath.normpath(urlparse(self.query).path.lstrip("/"))
        return self._local_suffix_from_key(key)

    plugin.StorageObject.local_suffix = local_suffix
