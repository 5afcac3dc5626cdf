"""The rules of the workflow, as Snakemake reads them."""

import tempfile
from functools import cache

import yaml
from snakemake.api import SnakemakeApi
from snakemake.rules import Rule
from snakemake.settings.types import OutputSettings, Quietness

from step import ROOT, load_workflow


@cache
def rules(device: str = "auto", motifs: str = "planted") -> dict[str, Rule]:
    """Every rule that runs a script, by its name: of the built-in config with these changes."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    config["device"] = device
    config["interpretation"]["motifs"] = motifs
    with (
        tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file,
        SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api,
    ):
        yaml.safe_dump(config, file)
        file.flush()
        workflow = load_workflow(api, [file.name])
        return {rule.name: rule for rule in workflow.rules if rule.script}
