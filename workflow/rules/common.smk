# What rules share. Included first: it reads nothing but `settings`, and what the Snakefile knows of
# the run. A job's `params: settings` hold what its result depends on, and nothing else.

interpretation = settings.interpretation.plain()
every_model = list(settings.models)  # whose place says how each is drawn
explained = settings.questions["attributions"].get("attributions", Attributions())
# A model trained with one seed is a run of it, and so is the ensemble of its seeds.
seeded = [f"seed{seed}" for seed in settings.seeds]
runs = [*seeded, "ensemble"] if len(seeded) > 1 else seeded
counted = [name for name, base in settings.bases.items() if base.section.counts]


def one_of(names):
    """A wildcard constraint that lets only these names through."""
    nothing = r"[^\s\S]"  # object storage takes no `?` for part of a name
    return "|".join(map(re.escape, names)) or nothing


def growing(amount):
    """A resource that grows with each time that a job is tried again."""
    return lambda wildcards, attempt: amount * attempt


def in_report(file, caption, section, what, **labels):
    """A result of a dataset that the report shows, in one of its sections. caption: a file.

    labels: beside the model and the run that the path names.
    """
    parts = {"model": ["{model}"], "run": ["{run}", "seed{seed}"]}
    in_path = {
        name: part for name, known in parts.items() for part in file.split("/") if part in known
    }
    return report(
        file,
        caption=f"../report/{caption}.rst",
        category=section,
        subcategory="{dataset}",
        labels={"what": what, **in_path, **labels},
    )


# ------------------------------------------------------------------------------------------- params
def of_dataset(*keys, **more):
    """What a job depends on of its dataset, and more that is known."""
    return lambda wildcards: settings.datasets[wildcards.dataset].facts(*keys) | more


def code_with_model(script, *by_name):
    """What a script runs with the model of its job."""
    return lambda wildcards: code_of_model(
        script, settings.models[wildcards.model].families, *by_name
    )


# ------------------------------------------------------------------------------------------- files
def stored(files):
    """The user's files, those with an address such as s3://bucket/file fetched when needed."""
    return [storage(file) if in_storage(file) else file for file in files]


def contents(files):
    """Those of the user's files whose content can be told now, for the name of a verdict."""
    here = stands_alone and not storage_provider
    return [file for file in files if here and not in_storage(file)]


def of_seeds(file, names=seeded):
    """A file of every run of a model."""
    return [f"<results>/{{dataset}}/{{model}}/{run}/{file}" for run in names]


def of_runs(file, names=seeded, models=None):
    """A file of every run of the models of a dataset. models: of a dataset by its name."""

    def files(wildcards):
        chosen = settings.datasets[wildcards.dataset].models
        chosen = models(wildcards.dataset) if models else chosen
        return [f"<results>/{{dataset}}/{model}/{run}/{file}" for model in chosen for run in names]

    return files


def sequences_of(wildcards):
    """The sequences of a dataset, which folds share."""
    return f"<results>/{settings.datasets[wildcards.dataset].base}/sequences.parquet"


# -------------------------------------------------------------------------------- counts of barcodes
def counts_checked(dataset):
    """The file of the verdict on counts."""
    counted = settings.bases[dataset]
    details = {"code": code_of("check_counts"), **counted.facts("counts", "task")}
    return f"<results>/{dataset}/counts.{digest(details, *contents(counted.files))}.json"


def counts_files(wildcards):
    """The files of an experiment: counts, design and labels."""
    return stored(settings.bases[wildcards.dataset].files)


# -------------------------------------------------------------------------------- tables and splits
def check_of(dataset):
    """What a table is checked by, for its code and its settings."""
    checked = settings.bases[dataset]
    details = checked.facts("table", "task", "reverse_complement")
    details |= {"split": checked.section.split.plain()}
    if checked.section.counts:
        details |= checked.facts("counts")
    method = f"seq2score.splits.{details['split']['method']}"
    return code_of("check_table", method, *sources.modules(details["table"])), details


def verdict(dataset):
    """The file of the verdict on a table. Another table or other settings have another one."""
    files = contents(settings.bases[dataset].files)
    return f"<results>/{dataset}/checked.{digest(check_of(dataset), *files)}.json"


def table_files(wildcards):
    """The files of a user's table: with FASTA, that of the scores too; with BED, the genome."""
    return stored(sources.files(settings.bases[wildcards.dataset].table))


def clustering_of(dataset):
    """What clusters of sequences depend on. They are checked too, and so named as a verdict is."""
    clustered = settings.bases[dataset]
    keys = ("outputs", "weight", "inputs", "at", "reverse_complement")
    return clustered.facts(*keys) | {"split": clustered.section.split.plain()}


def clusters_of(wildcards):
    """The clusters of a dataset's sequences, where it is split by them."""
    base = settings.datasets[wildcards.dataset].base
    if settings.bases[base].split["method"] != "similarity":
        return {}
    name = digest({"code": code_of("cluster_sequences"), **clustering_of(base)})
    return {"clusters": f"<results>/{base}/clusters.{name}.parquet"}


def split_inputs(wildcards):
    """The sequences of a dataset, and what else its split needs to know of them."""
    dataset = settings.datasets[wildcards.dataset]
    files = {"sequences": sequences_of(wildcards), **clusters_of(wildcards)}
    return files | ({} if dataset.is_synthetic else {"verdict": verdict(dataset.base)})


OF_QUESTIONS = ("ids", "templates", "new", "starts", "classes", "designs")


def requests_of(dataset, request="", **_):
    """What is looked for in a dataset's sequences before any training, or before one question.

    request: the keys of the question in the config, such as predict.new.
    """
    requests = settings.preflight(dataset) | settings.datasets[dataset].facts("outputs")
    if not request:
        return requests
    of_question = {
        kind: {k: v for k, v in requests[kind].items() if f"{k}.".startswith(f"{request}.")}
        for kind in OF_QUESTIONS
    }
    of_question["inserts"] = [key for key in requests["inserts"] if key == request]
    nothing = {"widths": {}, "counts": [], "files": []}
    if request == "interpretation":
        nothing["files"] = requests["files"]
    return requests | nothing | of_question


def files_to_look_at(requests):
    """The user's files among what is looked for."""
    sections = [*requests["new"].values(), *requests["starts"].values()]
    return [*requests["files"], *(section["path"] for section in sections)]


def looked_for(key):
    """What says that a question can have what it needs of a dataset's sequences, if it needs any."""

    def file(wildcards):
        request = ".".join([key, *([wildcards.name] if "name" in wildcards.keys() else [])])
        requests = requests_of(wildcards.dataset, request)
        if not any(requests[kind] for kind in (*OF_QUESTIONS, "files", "inserts")):
            return []
        name = digest(requests, *contents(files_to_look_at(requests)))
        return f"<results>/{wildcards.dataset}/preflight/{request}.{name}.json"

    return file


# ----------------------------------------------------------------------------------------- training
def looked_at(dataset):
    """What says that models and questions can have what they need of a dataset's sequences.

    Ancient: a training waits for it, and is not done again for it.
    """
    members = settings.joint[dataset].members if dataset in settings.joint else [dataset]
    return [ancient(f"<results>/{member}/preflight.json") for member in members]


def training_inputs(wildcards):
    """Beside the sequences: what a model starts from, and the values that a trial tries."""
    files = {"preflight": looked_at(wildcards.dataset)}
    if start := settings.models[wildcards.model].start:
        folder = start.of_seed(wildcards.seed)
        files |= {
            "start_weights": f"{folder}/model.safetensors",
            "start_record": f"{folder}/model.json",
            "start_check": checked_start(wildcards),
        }
    base = base_of(wildcards.model)
    if base in searched and wildcards.model == best_of(base):
        files["chosen"] = f"<results>/{{dataset}}/{best_of(base)}/chosen.json"
    elif base in searched and wildcards.model != base:
        files["chosen"] = round_of(wildcards.model)
    return files


def checked_start(wildcards):
    """What says that a model starts from none that has learned from its test set."""
    start = settings.models[wildcards.model].start.checked()
    name = digest({"code": code_of("check_start"), **start})
    return f"<results>/{wildcards.dataset}/{wildcards.model}/start.{name}.tsv"


# ---------------------------------------------------------------------------------- learned together
def files_joined(*parts):
    """Of these parts of a split, the files of every dataset that is learned together."""

    def files(wildcards):
        members = settings.joint[wildcards.dataset].members
        return {part: [f"<results>/{d}/splits/{part}.parquet" for d in members] for part in parts}

    return files


def tests_joined(wildcards):
    """The test sets of datasets that are learned together, where what they hold is left out."""
    drops = settings.joint[wildcards.dataset].leaks == "drop_from_train"
    return files_joined("test")(wildcards) if drops else {}


def joint_check(wildcards):
    """What datasets that are learned together are checked by."""
    joint = settings.joint[wildcards.dataset]
    details = {"leaks": joint.leaks, "reverse_complement": joint.reverse_complement}
    return {"datasets": list(joint.members), **details}


def checked_joint(wildcards):
    """What says that datasets can be learned together."""
    name = digest({"code": code_of("check_joint"), **joint_check(wildcards)})
    return f"<results>/{wildcards.dataset}/checked.{name}.tsv"


def joint_network(wildcards):
    """The network of several datasets that a dataset's own one is taken from."""
    joint = settings.joint_of(wildcards.model)
    folder = f"<results>/{joint}/{wildcards.model}/seed{wildcards.seed}"
    return {
        "weights": f"{folder}/model.safetensors",
        "description": f"{folder}/model.json",
        "history": f"{folder}/history.tsv",
        "summary": f"<results>/{joint}/splits/summary.tsv",
    }


# -------------------------------------------------------------------------------- sweeps and searches
searched = [base for base, tried in settings.trials.items() if tried.proposal]


def round_of(trial):
    """The file that says what a trial of a search tries."""
    base = base_of(trial)
    number = settings.trials[base].round_of(trial)
    return f"<results>/{{dataset}}/{best_of(base)}/search/round{number}.json"


def search_results(wildcards):
    """The round of a search before one, or else the last one, and what came of its trials."""
    tried = settings.trials[wildcards.base]
    names, size = list(tried.members), tried.proposal["round"]
    rounds = int(wildcards.get("number", math.ceil(len(names) / size) + 1)) - 1
    names = names[max(rounds - 1, 0) * size : rounds * size]
    files = ["model.json", "history.tsv"]
    return {
        "rounds": list(dict.fromkeys(map(round_of, names))),
        "trials": [f"<results>/{{dataset}}/{n}/{seeded[0]}/{f}" for n in names for f in files],
    }


def members_tried(wildcards):
    """The models that the best one of is looked for, and of a search what they tried."""
    base, tried = wildcards.base, settings.trials[wildcards.base]
    files = ["model.json", "model.safetensors", "history.tsv"]
    return {
        "rounds": list(dict.fromkeys(map(round_of, tried.members))) if tried.proposal else [],
        "models": [
            f"<results>/{{dataset}}/{name}/seed{seed}/{file}"
            for name in tried.members
            for seed in tried.seeds
            for file in files
        ],
    }


# ----------------------------------------------------------------------------------------- questions
def question(key, wildcards):
    """A question of a job."""
    return settings.questions[key][wildcards.name]


def named(key, condition=lambda question: True):
    """A wildcard constraint: the names of the questions of a kind."""
    return one_of(name for name, request in settings.questions[key].items() if condition(request))


def variant_files(wildcards):
    """What checking a set of variants reads."""
    variants = question("variants", wildcards)
    files = {key: stored([file])[0] for (key,), file in variants.files().items()}
    files["sequences_of_dataset"] = sequences_of(wildcards)
    if "reference_id" in variants.model_fields_set:
        files["test"] = f"<results>/{wildcards.dataset}/splits/test.parquet"
    return files


def code_for_variants(wildcards):
    """What checks a set of variants."""
    keys = ("path", "sequences", "saturate")
    return code_of(
        "check_variants", *sources.modules(question("variants", wildcards).plain(), keys)
    )


def variant_check(wildcards):
    """What a set of variants is checked by."""
    variants = question("variants", wildcards)
    return {
        "variants": variants.checked(),
        "files": [key for (key,) in variants.files()],
        "rules": settings.datasets[wildcards.dataset].rules(),
    }


def checked_variants(ending):
    """A file of the verdict on a set of variants."""

    def file(wildcards):
        files = contents(question("variants", wildcards).files().values())
        name = digest([code_for_variants(wildcards), variant_check(wildcards)], *files)
        return f"<results>/{wildcards.dataset}/variants.{wildcards.name}.{name}.{ending}"

    return file


def roles_in(wildcards):
    """Who searches for designs, and who judges them: seeds, the judge or None, its seeds."""
    names = settings.datasets[wildcards.dataset].models
    models = {name: settings.models[name] for name in names}
    return roles(question("design", wildcards).judge, wildcards.model, models, settings.seeds)


def judge_of(wildcards):
    """What judges designs, in words, if there is anything."""
    _, judge, seeds = roles_in(wildcards)
    if judge != wildcards.model:
        return judge
    return f"{judge}, {'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}"


def runs_in(role, ending):
    """Files of every seed of a model that searches (or judges), by how their paths end.

    And of the ensemble where they are all seeds of the model, and there are several.
    """

    def files(wildcards):
        searching, judge, judging = roles_in(wildcards)
        model, seeds = (wildcards.model, searching) if role == "search" else (judge, judging)
        names = [f"seed{seed}" for seed in seeds]
        names += ["ensemble"] if ending == "calibration.safetensors" and names == seeded else []
        names = names if len(seeds) > 1 else names[:1]
        return [f"<results>/{wildcards.dataset}/{model}/{name}/{ending}" for name in names]

    return files


def run_in(role, file):
    """A file of the run that tells how good the model is that searches, or judges."""

    def path(wildcards):
        searching, judge, judging = roles_in(wildcards)
        model, seeds = (wildcards.model, searching) if role == "search" else (judge, judging)
        if role == "judge" and judge in (None, wildcards.model):
            return []  # seeds of one model are as good as each other
        run = "ensemble" if len(seeds) > 1 and len(seeds) == len(seeded) else f"seed{seeds[0]}"
        return f"<results>/{wildcards.dataset}/{model}/{run}/{file}"

    return path


def held_out_in(wildcards):
    """What a part of a model's seeds is calibrated by, where it searches or judges alone."""
    if roles_in(wildcards)[1] != wildcards.model:
        return {}
    parts = ("validation", "calibration")
    files = {f"{part}_rows": f"<results>/{{dataset}}/splits/{part}.parquet" for part in parts}
    return files | {
        f"{part}_of_{role}": runs_in(role, f"fitted/{part}.parquet")(wildcards)
        for part in parts
        for role in ("search", "judge")
    }


def start_of(wildcards):
    """The file of sequences that the search begins with, if it is one."""
    return stored(question("design", wildcards).files().values())


def sequences_to_explain(wildcards):
    """The file of the sequences whose contributions are computed."""
    if explained.new:
        return stored(sources.files(explained.new.plain()))
    test = f"<results>/{wildcards.dataset}/splits/test.parquet"
    return test if explained.sequences == "test" else sequences_of(wildcards)


def what_is_counted(wildcards):
    """The sequences that are explained, and what was kept whole when they were split."""
    return {"sequences": sequences_to_explain(wildcards), **clusters_of(wildcards)}


def code_for_attributions(wildcards):
    """What computes contributions."""
    modules = sources.modules(explained.new.plain()) if explained.new else []
    families = settings.models[wildcards.model].families
    return code_of_model("attribute_sequences", families, *modules)


def filters_of(wildcards):
    """The motifs of a model's filters, where it has some."""
    has_filters = settings.models[wildcards.model].has_filters
    return of_seeds("filters/matrices.tsv") if has_filters else []


# ------------------------------------------------------------------------------------------- report
def shown_in_summary(name):
    """The files of a dataset that the report's first page tells of."""
    dataset = settings.datasets[name]
    files = ["summary.tsv", "splits/summary.tsv"]
    files += [f"figures/{TASKS[dataset.section.task].figures[0]}.png"]
    files += ["motif_effects.tsv"] if dataset.words else []
    files += [f"{dataset.models[0]}/{seeded[0]}/model.json"] if dataset.section.rows.inputs else []
    files += [
        f"{model}/{run}/filters/{file}"
        for file in ("filters.tsv", "top_filters.png")
        for model in settings.with_filters(name)
        for run in seeded
    ]
    rejected = [] if dataset.is_synthetic else [f"<results>/{dataset.base}/rejected.tsv"]
    return [*(f"<results>/{name}/{file}" for file in files), *rejected]
