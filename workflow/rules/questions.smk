# What a complete run answers: every question, by every model that it is asked of.

targets += [
    f"<results>/{dataset}/{model}/{file}"
    for dataset, about in settings.datasets.items()
    for model in about.models
    for _, name, asked in settings.questions_for(dataset)
    for file in asked.results(name)
]
