"""The library is a ladder: a module imports only what stands on its own rung or below."""

import ast
import re
from pathlib import Path

import pytest

import fingerprints
from conftest import ROOT
from factories.workflow import rules

LIBRARY = ROOT / "scripts/seq2score"
LADDER = [
    *(
        {"errors", "consent", "job", "tables", "task"},
        {"sequences"},
        {"splits"},
        {"models"},
        {"training"},
    ),
    *(
        {"inference"},
        {"evaluation"},
        {"counts"},
        {"certainty"},
        {"motifs"},
        {"variants"},
        {"design"},
    ),
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
        *("fields", "shapes", "messages", "training", "interpretation", "counts", "datasets"),
        *("families",),
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
    chooses = {"seq2score.models.devices.choose_device", "seq2score.training.work"}
    computing = set()
    for name, rule in rules(device="cuda").items():
        if chooses & {*fingerprints._imports(LIBRARY.parent / Path(rule.script).name)}:
            computing.add(name)
            assert (gpus := rule.resources["gpu"]).is_evaluable() or gpus.value == 1, name
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


def test_scripts_parse_call_and_write():
    lines = {p.name: len(p.read_text().splitlines()) for p in (ROOT / "scripts").glob("*.py")}
    assert {name: count for name, count in lines.items() if count > 25} == {}


def test_every_script_has_a_rule_of_its_name_and_every_rule_a_script():
    scripts = {Path(rule.script).stem for rule in rules().values()}
    assert scripts == {path.stem for path in (ROOT / "scripts").glob("*.py")}
    assert scripts <= {*rules()}


def test_what_loads_a_model_depends_on_its_family():
    """So its code is told for each job, by the model of that."""
    for name, rule in rules().items():
        script = LIBRARY.parent / Path(rule.script).name
        loads = LIBRARY / "models/files.py" in fingerprints._reached_from([script])
        if loads and "model" in rule.wildcard_names:
            assert callable(rule.params.code), name
