"""Config: what is refused and with which message, and what a good one resolves to."""

import contextlib
import copy
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from configuration import ConfigError, resolve
from configuration.families import PRESETS
from configuration.questions import asked_of
from reference import PAGE, reference
from validation import SCHEMA, Validator, filled, problems

ROOT = Path(__file__).parent.parent
SYNTHETIC = "datasets: {toy: {synthetic: {length: 5}}}"
LINEAR = "models: {straight: {architecture: linear}}"
TABLE = "datasets: {mine: {table: {path: mine.csv}}}"
SEARCH = "search: {linear: {space:"

BAD = {
    "nothing at all": ("{}", ["datasets", "missing"]),
    "no dataset": ("datasets: {}", ["datasets", "{}"]),
    "datasets as a list": ("datasets: [mine.csv]", ["datasets", "[mine.csv]", "mapping"]),
    "misspelt top-level key": (f"{TABLE}\nmodles: {{}}", ["modles", "Did you mean models?"]),
    "a section within a dataset": (
        "datasets: {a: {synthetic: {}, predict: {new: {path: a.fasta}}}}",
        ["datasets.a.predict", "a section of its own, at the left margin"],
    ),
    "unlike any key": (f"{TABLE}\nqqq: 1", ["qqq", "Known here: datasets, models"]),
    "misspelt dataset key": (
        "datasets: {a: {synthetic: {}, splitt: {}}}",
        ["datasets.a.splitt", "Did you mean split?"],
    ),
    "misspelt table key": (
        "datasets: {a: {table: {path: a.csv, squence: seq}}}",
        ["datasets.a.table.squence", "Did you mean sequence?"],
    ),
    "a key one level too low": (
        "datasets: {a: {table: {path: a.csv, split: {method: random}}}}",
        ["datasets.a.table.split", "unknown here: split belongs one level higher, beside table"],
    ),
    "a key one level too high": (
        "datasets: {a: {path: a.csv}}",
        ["datasets.a.path", "Did you mean table.path?"],
    ),
    "a training key among a model's options": (
        f"{TABLE}\nmodels: {{cnn: {{architecture: cnn, epochs: 3}}}}",
        ["models.cnn.epochs", "Did you mean training.epochs?"],
    ),
    "a path as dataset name": (
        "datasets: {../x: {synthetic: {}}}",
        ["datasets.../x", "letters, digits, '_' and '-'"],
    ),
    "a space in a model name": (
        f"{TABLE}\nmodels: {{my cnn: {{architecture: cnn}}}}",
        ["models.my cnn", "letters, digits, '_' and '-'"],
    ),
    "a model named as a folder of ours": (
        f"{TABLE}\nmodels: {{splits: {{architecture: cnn}}}}",
        ["models.splits", "we use ourselves"],
    ),
    "several GPUs on whatever there is": (
        f"{TABLE}\ntraining: {{gpus: 2}}",
        ["training.gpus", "device: cuda"],
    ),
    "a dataset named as a folder of ours": (
        "datasets: {logs: {synthetic: {}}}",
        ["datasets.logs", "we use ourselves"],
    ),
    "neither synthetic nor table": (
        "datasets: {a: {task: regression}}",
        ["datasets.a", "either synthetic or table"],
    ),
    "both synthetic and table": (
        "datasets: {a: {synthetic: {}, table: {path: a.csv}}}",
        ["datasets.a", "either synthetic or table"],
    ),
    "a table without path": (
        "datasets: {a: {table: {score: y}}}",
        ["datasets.a.table.path", "missing", ".csv"],
    ),
    "a table in a spreadsheet": (
        "datasets: {a: {table: {path: a.xlsx}}}",
        ["datasets.a.table.path", "a.xlsx", ".csv, .tsv"],
    ),
    "FASTA without scores": (
        "datasets: {a: {table: {path: a.fasta.gz}}}",
        ["datasets.a.table.scores", "missing", "table of ids and scores"],
    ),
    "scores beside a table": (
        "datasets: {a: {table: {path: a.csv, scores: b.tsv}}}",
        ["datasets.a.table.scores", "only a FASTA file has"],
    ),
    "score in the sequence column": (
        "datasets: {a: {table: {path: a.csv, sequence: s, score: s}}}",
        ["datasets.a.table.score", "holds the sequences"],
    ),
    "a score with the name of a prediction": (
        "datasets: {a: {table: {path: a.csv, score: [a, prediction_a]}}}",
        ["datasets.a.table.score", "prediction_a is a name of ours. Rename the column."],
    ),
    "score column twice": (
        "datasets: {a: {table: {path: a.csv, score: [a, a]}}}",
        ["datasets.a.table.score", "[a, a]", "none twice"],
    ),
    "protein": (
        "datasets: {a: {table: {path: a.csv, alphabet: protein}}}",
        ["datasets.a.table.alphabet", "protein", "dna | rna"],
    ),
    "unknown score transform": (
        "datasets: {a: {table: {path: a.csv, score_transform: ln}}}",
        ["datasets.a.table.score_transform", "none | log2 | log1p"],
    ),
    "unknown treatment of invalid rows": (
        "datasets: {a: {table: {path: a.csv, invalid_rows: ignore}}}",
        ["datasets.a.table.invalid_rows", "error | drop"],
    ),
    "crop to nothing": (
        "datasets: {a: {table: {path: a.csv, length: {crop: 0}}}}",
        ["datasets.a.table.length", "{crop: 0}", "{crop: a whole number of at least 1}"],
    ),
    "pad in the middle": (
        "datasets: {a: {table: {path: a.csv, length: {pad: middle}}}}",
        ["datasets.a.table.length", "middle", "{pad: both}"],
    ),
    "designs near no start": (
        f"{SYNTHETIC}\ndesign: {{d: {{edits: 3}}}}",
        ["design.d.edits", "random starts", "another `start`"],
    ),
    "designs from all sequences near a start": (
        f"{SYNTHETIC}\ndesign: {{d: {{start: best, edits: 3, method: exhaustive}}}}",
        ["design.d.method", "knows no starts", "`edits`"],
    ),
    "a range from back to front": (
        f"{SYNTHETIC}\ndesign: {{d: {{start: best, protect: [[5, 3]]}}}}",
        ["design.d.protect", "[5, 3] ends before it begins"],
    ),
    "a range past the end": (
        f"{SYNTHETIC}\ndesign: {{d: {{start: best, protect: [[5, 9]]}}}}",
        ["design.d.protect", "datasets.toy", "[5, 9] is no range of 1 to 5"],
    ),
    "a template of another length": (
        f"{SYNTHETIC}\ndesign: {{d: {{template: NNNACGT}}}}",
        ["design.d.template", "has 7 letters, and its sequences have 5"],
    ),
    "a template of cropped sequences": (
        f"{LINEAR}\ndatasets: {{a: {{table: {{path: a.csv, length: {{crop: 9}}}}}}}}\n"
        "design: {d: {template: NNNACGT}}",
        ["design.d.template", "has 7 letters, and its sequences have 9"],
    ),
    "a template of no letters": (
        f"{SYNTHETIC}\ndesign: {{d: {{template: ACG-T}}}}",
        ["design.d.template", "ACG-T", "IUPAC"],
    ),
    "shares of GC the wrong way round": (
        f"{SYNTHETIC}\ndesign: {{d: {{gc: [0.6, 0.4]}}}}",
        ["design.d.gc", "0.6, is above the highest"],
    ),
    "windows of GC the wrong way round": (
        f"{SYNTHETIC}\ndesign: {{d: {{gc_window: {{width: 5, range: [0.6, 0.4]}}}}}}",
        ["design.d.gc_window", "0.6, is above the highest"],
    ),
    "GC in percent": (
        f"{SYNTHETIC}\ndesign: {{d: {{gc: [0.4, 60]}}}}",
        ["design.d.gc", "60", "at most 1"],
    ),
    "an enzyme misspelt": (
        f"{SYNTHETIC}\ndesign: {{d: {{avoid: [EcoR1]}}}}",
        ["design.d.avoid", "EcoR1 is no enzyme", "letters. Did you mean EcoR"],
    ),
    "an enzyme in small letters": (
        f"{SYNTHETIC}\ndesign: {{d: {{avoid: [ecori]}}}}",
        ["design.d.avoid", "ecori is no enzyme", "Did you mean EcoRI?"],
    ),
    "a word that is near no enzyme": (
        f"{SYNTHETIC}\ndesign: {{d: {{avoid: [zzz]}}}}",
        ["design.d.avoid", "zzz is no enzyme", "AanI, AarI, ", " more."],
    ),
    "sets of a column among groups": (
        "datasets: {a: {table: {path: a.csv}, split: {method: group, column: c, test: [x]}}}",
        ["datasets.a.split.test", "unknown here: test goes with method column."],
    ),
    "a judge that there is not": (
        f"{SYNTHETIC}\ndesign: {{d: {{judge: linaer}}}}",
        ["design.d.judge", "linaer is none of `models`. Did you mean linear?"],
    ),
    "no designs": (f"{SYNTHETIC}\ndesign: {{d: {{count: 0}}}}", ["design.d.count", "at least 1"]),
    "designs of a run of no letter": (
        f"{SYNTHETIC}\ndesign: {{d: {{max_homopolymer: 0}}}}",
        ["design.d.max_homopolymer", "at least 1"],
    ),
    "designs by an unknown method": (
        f"{SYNTHETIC}\ndesign: {{d: {{method: annealing}}}}",
        ["design.d.method", "annealing", "greedy | evolutionary | gradient"],
    ),
    "designs from a spreadsheet": (
        f"{SYNTHETIC}\ndesign: {{d: {{start: mine.xlsx}}}}",
        ["design.d.start", "mine.xlsx", "random | best | a list of ids"],
    ),
    "a class of scores": (
        f"{SYNTHETIC}\ndesign: {{d: {{objective: {{class: TAT}}}}}}",
        ["design.d.objective", "datasets.toy", "maximize | minimize | {target: number}"],
    ),
    "a target in words": (
        f"{SYNTHETIC}\ndesign: {{d: {{objective: {{target: high}}}}}}",
        ["design.d.objective", "does not fit"],
    ),
    "the highest of classes": (
        "datasets: {a: {synthetic: {}, task: classification}}\ndesign: {d: {}}",
        ["design.d.objective", "datasets.a", "Allowed: {class: NAME}"],
    ),
    "the highest of several scores": (
        f"{LINEAR}\ndatasets: {{a: {{table: {{path: a.csv, score: [x, y]}}}}}}\n"
        "design: {d: {objective: {x: 1, z: -1}}}",
        ["design.d.objective", "weights, of x, y"],
    ),
    "unknown task": (
        "datasets: {a: {synthetic: {}, task: ranking}}",
        ["datasets.a.task", "ranking", "regression | classification"],
    ),
    "several columns of classes": (
        "datasets: {a: {table: {path: a.csv, score: [a, b]}, task: classification}}",
        ["datasets.a.table.score", "one column of classes"],
    ),
    "transformed classes": (
        "datasets: {a: {table: {path: a.csv, score_transform: log2}, task: classification}}",
        ["datasets.a.table.score_transform", "classes"],
    ),
    "no letters": (
        "datasets: {a: {synthetic: {length: 0}}}",
        ["datasets.a.synthetic.length", "0", "at least 1"],
    ),
    "half a letter": (
        "datasets: {a: {synthetic: {length: 8.5}}}",
        ["datasets.a.synthetic.length", "8.5", "whole number"],
    ),
    "all 30-mers": (
        "datasets: {a: {synthetic: {length: 30}}}",
        ["datasets.a.synthetic.count", "30-mers", "Give a number"],
    ),
    "more sequences than there are": (
        f"{LINEAR}\ndatasets: {{a: {{synthetic: {{length: 2, count: 17, motif_effects: {{}}}}}}}}",
        ["datasets.a.synthetic.count", "only 16"],
    ),
    "letter scores of three letters": (
        "datasets: {a: {synthetic: {letter_scores: {A: 1, C: 2, G: 3}}}}",
        ["datasets.a.synthetic.letter_scores.T", "missing", "a number"],
    ),
    "a motif of other letters": (
        "datasets: {a: {synthetic: {motif_effects: {TAU: 10}}}}",
        ["datasets.a.synthetic.motif_effects.TAU", "letters A, C, G and T"],
    ),
    "a motif longer than the sequences": (
        f"{LINEAR}\ndatasets: {{a: {{synthetic: {{length: 3, motif_effects: {{TATA: 10}}}}}}}}",
        ["datasets.a.synthetic.motif_effects.TATA", "longer", "3 letters"],
    ),
    "an infinite effect": (
        "datasets: {a: {synthetic: {motif_effects: {TAT: .inf}}}}",
        ["datasets.a.synthetic.motif_effects.TAT", ".inf", "a number"],
    ),
    "negative noise": (
        "datasets: {a: {synthetic: {noise_sd: -1}}}",
        ["datasets.a.synthetic.noise_sd", "-1", "at least 0"],
    ),
    "classes without motifs": (
        "datasets: {a: {synthetic: {motif_effects: {}}, task: classification}}",
        ["datasets.a.synthetic.motif_effects", "needs one"],
    ),
    "unknown split method": (
        "datasets: {a: {synthetic: {}, split: {method: randm}}}",
        ["datasets.a.split.method", "randm", "random | column | group | similarity"],
    ),
    "a key of another split method": (
        "datasets: {a: {synthetic: {}, split: {identity: 0.5}}}",
        ["datasets.a.split.identity", "unknown"],
    ),
    "everything in the test set": (
        "datasets: {a: {synthetic: {}, split: {test_fraction: 1}}}",
        ["datasets.a.split.test_fraction", "1", "above 0, below 1"],
    ),
    "fractions that leave nothing": (
        f"{LINEAR}\ndatasets: {{a: {{synthetic: {{length: 1, motif_effects: {{}}}},"
        " split: {test_fraction: 0.7, validation_fraction: 0.7}}}",
        ["datasets.a.split", "none to train on"],
    ),
    "a column split without column": (
        "datasets: {a: {table: {path: a.csv}, split: {method: column, train: [a], test: [b]}}}",
        ["datasets.a.split.column", "missing"],
    ),
    "a column split of bare values": (
        "datasets: {a: {table: {path: a.csv},"
        " split: {method: column, column: s, train: a, test: [b]}}}",
        ["datasets.a.split.train", "a list"],
    ),
    "a value that means train and test": (
        "datasets: {a: {table: {path: a.csv},"
        " split: {method: column, column: s, train: [a], test: [a]}}}",
        ["datasets.a.split.test", "stands in train already"],
    ),
    "a value that means train and test, written otherwise": (
        "datasets: {a: {table: {path: a.csv},"
        " split: {method: column, column: s, train: [true], test: ['True']}}}",
        ["datasets.a.split.test", "stands in train already"],
    ),
    "a column split without a test set": (
        "datasets: {a: {table: {path: a.csv}, split: {method: column, column: s, train: [a]}}}",
        ["datasets.a.split.test", "missing. It lists values of the column."],
    ),
    "folds by column and sets by column": (
        "datasets: {a: {table: {path: a.csv},"
        " split: {method: column, column: s, folds: 3, test: [a]}}}",
        ["datasets.a.split.test", "with folds, each value of the column is a fold"],
    ),
    "groups of a synthetic set": (
        "datasets: {a: {synthetic: {}, split: {method: group, column: gene}}}",
        ["datasets.a.split.column", "no column gene"],
    ),
    "one fold": (
        "datasets: {a: {synthetic: {}, split: {folds: 1}}}",
        ["datasets.a.split.folds", "1", "at least 2"],
    ),
    "an unknown model": (
        "datasets: {a: {synthetic: {}, models: [cn]}}\nmodels: {cnn: {architecture: cnn}}",
        ["datasets.a.models", "cn", "Did you mean cnn?"],
    ),
    "an unknown architecture": (
        f"{TABLE}\nmodels: {{a: {{architecture: cnnn}}}}",
        ["models.a.architecture", "cnnn", "linear | cnn"],
    ),
    "variants said in two ways": (
        f"{TABLE}\nvariants: {{v: {{path: a.tsv, reference: a, alternative: b, sequence_id: c}}}}",
        ["variants.v.sequence_id", "Choose one"],
    ),
    "variants without a file": (
        f"{TABLE}\nvariants: {{v: {{genome: a.fa}}}}",
        ["variants.v.path", "missing", "saturate"],
    ),
    "VCF without a genome": (
        f"{TABLE}\nvariants: {{v: {{path: a.vcf.gz}}}}",
        ["variants.v.genome", "missing"],
    ),
    "half a pair of sequences": (
        f"{TABLE}\nvariants: {{v: {{path: a.tsv, reference: a}}}}",
        ["variants.v.alternative", "missing. reference needs it"],
    ),
    "a table as VCF": (
        f"{TABLE}\nvariants: {{v: {{path: a.tsv, format: vcf}}}}",
        ["variants.v.format", "come from VCF"],
    ),
    "a model without architecture": (
        f"{TABLE}\nmodels: {{a: {{filters: 3}}}}",
        ["models.a.architecture", "missing", "linear | cnn"],
    ),
    "a misspelt option": (
        f"{TABLE}\nmodels: {{a: {{architecture: cnn, filtres: 3}}}}",
        ["models.a.filtres", "Did you mean filters?"],
    ),
    "an option of another architecture": (
        f"{TABLE}\nmodels: {{a: {{architecture: linear, filters: 3}}}}",
        ["models.a.filters", "unknown"],
    ),
    "an unknown preset": (
        f"{TABLE}\nmodels: {{a: {{preset: best}}}}",
        ["models.a.preset", "best", "kmers | library"],
    ),
    "a preset of another architecture": (
        f"{TABLE}\nmodels: {{a: {{preset: kmers, architecture: linear}}}}",
        ["models.a.architecture", "preset kmers is a"],
    ),
    "filters wider than the sequences": (
        f"{SYNTHETIC}\nmodels: {{a: {{architecture: cnn, kernel_size: 9}}}}",
        ["models.a.kernel_size", "9", "5 letters of toy"],
    ),
    "heads that do not divide the filters": (
        f"{TABLE}\nmodels: {{a: {{architecture: transformer, filters: 32, heads: 3}}}}",
        ["models.a.heads", "3", "32 filters"],
    ),
    "a sweep over filters wider than the sequences": (
        f"{SYNTHETIC}\nmodels: {{a: {{architecture: cnn}}}}\nsweep: {{a: {{kernel_size: [3, 7]}}}}",
        ["sweep.a.kernel_size", "7", "5 letters of toy"],
    ),
    "text for a number": (
        f"{TABLE}\ntraining: {{epochs: many}}",
        ["training.epochs", "many", "a whole number"],
    ),
    "yes for a number": (
        f"{TABLE}\ntraining: {{batch_size: yes}}",
        ["training.batch_size", "true", "a whole number"],
    ),
    "no learning": (
        f"{TABLE}\ntraining: {{learning_rate: 0}}",
        ["training.learning_rate", "0", "above 0"],
    ),
    "an unknown loss": (
        f"{TABLE}\ntraining: {{loss: mae}}",
        ["training.loss", "mae", "mse | huber | poisson | gaussian_nll | cross_entropy"],
    ),
    "a loss for classes on numbers": (
        f"{TABLE}\ntraining: {{loss: cross_entropy}}",
        ["training.loss", "not for regression", "mse | huber | poisson"],
    ),
    "noise of a blend": (
        f"{TABLE}\nmodels: {{m: {{preset: library}}}}\ntraining: {{loss: gaussian_nll}}",
        ["training.loss", "gaussian_nll is not for blend, the family of m", "huber | poisson, or"],
    ),
    "a sweep over losses that trees cannot have": (
        f"{TABLE}\nmodels: {{m: {{architecture: trees}}}}\n"
        "sweep: {m: {loss: [mse, gaussian_nll]}}",
        ["sweep.m.loss", "gaussian_nll is not for trees"],
    ),
    "a loss for numbers on classes": (
        "datasets: {a: {synthetic: {}, task: classification}}\n"
        "models: {m: {architecture: cnn, training: {loss: mse}}}",
        ["models.m.training.loss", "not for classification", "cross_entropy"],
    ),
    "seeds twice": (f"{TABLE}\nseeds: [1, 1]", ["seeds", "[1, 1]", "none twice"]),
    "no seeds": (f"{TABLE}\nseeds: []", ["seeds", "[]"]),
    "a negative seed": (f"{TABLE}\nseeds: [-1]", ["seeds.0", "-1", "at least 0"]),
    "an unknown device": (f"{TABLE}\ndevice: gpu", ["device", "gpu", "auto | cpu | cuda | mps"]),
    "an unknown threshold": (
        f"{TABLE}\ninterpretation: {{threshold: {{method: max}}}}",
        ["interpretation.threshold.method", "absolute | fraction | basset | top"],
    ),
    "a share above one": (
        f"{TABLE}\ninterpretation: {{threshold: {{value: 2}}}}",
        ["interpretation.threshold.value", "2", "below 1"],
    ),
    "half a site": (
        f"{TABLE}\ninterpretation: {{threshold: {{method: top, value: 0.5}}}}",
        ["interpretation.threshold.value", "0.5", "a whole number"],
    ),
    "motifs from nowhere": (
        f"{TABLE}\ninterpretation: {{motifs: jasper}}",
        ["interpretation.motifs", "jasper", "planted, jaspar"],
    ),
    "a question for an unknown dataset": (
        f"{TABLE}\npredict: {{new: {{path: a.csv, datasets: [mien]}}}}",
        ["predict.new.datasets", "mien: unknown. Did you mean mine?"],
    ),
    "attributions for an unknown dataset": (
        f"{TABLE}\nattributions: {{datasets: [mien]}}",
        ["attributions.datasets", "mien: unknown. Did you mean mine?"],
    ),
    "a file to explain for a dataset": (
        f"{TABLE}\nattributions: {{sequences: {{path: a.csv, datasets: [mine]}}}}",
        ["attributions.sequences.datasets", "one level higher, beside sequences"],
    ),
    "predict without path": (
        f"{TABLE}\npredict: {{new: {{}}}}",
        ["predict.new.path", "missing"],
    ),
    "predict into another folder": (
        f"{TABLE}\npredict: {{../new: {{path: a.fasta}}}}",
        ["predict.../new", "letters, digits"],
    ),
    "a sweep over an unknown model": (
        f"{TABLE}\nsweep: {{libary: {{filters: [1]}}}}",
        ["sweep.libary", "Did you mean library?"],
    ),
    "a sweep over an unknown key": (
        f"{TABLE}\nsweep: {{library: {{learning_rat: [1]}}}}",
        ["sweep.library.learning_rat", "Did you mean learning_rate?"],
    ),
    "a sweep over values out of range": (
        f"{TABLE}\nsweep: {{library: {{learning_rate: [0.1, -1]}}}}",
        ["sweep.library.learning_rate", "-1", "above 0"],
    ),
    "a sweep over one value": (
        f"{TABLE}\nsweep: {{library: {{learning_rate: 0.1}}}}",
        ["sweep.library.learning_rate", "0.1", "a list"],
    ),
    "a dataset that YAML reads as false": (
        "datasets: {no: {synthetic: {}}}",
        ["datasets.no", "YAML reads no as false. Quote it, 'no'"],
    ),
    "a set that YAML reads as true": (
        "datasets: {a: {table: {path: a.csv},"
        " split: {method: column, column: s, train: [yes], test: ['no']}}}",
        ["datasets.a.split.train.0", "YAML reads yes as true. Quote it, 'yes'"],
    ),
    "a column that YAML reads as true": (
        "datasets: {a: {table: {path: a.csv, score: on}}}",
        ["datasets.a.table.score", "YAML reads on as true. Quote it, 'on'"],
    ),
    "a column that YAML reads as another number": (
        "datasets: {a: {table: {path: a.csv, score: 01}}}",
        ["datasets.a.table.score", "YAML reads 01 as 1. Quote it, '01'"],
    ),
    "a column that YAML reads as minutes": (
        "datasets: {a: {table: {path: a.csv, score: 1:30}}}",
        ["datasets.a.table.score", "YAML reads 1:30 as 90. Quote it, '1:30'"],
    ),
    "a set that YAML reads as a day": (
        "datasets: {a: {table: {path: a.csv},"
        " split: {method: column, column: s, train: [2024-01-01], test: [b]}}}",
        ["datasets.a.split.train.0", "YAML reads 2024-01-01 as 2024-01-01. Quote it"],
    ),
    "a number that YAML reads in base 8": (
        f"{TABLE}\ntraining: {{epochs: 010}}",
        ["training.epochs", "YAML reads 010 as 8.", "write 8 to mean that"],
    ),
    "an empty section": (
        f"{TABLE}\ntraining:",
        ["line 2: training: nothing stands here. Allowed: a mapping of loss"],
    ),
    "an empty model": (
        f"{TABLE}\nmodels:\n  m:",
        ["line 3: models.m: nothing stands here. Allowed: a mapping of preset, architecture"],
    ),
    "an empty split": (
        "datasets: {a: {table: {path: a.csv}, split: }}",
        ["datasets.a.split: nothing stands here. Allowed: a mapping of method"],
    ),
    "results in a home": (
        f"{TABLE}\nresults: ~/x",
        ["results", "~/x", "the path of a folder, without '~'"],
    ),
    "a name that ends a line": (
        'datasets: {"a\\n": {synthetic: {}}}',
        ["no possible name. Allowed: a name of letters, digits"],
    ),
    "more threads than any machine has": (
        f"{TABLE}\ntraining: {{threads: 100000}}",
        ["training.threads", "100000", "at most 256"],
    ),
    "a search for an unknown model": (
        f"{TABLE}\nsearch: {{libary: {{space: {{filters: [1]}}}}}}",
        ["search.libary", "Did you mean library?"],
    ),
    "a search without a space": (f"{TABLE}\nsearch: {{linear: {{}}}}", ["search.linear.space"]),
    "a search over a blend": (
        f"{TABLE}\nsearch: {{library: {{space: {{learning_rate: [0.1]}}}}}}",
        ["search.library", "a blend", "{preset: network}"],
    ),
    "a search and a sweep of one model": (
        f"{TABLE}\nsweep: {{linear: {{epochs: [1]}}}}\n{SEARCH} {{epochs: [1, 2]}}, trials: 2}}}}",
        ["search.linear: sweep.linear looks for", "Choose one"],
    ),
    "a search over an unknown key": (
        f"{TABLE}\n{SEARCH} {{learning_rat: [1]}}}}}}",
        ["search.linear.space.learning_rat", "Did you mean learning_rate?"],
    ),
    "a search over a value out of range": (
        f"{TABLE}\n{SEARCH} {{learning_rate: {{low: -1, high: 1}}}}}}}}",
        ["search.linear.space.learning_rate", "-1", "above 0"],
    ),
    "a search over half an epoch": (
        f"{TABLE}\n{SEARCH} {{epochs: {{low: 1, high: 99.5}}}}}}}}",
        ["search.linear.space.epochs", "99.5", "whole number"],
    ),
    "a search over an empty range": (
        f"{TABLE}\n{SEARCH} {{learning_rate: {{low: 0.1, high: 1e-2}}}}}}}}",
        ["search.linear.space.learning_rate", "from 0.1 to 0.01", "low < high"],
    ),
    "a search over half a range": (
        f"{TABLE}\n{SEARCH} {{learning_rate: {{low: 0.1}}}}}}}}",
        ["search.linear.space.learning_rate.high", "missing"],
    ),
    "a search by a logarithm of nothing": (
        f"{TABLE}\n{SEARCH} {{weight_decay: {{low: 0, high: 1, log: true}}}}}}}}",
        ["search.linear.space.weight_decay.low", "0 has no logarithm"],
    ),
    "a search from a word": (
        f"{TABLE}\n{SEARCH} {{learning_rate: {{low: a, high: 1}}}}}}}}",
        ["search.linear.space.learning_rate.low", "a number"],
    ),
    "a search over losses": (
        f"{TABLE}\n{SEARCH} {{loss: [mse, huber]}}}}}}",
        ["search.linear.space.loss", "must mean the same"],
    ),
    "more trials than combinations": (
        f"{TABLE}\n{SEARCH} {{batch_size: [8, 9], epochs: {{low: 1, high: 4}}}}}}}}",
        ["search.linear.trials", "40 trials", "only 8 combinations"],
    ),
    "a search over a range of widths that are odd": (
        f"{TABLE}\nmodels: {{r: {{architecture: resnet}}}}\n"
        "search: {r: {space: {block_kernel_size: {low: 3, high: 7}}}}",
        ["search.r.space.block_kernel_size", "no range", "1 | 3 | 5"],
    ),
    "a search over filters wider than the sequences": (
        f"{SYNTHETIC}\nmodels: {{a: {{architecture: cnn}}}}\n"
        "search: {a: {space: {kernel_size: {low: 3, high: 7}}, trials: 4}}",
        ["search.a.space.kernel_size", "7", "5 letters of toy"],
    ),
    "heads of a search that do not divide its filters": (
        f"{SYNTHETIC}\nmodels: {{t: {{architecture: transformer, kernel_size: 3}}}}\n"
        "search: {t: {space: {filters: [8, 9], heads: [4, 8]}, trials: 4}}",
        ["search.t.space", "4 do not divide the 9 filters"],
    ),
    "a sweep without an end": (
        f"{TABLE}\nsweep: {{library: {{"
        + ", ".join(
            f"{key}: [{', '.join(map(str, range(1, 41)))}]"
            for key in ["filters", "kernel_size", "blocks", "bins", "hidden", "batch_size"]
        )
        + "}}",
        ["sweep.library", "4,096,000,002 trainings in all", "of library on mine", "at most 10,000"],
    ),
    "heads of a sweep that do not divide its filters": (
        f"{TABLE}\nmodels: {{t: {{architecture: transformer, filters: 8}}}}\n"
        "sweep: {t: {filters: [8, 9], heads: [4]}}",
        ["sweep.t", "4 do not divide the 9 filters of t~filters=9~heads=4"],
    ),
    "names too long together": (
        f"datasets: {{{'d' * 80}: {{synthetic: {{}}}}}}\n"
        f"models: {{{'m' * 80}: {{architecture: linear}}}}\n"
        f"predict: {{{'p' * 80}: {{path: a.csv}}}}",
        ["models.mmm", "(80 letters)", "make 240 letters", "Allowed: 231 together"],
    ),
    "a number of 400 digits": (
        f"{TABLE}\ntraining: {{epochs: {'9' * 400}}}",
        ["training.epochs", "999", "a whole number"],
    ),
    "results in a file": (
        f"{TABLE}\nresults: {Path(__file__)}",
        ["results", "is a file, where a folder is needed"],
    ),
    "results nowhere": (f"{TABLE}\nresults: ''", ["results", "the path of a folder"]),
    "results with a wildcard": (f"{TABLE}\nresults: 'r{{x}}'", ["results", "path of a folder"]),
}


@pytest.mark.parametrize(("text", "parts"), BAD.values(), ids=BAD)
def test_bad_config(text, parts, tmp_path):
    file = tmp_path / "my.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        resolve(yaml.safe_load(text), [file])
    message = str(error.value)
    assert "\n" not in message, "one problem gives one line"
    for part in parts:
        assert part in message


def test_all_problems_in_one_message(tmp_path):
    file = tmp_path / "my.yaml"
    keys = "".join(f"\nwrong{i}: 1" for i in range(13))
    file.write_text(TABLE + keys)
    with pytest.raises(ConfigError) as error:
        resolve(yaml.safe_load(TABLE + keys), [file])
    lines = str(error.value).splitlines()
    assert lines[0].startswith(f"{file}, line 2: wrong0: unknown.")
    assert lines[10:] == ["... and 3 more problems."]


def test_key_written_twice(tmp_path):
    file = tmp_path / "my.yaml"
    file.write_text(f"{TABLE}\nseeds: [1]\ndevice: cpu\nseeds: [2]\n")
    with pytest.raises(ConfigError, match="line 2: seeds: stands in line 2, and in line 4 again"):
        resolve(yaml.safe_load(file.read_text()), [file])


def test_files_of_sequences_to_mutate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = {
        "datasets": {"d": {"synthetic": {"length": 4}}},
        "interpretation": {"mutate": ["best", "s7", "new.fa"]},
    }
    asked = asked_of("d", resolve(config))
    assert (asked["ids"], asked["files"]) == ({"interpretation.mutate": ["s7"]}, [])
    with pytest.raises(ConfigError, match=r"mutate.*: new\.fa does not exist"):
        resolve(config, need_files=True)
    Path("new.fa").write_text(">s\nACGT\n" * 24)
    settings = resolve(config, need_files=True, look_inside=True)
    assert asked_of("d", settings)["files"] == ["new.fa"]
    Path("new.fa").write_text(">s\nACGT\n" * 25)
    with pytest.raises(ConfigError, match=r"mutate.*: new\.fa: there are more than 24 sequences"):
        resolve(config, need_files=True, look_inside=True)


def test_files_that_are_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ConfigError, match="does not exist"):
        resolve({"datasets": {"a": {"table": {"path": "x" * 5000 + ".csv"}}}}, need_files=True)
    config = {
        "datasets": {
            "gone": {"table": {"path": "gone.csv"}},
            "folder": {"table": {"path": "folder.csv"}},
        },
        "interpretation": {"motifs": "my.meme"},
        "predict": {"new": {"path": "new.fasta"}},
    }
    resolve(config)
    for path, hint in [
        ("~/a.csv", "'~' stands for no folder here"),
        ("$HOME/a.csv", "Variables of the shell mean nothing here"),
        (r"C:\Users\me\a.csv", "In WSL, the drive C: is /mnt/c"),
    ]:
        with pytest.raises(ConfigError, match=hint):
            resolve({"datasets": {"a": {"table": {"path": path}}}}, need_files=True)
    with pytest.raises(ConfigError) as error:
        resolve(config, need_files=True)
    lines = str(error.value).splitlines()
    assert lines == [
        f"interpretation.motifs: my.meme does not exist. Paths start from {tmp_path}.",
        f"datasets.gone.table.path: gone.csv does not exist. Paths start from {tmp_path}.",
        f"datasets.folder.table.path: folder.csv is no file. Paths start from {tmp_path}.",
        f"predict.new.path: new.fasta does not exist. Paths start from {tmp_path}.",
    ]


def test_a_member_of_a_sweep_with_too_long_a_name():
    keys = ", ".join(f"{key}: [7]" for key in ["learning_rate", "weight_decay", "gradient_clip"])
    more = ", ".join(f"{key}: [8]" for key in ["batch_size", "epochs", "early_stopping", "bins"])
    config = yaml.safe_load(f"{TABLE}\nsweep: {{library: {{{keys}, {more}}}}}")
    resolve(config)
    config["datasets"]["m" * 80] = config["datasets"]["mine"]
    config["models"] = {"l" * 80: {"preset": "library"}}
    config["sweep"] = {"l" * 80: config["sweep"]["library"]}
    with pytest.raises(ConfigError, match=r"sweep\.lll.* make 2\d\d letters"):
        resolve(config)


def test_no_file_of_the_users_may_lie_where_results_go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results/lib").mkdir(parents=True)
    (tmp_path / "results/lib/table.csv").touch()
    (tmp_path / "link.csv").symlink_to("results/lib/table.csv")
    (tmp_path / "door").symlink_to("results")
    for results, file in [
        ("results", "./results/lib/table.csv"),
        ("results", f"{tmp_path}/results/lib/none.csv"),
        ("results", "data/../results/table.csv"),
        ("results", "link.csv"),
        ("results", "door/table.csv"),
        ("door", "results/table.csv"),
        (".", "data/table.csv"),
        ("data/", "data/table.csv"),
    ]:
        for config in [
            {"datasets": {"a": {"table": {"path": file}}}},
            {"datasets": {"a": {"synthetic": {}}}, "predict": {"b": {"path": file}}},
        ]:
            with pytest.raises(ConfigError, match="lies where results go"):
                resolve({**config, "results": results})
    resolve({"datasets": {"a": {"table": {"path": "results.csv"}}}})


def test_what_later_steps_read_is_looked_into(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.csv").write_text("seq,name\nACGT,a\n")
    (tmp_path / "new.fasta").write_text("ACGT\n")
    (tmp_path / "none.meme").write_text("MEME version 4\n")
    (tmp_path / "my.meme").write_text("MOTIF a b\nletter-probability matrix:\n1 0 0 0\n")
    config = {"datasets": {"toy": {"synthetic": {"length": 5}}}}

    def told(interpretation=None, **predict):
        given = {**config, "interpretation": interpretation or {}, "predict": predict}
        with pytest.raises(ConfigError) as error:
            resolve(given, need_files=True, look_inside=True)
        return str(error.value)

    good = {"predict": {"a": {"path": "new.csv", "sequence": "seq"}}}
    resolve({**config, **good}, need_files=True, look_inside=True)
    assert "predict.a: new.csv: there is no column 'sequence'" in told(a={"path": "new.csv"})
    assert "predict.a: new.fasta: this is not FASTA" in told(a={"path": "new.fasta"})
    assert "interpretation.motifs: none.meme holds no motif" in told({"motifs": "none.meme"})
    meme = {"motifs": "my.meme", "expected": ["a", "b"]}
    assert "interpretation.expected: b: unknown. Known here: a" in told(meme)
    jaspar = {"motifs": "jaspar", "expected": ["MA0139.2", "MA0139.1", "MA9999.1"]}
    lines = told(jaspar).splitlines()
    assert "JASPAR2026 has no MA0139.1; its latest there is MA0139.2" in lines[0]
    assert "JASPAR2026 has no MA9999.1." in lines[1]


def test_a_config_that_is_no_yaml(tmp_path):
    for text, where in [
        ("datasets:\n  a: [1, 2\nseeds: 3\n", "line 3, column 6: "),
        ("datasets:\n\ta: 1\n", "line 2, column 1: "),
        ("a: b: c\n", "line 1, column 5: "),
        ("a: \u00f6\n".encode("latin-1"), "the text is not UTF-8; save it as UTF-8"),
        ("a: b\n".encode("utf-16"), "the text is not UTF-8"),
        ("# nothing yet\n", "there are no keys in it. A config begins with `datasets:`"),
        ("- mine.csv\n", "there are no keys in it"),
        ("datasets: {}\n", None),
    ]:
        (tmp_path / "my.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        run = subprocess.run(
            [sys.executable, ROOT / "workflow/written.py", "-n", "--configfile", "my.yaml"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        said = where and f"my.yaml{',' if where.startswith('line') else ':'} {where}"
        assert run.stderr.startswith(said or "") and bool(run.stderr) == bool(where), run.stderr
        assert run.returncode == int(where is not None)


def test_an_alias_inside_its_own_anchor(tmp_path):
    file = tmp_path / "my.yaml"
    file.write_text("datasets: &a {b: *a}\n")
    with pytest.raises(ConfigError):
        resolve(yaml.safe_load(file.read_text()), [file])


def test_bad_config_stops_before_any_job(run_workflow, tmp_path):
    run = run_workflow(tmp_path, {"datasets": {"toy": {"synthetic": {"lenght": 5}}}})
    assert run.returncode != 0
    file = tmp_path / "config.yaml"
    assert f"{file}, line 4: datasets.toy.synthetic.lenght: unknown. Did you mean" in run.stdout
    assert not (tmp_path / "results").exists()


# ------------------------------------------------------------------------------------------ good
def settings(text: str) -> dict:
    return resolve(yaml.safe_load(text))


EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def test_each_example_has_results_and_so_a_report_of_its_own():
    places = [yaml.safe_load(file.read_text()).get("results", "results") for file in EXAMPLES]
    assert len({"results", *places}) == 1 + len(EXAMPLES)


@pytest.mark.parametrize("file", [ROOT / "config.yaml", *EXAMPLES])
def test_our_own_configs(file):
    resolve(yaml.safe_load(file.read_text()), [file])


def test_naming_a_table_is_enough():
    resolved = settings(TABLE)
    assert list(resolved["models"])[:2] == ["linear", "library"]
    members = [f"library~{name}" for name in ("kernel", "trees", "network", "motifs")]
    assert resolved["trained"][1:] == members
    assert resolved["models"]["library"]["preset"] == "library"
    dataset = resolved["datasets"]["mine"]
    assert dataset["models"] == ["linear", "library"]
    assert dataset["table"]["sequence"] == "sequence"
    assert dataset["split"]["method"] == "random"


def test_an_architecture_alone_has_its_recipe():
    alone = settings(f"{TABLE}\nmodels: {{a: {{architecture: cnn, filters: 8}}}}")["models"]["a"]
    assert (alone["options"]["hidden"], alone["options"]["filters"]) == (64, 8)
    assert alone["training"]["schedule"] == "one_cycle" and alone["training"]["early_stopping"]
    fewer = settings(
        f"{TABLE}\nmodels: {{a: {{architecture: cnn, hidden: 0}}}}\ntraining: {{epochs: 3}}"
    )
    assert fewer["models"]["a"]["options"]["hidden"] == 0
    assert fewer["models"]["a"]["training"]["epochs"] == 3


@pytest.mark.parametrize("where", ["training: {optimizer: sgd}", "training: {schedule: constant}"])
def test_who_says_how_steps_are_taken_has_no_recipe(where):
    plain = {"hidden": 0, "dropout": 0, "filters": 32, "kernel_size": 3, "activation": "relu"}
    for text in (
        f"{TABLE}\nmodels: {{a: {{architecture: cnn}}}}\n{where}",
        f"{TABLE}\nmodels: {{a: {{architecture: cnn, {where}}}}}",
    ):
        found = settings(text)["models"]["a"]
        assert found["options"] == plain
        assert found["training"]["early_stopping"] is None
    built_in = resolve(yaml.safe_load((ROOT / "config.yaml").read_text()))["models"]["cnn"]
    assert built_in["options"] == plain


def test_precedence():
    resolved = settings(
        f"""
{TABLE}
models:
  plain: {{architecture: linear}}
  ready: {{preset: kmers}}
  own: {{preset: kmers, filters: 7, training: {{epochs: 9}}}}
training: {{epochs: 3, batch_size: 5, gradient_clip: 1}}
"""
    )["models"]
    preset = PRESETS["kmers"]
    assert resolved["plain"]["training"]["epochs"] == 3
    assert resolved["ready"]["training"]["epochs"] == preset["training"]["epochs"]
    assert resolved["own"]["training"]["epochs"] == 9
    assert resolved["own"]["training"]["optimizer"] == preset["training"]["optimizer"]
    assert resolved["own"]["training"]["gradient_clip"] == 1
    assert resolved["plain"]["training"]["weight_decay"] == 0
    assert (resolved["own"]["options"]["filters"], resolved["own"]["has_filters"]) == (7, True)


def test_text_is_read_as_numbers():
    # `--config training={epochs: 2}` gives text, and so does 1e-3 in YAML.
    training = settings(f"{TABLE}\ntraining: {{epochs: '2', learning_rate: 1e-3}}")["training"]
    assert (training["epochs"], training["learning_rate"]) == (2, 0.001)
    table = settings("datasets: {a: {table: {path: a.csv, score: [1, 2.5], id: 3}}}")
    table = table["datasets"]["a"]["table"]
    assert (table["score"], table["id"]) == ({"1": "1", "2.5": "2.5"}, "3")
    crop = settings("datasets: {8: {table: {path: a.csv, length: {crop: '9'}}}}")
    assert crop["datasets"]["8"]["table"]["length"] == {"crop": 9}


def test_folds():
    resolved = settings("datasets: {a: {synthetic: {}, split: {folds: 3}}, b: {synthetic: {}}}")
    datasets = resolved["datasets"]
    assert list(datasets) == ["a.fold1", "a.fold2", "a.fold3", "b"]
    assert [d["split"].get("fold") for d in datasets.values()] == [1, 2, 3, None]
    assert [d["fold_of"] for d in datasets.values()] == ["a", "a", "a", None]


def test_sweep():
    resolved = settings(
        f"""
{SYNTHETIC}
models: {{cnn: {{architecture: cnn, training: {{epochs: 4}}}}}}
sweep: {{cnn: {{filters: [8, 16], learning_rate: [0.01, 1e-4], gradient_clip: [null]}}}}
"""
    )
    members = [*resolved["sweep"]["cnn"]]
    assert members[0] == "cnn~filters=8~learning_rate=0.01~gradient_clip=null"
    assert len(members) == 4
    last = resolved["models"][members[-1]]
    assert (last["options"]["filters"], last["options"]["kernel_size"]) == (16, 3)
    assert (last["training"]["learning_rate"], last["training"]["epochs"]) == (0.0001, 4)
    assert resolved["datasets"]["toy"]["models"] == ["cnn", "cnn~best"]
    assert resolved["trained"] == ["cnn", *members]


def test_search():
    text = f"""
{SYNTHETIC}
models: {{cnn: {{architecture: cnn}}}}
seeds: [3, 4]
search: {{cnn: {{trials: 3, space: {{
  learning_rate: {{low: 1e-4, high: 1e-2, log: true}},
  filters: {{low: 4, high: 8}},
  hidden: ["8", 9]
}}}}}}
"""
    resolved = settings(text)
    trials = ["cnn~trial1", "cnn~trial2", "cnn~trial3"]
    assert [*resolved["sweep"]["cnn"]] == trials
    assert resolved["trained"] == ["cnn", *trials, "cnn~best"]
    assert resolved["datasets"]["toy"]["models"] == ["cnn", "cnn~best"]
    search = resolved["search"]["cnn"]
    assert search["space"] == {
        "filters": {"low": 4, "high": 8, "log": False, "whole": True},
        "hidden": {"choices": [8, 9]},
        "learning_rate": {"low": 0.0001, "high": 0.01, "log": True, "whole": False},
    }
    more = settings(text.replace("trials: 3", "trials: 30"))
    assert more["search"]["cnn"] == search, "what is proposed depends on the number of trials"


# ---------------------------------------------------------------------------------------- schema
def test_schema_is_a_schema():
    Validator.check_schema(SCHEMA)


def test_defaults_are_allowed():
    models = {name: {"architecture": name} for name in SCHEMA["$defs"]["architectures"]}
    for method in ("random", "similarity"):
        dataset = {"synthetic": {}, "split": {"method": method}}
        assert problems(filled({"datasets": {"a": dataset}, "models": models})) == []


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_allowed(name):
    settings(f"{TABLE}\nmodels: {{m: {{preset: {name}}}}}")


def test_reference_says_what_the_schema_says():
    assert PAGE.read_text(encoding="utf-8") == reference(), "stale: run `make reference`"


# ------------------------------------------------------------------------------------- any config
FULL = yaml.safe_load(
    """
datasets:
  toy: {synthetic: {length: 5}, split: {folds: 2}, models: [cnn]}
  mine:
    table: {path: a.csv, score: [a, b], length: {crop: 9}, replicates: [r1, r2]}
    split: {method: column, column: s, train: [a], test: [b]}
models:
  cnn: {architecture: cnn, training: {epochs: 2}}
  net: {preset: network}
  library: {preset: library}
training: {optimizer: sgd}
seeds: [1, 2]
interpretation: {threshold: {method: top, value: 3}}
predict: {new: {path: a.fasta}}
sweep: {cnn: {kernel_size: [1, 2]}}
search: {net: {space: {filters: {low: 2, high: 9, log: true}, blocks: [1, 2]}, trials: 9}}
"""
)


def places(value, path=()):
    """The path of every value in a config."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.dates(),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers()), max_size=2),
    st.dictionaries(
        st.one_of(st.text(max_size=3), st.integers(), st.none()), st.integers(), max_size=2
    ),
)


@hypothesis.settings(deadline=None, max_examples=100)
@given(st.sampled_from(list(places(FULL))), JUNK)
def test_whatever_is_wrong_is_told(path, junk):
    config = copy.deepcopy(FULL)
    place = config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    with contextlib.suppress(ConfigError):
        resolve(config)


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        ("score: activity", {"score": "activity"}),
        ("score: y, label: log activity, unit: a.u.", {"score": "log activity (a.u.)"}),
        ("score: [a, b], unit: nM", {"a": "a (nM)", "b": "b (nM)"}),
    ],
)
def test_what_figures_call_the_score(table, labels):
    found = settings(f"datasets: {{x: {{table: {{path: t.csv, {table}}}}}}}")["datasets"]["x"]
    assert found["labels"] == labels
    assert not {"label", "unit"} & found["table"].keys()  # which would train everything again


def test_new_sequences_for_several_datasets_need_not_suit_all(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("new.csv").write_text("sequence\nACGTA\n")
    config = {
        "datasets": {
            "short": {"synthetic": {"length": 5}},
            "long": {"synthetic": {"length": 9}, "split": {"folds": 2}},
        },
        "predict": {"new": {"path": "new.csv"}},
    }
    assert asked_of("short", resolve(config))["new"] == {}
    config["predict"]["new"]["datasets"] = ["long"]
    config["attributions"] = {"sequences": "new.csv"}
    assert [*asked_of("long.fold2", resolve(config))["new"]] == ["predict.new"]
    config["attributions"]["datasets"] = ["short"]
    assert [*asked_of("short", resolve(config))["new"]] == ["attributions.sequences"]


def test_a_question_is_for_the_datasets_that_it_names():
    config = yaml.safe_load("""
        datasets:
          short: {synthetic: {length: 5}}
          long: {synthetic: {length: 9}, split: {folds: 2}}
        models: {linear: {architecture: linear}}
        predict: {new: {path: new.csv, datasets: [long]}}
        variants: {all: {saturate: [s1], datasets: [short]}}
        design: {best: {template: NNNNNNACG, datasets: [long]}, any: {}}
        attributions: {sequences: test, datasets: [short]}
    """)
    settings = resolve(config)
    asks = {name: dataset["asks"] for name, dataset in settings["datasets"].items()}
    assert asks["short"] == {
        **{"predict": [], "variants": ["all"], "design": ["any"]},
        "attributions": ["attributions"],
    }
    assert (
        asks["long.fold1"]
        == asks["long.fold2"]
        == {
            **{"predict": ["new"], "variants": [], "design": ["best", "any"], "attributions": []},
        }
    )
    assert "datasets" not in settings["predict"]["new"]
    assert "datasets" not in settings["attributions"]
    config["design"]["any"] = {"start": ["s1"]}
    asked = asked_of("long.fold1", resolve(config))
    assert asked["ids"] == {"design.any.start": ["s1"]}
    assert asked["templates"] == {"design.best.template": "NNNNNNACG"}
    config["design"]["best"]["datasets"] = ["short"]
    with pytest.raises(ConfigError, match=r"datasets\.short: has 9 letters"):
        resolve(config)
