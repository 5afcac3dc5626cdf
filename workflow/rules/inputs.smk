# What steps read, where that depends on the config. Snakemake wants functions apart from rules.


def stored(files):
    """The user's files, those with an address such as s3://bucket/file fetched when needed."""
    return [storage(file) if in_storage(file) else file for file in files]


def verdict(dataset):
    """The file of the verdict on a table. Another table or other settings have another one."""
    here = stands_alone and not storage_provider
    files = [file for file in tables[dataset] if here and not in_storage(file)]
    return f"<results>/{dataset}/checked.{digest(checks[dataset], *files)}.json"


def clusters_of(wildcards):
    """The clusters of a dataset's sequences, where it is split by them."""
    base = settings["datasets"][wildcards.dataset]["fold_of"] or wildcards.dataset
    if base not in clusterings:
        return {}
    return {"clusters": f"<results>/{base}/clusters.{digest(clusterings[base])}.parquet"}


def split_inputs(wildcards):
    """The sequences of a dataset, which folds share, and what else its split needs to know of them."""
    base = settings["datasets"][wildcards.dataset]["fold_of"] or wildcards.dataset
    files = {"sequences": f"<results>/{base}/sequences.parquet", **clusters_of(wildcards)}
    if base in tables:
        files["verdict"] = verdict(base)
    return files


def files_named(section):
    """The keys of a section that name files."""
    return [key for key in configuration.questions.VARIANT_FILES if isinstance(section[key], str)]


def variant_files(wildcards):
    """What checking a set of variants reads."""
    about, section = settings["datasets"][wildcards.dataset], asked[wildcards.name]
    files = {key: stored([section[key]])[0] for key in files_named(section)}
    files["sequences_of_dataset"] = (
        f"<results>/{about['fold_of'] or wildcards.dataset}/sequences.parquet"
    )
    if section["reference_id"]:
        files["test"] = f"<results>/{wildcards.dataset}/splits/test.parquet"
    return files


def verdict_on(dataset, name):
    """The digest that names the verdict on a set of variants."""
    section = asked[name]
    here = stands_alone and not storage_provider
    files = [section[key] for key in files_named(section) if here and not in_storage(section[key])]
    code = code_of("check_variants", *sources.modules(section, VARIANT_SOURCES))
    return digest({"code": code, "variants": section, "rules": taken[dataset]}, *files)


def roles_in(wildcards):
    """Who searches for designs, and who judges them: seeds, the judge or None, its seeds."""
    return configuration.questions.roles(
        settings["design"][wildcards.name]["judge"],
        wildcards.model,
        settings["datasets"][wildcards.dataset],
        settings["models"],
        settings["seeds"],
    )


def judge_of(wildcards):
    """What judges designs, in words, if there is anything."""
    _, judge, seeds = roles_in(wildcards)
    if judge != wildcards.model:
        return judge
    return f"{judge}, {'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}"


def runs_in(wildcards, role, ends):
    """Files of every seed of a model that searches (or judges), by how their paths end.

    And of the ensemble where they are all seeds of the model, and there are several.
    """
    searching, judge, judging = roles_in(wildcards)
    model, seeds = (wildcards.model, searching) if role == "search" else (judge, judging)
    names = [f"seed{seed}" for seed in seeds]
    names += ["ensemble"] if ends == "calibration.safetensors" and names == seeded else []
    names = names if len(seeds) > 1 else names[:1]
    folder = f"{settings['results']}/{wildcards.dataset}/{model}"
    return [f"{folder}/{name}/{ends}" for name in names]


def held_out_in(wildcards):
    """What a part of a model's seeds is calibrated by, where it searches or judges alone."""
    searching, judge, judging = roles_in(wildcards)
    if judge != wildcards.model:
        return {}
    parts = ("validation", "calibration")
    splits = f"{settings['results']}/{wildcards.dataset}/splits"
    return {
        **{f"{part}_rows": f"{splits}/{part}.parquet" for part in parts},
        **{
            f"{part}_of_{role}": runs_in(wildcards, role, f"fitted/{part}.parquet")
            for part in parts
            for role in ("search", "judge")
        },
    }


def start_of(wildcards):
    """The file of sequences that the search begins with, if it is one."""
    start = settings["design"][wildcards.name]["start"]
    return start if isinstance(start, str) and start not in ("random", "best") else []


def checked_start(wildcards):
    """What says that a model starts from none that has learned from its test set."""
    start = settings["starts"][wildcards.model]
    asked = {key: getattr(start, key) for key in ("learnt", "unchecked", "leaks")}
    name = digest({"code": code_of("check_start"), **asked})
    return f"<results>/{wildcards.dataset}/{wildcards.model}/start.{name}.tsv"


def files_joined(*parts):
    """Of these parts of a split, the files of every dataset that is learned together."""

    def files(wildcards):
        members = settings["joint"][wildcards.dataset]["members"]
        return {part: [f"<results>/{d}/splits/{part}.parquet" for d in members] for part in parts}

    return files


def tests_joined(wildcards):
    """The test sets of datasets that are learned together, where what they hold is left out."""
    drops = settings["joint"][wildcards.dataset]["leaks"] == "drop_from_train"
    return files_joined("test")(wildcards) if drops else {}


def checked_joint(wildcards):
    """What says that datasets can be learned together."""
    joint = settings["joint"][wildcards.dataset]
    asked = {key: joint[key] for key in ("leaks", "reverse_complement")}
    name = digest({"code": code_of("check_joint"), "members": list(joint["members"]), **asked})
    return f"<results>/{wildcards.dataset}/checked.{name}.tsv"


def joint_network(wildcards):
    """The network of several datasets that a dataset's own one is taken from."""
    joint = next(n for n, about in settings["joint"].items() if wildcards.model in about["models"])
    folder = f"<results>/{joint}/{wildcards.model}/seed{wildcards.seed}"
    return {
        "weights": f"{folder}/model.safetensors",
        "description": f"{folder}/model.json",
        "history": f"{folder}/history.tsv",
        "summary": f"<results>/{joint}/splits/summary.tsv",
    }


def seeds_tried(base):
    """The seeds that the members of a sweep, or the trials of a search, are trained with."""
    return settings["seeds"][:1] if base in settings["search"] else settings["seeds"]


def round_of(trial):
    """The file that says what a trial of a search tries."""
    base, _, number = trial.partition("~trial")
    size = settings["search"][base]["round"]
    return f"<results>/{{dataset}}/{best_of(base)}/search/round{(int(number) - 1) // size + 1}.json"


def search_results(wildcards):
    """The round of a search before one, or else the last one, and what came of its trials."""
    names = list(settings["sweep"][wildcards.base])
    size = settings["search"][wildcards.base]["round"]
    rounds = int(wildcards.get("number", math.ceil(len(names) / size) + 1)) - 1
    names = names[max(rounds - 1, 0) * size : rounds * size]
    seed, files = settings["seeds"][0], ["model.json", "history.tsv"]
    return {
        "rounds": list(dict.fromkeys(map(round_of, names))),
        "trials": [f"<results>/{{dataset}}/{n}/seed{seed}/{f}" for n in names for f in files],
    }


def members_tried(wildcards):
    """The models that the best one of is looked for, and of a search what they tried."""
    base, names = wildcards.base, settings["sweep"][wildcards.base]
    files = ["model.json", "model.safetensors", "history.tsv"]
    return {
        "rounds": list(dict.fromkeys(map(round_of, names))) if base in settings["search"] else [],
        "models": [
            f"<results>/{{dataset}}/{name}/seed{seed}/{file}"
            for name in names
            for seed in seeds_tried(base)
            for file in files
        ],
    }


def chosen_values(wildcards):
    """What says which values a trial of a search tries, or its best one has."""
    base = base_of(wildcards.model)
    if base not in settings["search"] or wildcards.model == base:
        return {}
    if wildcards.model == best_of(base):
        return {"chosen": f"<results>/{{dataset}}/{best_of(base)}/chosen.json"}
    return {"chosen": round_of(wildcards.model)}


def start_inputs(wildcards):
    """The trained network that a model starts from, if it does."""
    if wildcards.model not in settings["starts"]:
        return {}
    folder = settings["starts"][wildcards.model].of_seed(wildcards.seed)
    return {
        "start_weights": f"{folder}/model.safetensors",
        "start_record": f"{folder}/model.json",
        "start_check": checked_start(wildcards),
    }
