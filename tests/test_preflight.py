"""What can be known of a design once the length of the sequences is: told before any training."""

import pytest

from seq2score.design import preflight
from seq2score.errors import InputError
from seq2score.questions.design import Design
from seq2score.settings.resolve import ConfigError, resolve

FLANKS = {"left": "", "right": ""}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"template": "NNGAATTCNN", "avoid": ["EcoRI"]}, "avoid: EcoRI stands in the template"),
        ({"template": "GCGCGCGCNN", "gc": [0.1, 0.5]}, "gc: the template has more than 0.5 G and"),
        ({"avoid": [*"AC"], "count": 1}, "start: no sequence was found that meets all constraints"),
        ({"start": "best", "protect": [[3, 11]]}, r"protect: \[3, 11\] is no range of 1 to 10"),
        ({"distance": 11}, "distance: 11 is more than a sequence's 10 letters"),
        ({"distance_from_training": 12}, "distance_from_training: 12 is more than"),
        ({"template": "NNN"}, "template: has 3 letters"),
    ],
)
def test_designs_that_nobody_could_search_for(keys, words):
    with pytest.raises(InputError, match=rf"^design\.q\.{words}"):
        preflight.refuse({"design.q": Design(**keys).plain()}, 10, FLANKS)


def test_sites_in_adapters_that_designs_keep():
    request = {"design.q": Design(avoid=["EcoRI"]).plain()}
    preflight.refuse(request, 20, FLANKS)
    with pytest.raises(InputError, match=r"avoid: EcoRI stands in the template.* position 1"):
        preflight.refuse(request, 20, FLANKS, {"left": "GAATTCA", "right": ""})


def test_exhaustive_searches_and_flanks():
    request = {"design.q": Design(method="exhaustive").plain()}
    preflight.refuse(request, 10, FLANKS)
    with pytest.raises(InputError, match=r"design\.q\.method: exhaustive .* there are 1\.1e\+12"):
        preflight.refuse(request, 20, FLANKS)
    request = {"design.q": Design(avoid=["GAATTC"], template="ATTCNN").plain()}
    preflight.refuse(request, 6, FLANKS)
    with pytest.raises(InputError, match="avoid: GAATTC stands in the template"):
        preflight.refuse(request, 6, {"left": "GGGA", "right": ""})


def test_outputs_and_judges_that_are_not_there():
    table = {"table": {"path": "t.csv", "score": ["a", "b"]}, "models": ["linear"]}
    models = {"linear": {"architecture": "linear"}, "cnn": {"architecture": "cnn"}}
    config = {"datasets": {"d": table}, "models": models}
    resolve({**config, "attributions": {"output": "b"}})
    with pytest.raises(ConfigError, match=r"attributions\.output: datasets\.d has no score c\. A"):
        resolve({**config, "attributions": {"output": "c"}})
    design = {"objective": {"a": 1}}
    resolve({**config, "design": {"q": {**design, "judge": "cnn"}}})
    with pytest.raises(ConfigError, match=r"q\.judge: datasets\.d: linear is its only model"):
        resolve({**config, "design": {"q": {**design, "judge": "linear"}}})


def test_classes_are_looked_for_in_the_rows():
    data = {"synthetic": {"length": 6}, "task": "classification"}
    config = {"datasets": {"d": data}, "models": {"cnn": {"architecture": "cnn"}}}
    config |= {"attributions": {"output": "TAT"}, "design": {"q": {"objective": {"class": "GCG"}}}}
    requests = resolve(config).preflight("d")
    assert requests["classes"] == {"attributions.output": "TAT", "design.q.objective": "GCG"}
    assert [*requests["designs"]] == ["design.q"] and "flanks" in requests["rules"]
