"""From a user's config to the settings that the workflow reads: checked, completed, resolved.

`resolve.resolve` is the way: what YAML makes of a config (`reading`), keys and values (`config`,
whose sections are classes), what models start from (`expansion`), what no single value tells
(`checks`), files (`files`), and then folds, sweeps, blends and all names (`expansion`), which make
`resolved.Settings`.
"""
