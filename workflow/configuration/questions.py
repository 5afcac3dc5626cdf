"""What is asked of trained models: variants, designs, attributions, sequences to mutate."""

from collections.abc import Iterator
from pathlib import Path

from configuration.datasets import RULES, outputs_of, wrong_source
from configuration.families import family_of
from configuration.trying import best_of, ends_of
from seq2score.attributions import no_patterns
from seq2score.design import enzymes
from seq2score.sequences import sources
from validation import SCHEMA, Problem, filled, unknown

SECTIONS = ("predict", "variants", "design")  # of questions by name
VARIANT_FILES = ("path", "genome", "sequences", "saturate")
STANDING = ("best", "worst", "most_wrong")  # sequences to mutate, by what they stand out for


def is_asked(dataset: str, question: dict) -> bool:
    """Whether a question is one for the models of a dataset, by its name in the config."""
    return dataset in question.get("datasets", [dataset])


def asked_by(dataset: str, config: dict) -> dict[str, list[str]]:
    """The questions for a dataset's models, by section; `attributions` holds one or none."""
    sections = {name: config[name] for name in SECTIONS}
    sections["attributions"] = {"attributions": config["attributions"]}
    return {
        section: [name for name, question in questions.items() if is_asked(dataset, question)]
        for section, questions in sections.items()
    }


def unaddressed(question: dict) -> dict:
    """A question without the names of those it is for, which are no part of the answer."""
    return {key: value for key, value in question.items() if key != "datasets"}


def wrong_addresses(config: dict) -> Iterator[Problem]:
    """Datasets that a question names but nobody defined."""
    questions = {(section, name): q for section in SECTIONS for name, q in config[section].items()}
    for path, question in {**questions, ("attributions",): config["attributions"]}.items():
        for name in question.get("datasets", ()):
            if name not in config["datasets"]:
                text = f"{name}: {unknown(name, config['datasets'])}"
                yield Problem((*path, "datasets"), text)


def ids_to_mutate(settings: dict) -> list[str]:
    """Of what to mutate, the ids of a dataset's sequences."""
    files = files_to_mutate(settings)
    names = settings["interpretation"]["mutate"]
    return [name for name in names if name not in (*STANDING, *files)]


def files_to_mutate(settings: dict) -> list[str]:
    """Of what to mutate, the FASTA files."""
    names = settings["interpretation"]["mutate"]
    return [name for name in names if sources.kind_of(name) == sources.KINDS["fasta"]]


def asked_of(dataset: str, settings: dict) -> dict:
    """What models and later steps ask of a dataset's sequences (see `splits.requirements`)."""
    chosen = settings["datasets"][dataset]["models"]
    names = [*chosen, *(member for name in chosen for member in settings["sweep"].get(name, []))]
    models = {name: settings["models"][name] for name in names}
    widths = {
        name: model["options"]["kernel_size"]
        for name, model in models.items()
        if "kernel_size" in model["options"]
    }
    for name in chosen:
        space = settings["search"].get(name, {}).get("space", {})
        if "kernel_size" in space:
            widths[best_of(name)] = max(ends_of(space["kernel_size"]))
    return {
        "widths": widths,
        "counts": [name for name, m in models.items() if m["training"].get("loss") == "poisson"],
        "ids": _ids(dataset, settings),
        "templates": _templates(dataset, settings),
        "new": _new(dataset, settings),
        "files": [file for file in files_to_mutate(settings) if Path(file).is_file()],
        "rules": {
            key: settings["datasets"][dataset].get("table", {}).get(key, default)
            for key, default in RULES.items()
        },
    }


def _ids(dataset: str, settings: dict) -> dict[str, list[str]]:
    """The ids that questions for a dataset name, by the key that names them."""
    asks, explained = settings["datasets"][dataset]["asks"], settings["attributions"]
    ids = {"interpretation.mutate": ids_to_mutate(settings)}
    if asks["attributions"] and explained:
        ids["attributions.sequences"] = explained["sequences"]
    for name in asks["design"]:
        ids[f"design.{name}.start"] = settings["design"][name]["start"]
    return {key: names for key, names in ids.items() if isinstance(names, list) and names}


def _new(dataset: str, settings: dict) -> dict[str, dict]:
    """New sequences that a dataset alone is asked about, by the key that names their file."""
    asks, explained = settings["datasets"][dataset]["asks"], settings["attributions"]
    new = {
        f"predict.{name}": settings["predict"][name]
        for name in asks["predict"]
        if _is_for_one("predict", name, settings)
    }
    if asks["attributions"] and explained and _is_for_one("attributions", "attributions", settings):
        new["attributions.sequences"] = explained["sequences"]
    return {
        key: section
        for key, section in new.items()
        if isinstance(section, dict) and _is_at_hand(section["path"])
    }


def _is_for_one(section: str, name: str, settings: dict) -> bool:
    """Whether a question is for one dataset. Of several, some may be unable to answer it."""
    asking = [
        about["fold_of"] or dataset
        for dataset, about in settings["datasets"].items()
        if name in about["asks"][section]
    ]
    return len(set(asking)) == 1


def _is_at_hand(file: str) -> bool:
    """Whether a file of sequences can be looked into, without a genome."""
    return sources.kind_of(file).needs != "genome" and Path(file).is_file()


def _templates(dataset: str, settings: dict) -> dict[str, str]:
    """The templates of designs for a dataset, by the key that holds each."""
    templates = {
        f"design.{name}.template": settings["design"][name]["template"]
        for name in settings["datasets"][dataset]["asks"]["design"]
    }
    return {key: letters for key, letters in templates.items() if letters}


def attributions_of(config: dict) -> dict:
    """What to explain, a file of sequences as a `predict` section."""
    asked = unaddressed(config["attributions"])
    if isinstance(asked["sequences"], str) and asked["sequences"] not in ("test", "all"):
        section = filled({"path": asked["sequences"]}, SCHEMA["$defs"]["prediction"])
        asked = {**asked, "sequences": section}
    return asked


def wrong_design(path: tuple, asked: dict, config: dict) -> Iterator[Problem]:
    """Designs that nobody could search for, whatever the models say."""
    for key in ("edits", "protect"):
        if asked[key] and asked["start"] == "random":
            yield Problem((*path, key), "means nothing with random starts. Give another `start`.")
        if asked[key] and asked["method"] == "exhaustive":
            yield Problem(
                (*path, "method"), f"exhaustive knows no starts, and so no `{key}`. Leave it out."
            )
    for first, last in asked["protect"]:
        if first > last:
            yield Problem((*path, "protect"), f"[{first}, {last}] ends before it begins.")
    for key, ends in (("gc", asked["gc"]), ("gc_window", (asked["gc_window"] or {}).get("range"))):
        if ends and ends[0] > ends[1]:
            yield Problem((*path, key), f"the lowest share, {ends[0]}, is above the highest one.")
    for word in asked["avoid"]:
        try:
            enzymes.site_of(word)
        except KeyError:
            yield Problem(
                (*path, "avoid"),
                f"{word} is no enzyme that we know and no word of IUPAC letters. "
                + unknown(word, dict.fromkeys(enzymes.sites(), True)).removeprefix("unknown. "),
            )
    if asked["judge"] is not None and asked["judge"] not in config["models"]:
        models = unknown(asked["judge"], config["models"]).removeprefix("unknown. ")
        yield Problem((*path, "judge"), f"{asked['judge']} is none of `models`. {models}")
    for name, dataset in config["datasets"].items():
        for key, problem in _unfit_for(dataset, asked) if is_asked(name, asked) else ():
            yield Problem((*path, key), f"datasets.{name}: {problem}")


def _unfit_for(dataset: dict, asked: dict) -> Iterator[tuple[str, str]]:
    """What is asked of designs that this dataset cannot have: keys, and why."""
    from seq2score.design.objective import fits  # it brings much that other runs need not load

    of_classes = dataset["task"] == "classification"
    if problem := fits(asked["objective"], [] if of_classes else [*outputs_of(dataset)]):
        yield "objective", problem
    crop = dataset.get("table", {}).get("length")
    length = crop.get("crop") if isinstance(crop, dict) else None
    length = dataset.get("synthetic", {}).get("length", length)
    if length is None:
        return  # only the table knows
    if asked["template"] and len(asked["template"]) != length:
        yield "template", f"has {len(asked['template'])} letters, and its sequences have {length}."
    for first, last in asked["protect"]:
        if last > length:
            yield "protect", f"[{first}, {last}] is no range of 1 to {length}."


def roles(
    asked: str | None, model: str, dataset: dict, models: dict[str, dict], seeds: list[int]
) -> tuple[list[int], str | None, list[int]]:
    """The seeds of a model that search for designs, the model that judges them, and its seeds.

    The judge is the asked one, or else one that is no line; where a dataset has one model only, the
    half of its seeds that has no part in the search. None where there is one seed as well.
    """
    others = [name for name in dataset["models"] if name != model]
    if asked in others:
        return seeds, asked, seeds
    others.sort(key=lambda name: models[name]["architecture"] == "linear")  # stable
    if others:
        return seeds, others[0], seeds
    half = (len(seeds) + 1) // 2
    return seeds[:half], model if seeds[half:] else None, seeds[half:]


def wrong_attributions(config: dict) -> Iterator[Problem]:
    asked = attributions_of(config)
    if isinstance(asked["sequences"], dict):
        path = ("attributions", "sequences")
        yield from wrong_source(path, asked["sequences"], needs_scores=False)
        if "datasets" in asked["sequences"]:
            yield Problem((*path, "datasets"), "belongs one level higher, beside sequences.")
    for name, dataset in config["datasets"].items() if asked["patterns"] else ():
        if not is_asked(name, config["attributions"]):
            continue
        length = dataset.get("synthetic", {}).get("length")
        if length and (reason := no_patterns(length)):
            yield Problem(("attributions", "patterns"), f"datasets.{name}: {reason}")
    for name, model in config["models"].items():
        own = ":" in model["architecture"]  # what it can have shows when it is tried
        can = family_of(model).get("attributions", ["mutagenesis"])
        if asked["method"] and asked["method"] not in can and not own:
            yield Problem(
                ("attributions", "method"),
                f"{asked['method']} is not for {model['architecture']}, which models.{name} is. "
                f"Allowed for it: {', '.join(can)}.",
            )


def wrong_variants(path: tuple, section: dict) -> Iterator[Problem]:
    """Keys of several ways to say what changes, or too few of one."""
    given = {key for key, value in section.items() if value is not None}
    vcf = "path" in given and sources.kind_of(section["path"]) is sources.KINDS["vcf"]
    needed = {
        "saturate": {"genome"} if isinstance(section["saturate"], str) else set(),
        "reference": {"path", "alternative"},
        "alternative": {"path", "reference"},
        "reference_id": {"path", "alternative_id"},
        "alternative_id": {"path", "reference_id"},
        "chromosome": {"path", "genome"},
        "sequence_id": {"path"},
        "sequences": {"path"},
        "measured": {"path"},
    }
    for key in given & needed.keys():
        for other in sorted(needed[key] - given):
            yield Problem((*path, other), f"missing. {key} needs it.")
    if vcf and "genome" not in given:
        yield Problem((*path, "genome"), "missing. VCF gives places in a genome.")
    if section["format"] == "vcf" and not vcf:
        yield Problem((*path, "format"), "vcf is for variants that come from VCF.")
    if not given & {"path", "saturate"}:
        yield Problem((*path, "path"), "missing. Allowed: a file of variants, or saturate.")
    ways = [
        {"saturate"},
        {"reference", "alternative"},
        {"reference_id", "alternative_id"},
        {"sequence_id", "sequences"},
        {"chromosome"},
    ]
    used = [sorted(way & given)[0] for way in ways if way & given]
    if "path" in given and "saturate" in given:
        used = ["saturate", "path"]
    if vcf and set(used) - {"saturate"}:
        used = ["path", *used]
    if len(used) > 1:
        told = f"{used[1]} beside {used[0]}: they say in different ways what changes. Choose one."
        yield Problem((*path, used[1]), told)
    elif used and used[0] in ("saturate", "reference", "reference_id"):
        for key in sorted(given & {"position", "ref", "alt", "edit"}):
            yield Problem((*path, key), f"{used[0]} has no use for it.")
    if "edit" in given and (others := sorted(given & {"position", "ref", "alt"})):
        yield Problem((*path, others[0]), "edit says it already.")
