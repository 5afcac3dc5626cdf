"""The library is a ladder: a module imports only what stands on its own rung or below."""

import ast
import re

import pytest

import fingerprints
from conftest import ROOT

LIBRARY = ROOT / "scripts/seq2score"
LADDER = [
    *(
        {"errors", "consent", "job", "tables", "task"},
        {"sequences"},
        {"splits"},
        {"models"},
        {"training"},
    ),
    *({"inference"}, {"evaluation"}, {"certainty"}, {"motifs"}, {"variants"}, {"design"}),
    *({"attributions"}, {"figures"}, {"questions", "settings"}),
]


def rung(module: str) -> int:
    name = module.split(".")[1]
    return next(position for position, names in enumerate(LADDER) if name in names)


@pytest.mark.parametrize("path", sorted(LIBRARY.rglob("*.py")), ids=lambda p: p.stem)
def test_a_module_imports_only_what_is_below(path):
    single = ".".join(["seq2score", *path.relative_to(LIBRARY).with_suffix("").parts])
    if single == "seq2score.__init__":
        return
    for module in fingerprints._imports(path):
        if re.match(r"seq2score\.\w", module) and not module.startswith("seq2score.__"):
            assert rung(module) <= rung(single), f"{single} imports {module}"


def test_the_config_is_read_from_below():
    ladder = [
        *("fields", "shapes", "messages", "training", "interpretation", "datasets", "families"),
        *("finetuning", "models", "config", "resolved", "expansion", "checks", "files"),
        *("reading", "resolve", "reference"),
    ]
    folder = LIBRARY / "settings"
    assert {path.stem for path in folder.glob("*.py")} == {*ladder, "__init__"}
    for position, module in enumerate(ladder):
        imported = fingerprints._imports(folder / f"{module}.py")
        single = {n.split(".")[2] for n in imported if n.startswith("seq2score.settings.")}
        assert single <= {*ladder[:position]}, module


def test_what_computes_on_the_device_asks_for_it():
    """Else a cluster gives it none, and `device: cuda` fails there."""
    computing = set()
    chooses = {"seq2score.models.devices.choose_device", "seq2score.training.work"}
    for file in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for block in re.split(r"^rule ", file.read_text(), flags=re.M)[1:]:
            script = LIBRARY.parent / re.search(r"scripts/(\w+\.py)", block)[1]
            if chooses & {*fingerprints._imports(script)}:
                computing.add(block[: block.index(":")])
                assert re.search(r"settings\.(device|for_train)", block), script.name
                assert re.search(r"gpu=(gpus,|lambda wildcards: gpus \* )", block), script.name
    assert {"train", "predict", "predict_new"} <= computing


def undocumented(body, prefix=""):
    """Public classes and functions without a docstring, by name."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from undocumented(node.body, f"{prefix}{node.name}.")


@pytest.mark.parametrize("path", sorted(LIBRARY.rglob("*.py")), ids=lambda p: p.stem)
def test_what_is_public_has_a_docstring(path):
    module = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(module)
    assert [*undocumented(module.body)] == []


def test_every_rule_has_a_script_of_its_name():
    rules = {
        name
        for file in (ROOT / "workflow/rules").glob("*.smk")
        for name in re.findall(r"^rule (\w+):", file.read_text(), re.M)
    }
    assert rules
    assert rules == {path.stem for path in (ROOT / "scripts").glob("*.py")}


def test_what_loads_a_model_depends_on_its_family():
    for file in (ROOT / "workflow/rules").glob("*.smk"):
        assert "seq2score.models.{" not in file.read_text(), "code_of_model tells the families"
