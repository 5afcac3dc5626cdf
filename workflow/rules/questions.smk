# What a complete run answers: every question, by every model that it is asked of.

targets += [
    f"<results>/{dataset}/{model}/{file}"
    for dataset, details in settings.datasets.items()
    for model in details.models
    for _, name, request in settings.questions_for(dataset)
    if request.asks(model)
    for file in request.results(name)
]
