"""The built-in task as the teaching text does it (Wilson 2022), cell after cell, in one process.

It does less than the built-in run: two models, no intervals, no interactive plot, no report. It is
what `benchmarks/builtin.py` times the run against, and writes its figures to the folder given.
"""

import random
import sys
from itertools import product
from pathlib import Path

import logomaker
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from sklearn.metrics import r2_score
from torch import nn
from torch.utils.data import DataLoader, Dataset

LETTERS = {"A": 20, "C": 17, "G": 14, "T": 11}
ONE_HOT = {letter: np.eye(4)[index] for index, letter in enumerate("ACGT")}
EPOCHS, BATCH, RATE, SCANNED = 50, 128, 0.01, 3000


class OneHots(Dataset):
    """One tensor of one-hot numbers a sequence."""

    def __init__(self, table: pd.DataFrame):
        self.sequences, self.scores = table["seq"].tolist(), table["score"].tolist()
        self.one_hots = torch.stack([torch.tensor(one_hot(s)) for s in self.sequences])
        self.labels = torch.tensor(self.scores).unsqueeze(1)

    def __len__(self):
        return len(self.sequences)

    def __getitem__(self, index):
        return self.one_hots[index], self.labels[index]


class Linear(nn.Module):
    def __init__(self, length: int = 8):
        super().__init__()
        self.output = nn.Linear(4 * length, 1)

    def forward(self, x):
        return self.output(x.flatten(1))


class Cnn(nn.Module):
    def __init__(self, length: int = 8, filters: int = 32, width: int = 3):
        super().__init__()
        self.scan = nn.Sequential(
            nn.Conv1d(4, filters, width),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(filters * (length - width + 1), 1),
        )

    def forward(self, x):
        return self.scan(x.permute(0, 2, 1))


def one_hot(sequence: str) -> np.ndarray:
    return np.array([ONE_HOT[letter] for letter in sequence])


def scored() -> pd.DataFrame:
    """Every 8-mer with its score."""
    rows = []
    for letters in product("ACGT", repeat=8):
        sequence = "".join(letters)
        score = np.mean([LETTERS[letter] for letter in sequence])
        score += 10 * ("TAT" in sequence) - 10 * ("GCG" in sequence)
        rows.append((sequence, score))
    return pd.DataFrame(rows, columns=["seq", "score"])


def split(table: pd.DataFrame) -> list[pd.DataFrame]:
    """The train, validation and test set."""
    order = list(range(len(table)))
    random.shuffle(order)
    test = -(-len(order) // 5)
    validation = test + -(-(len(order) - test) // 5)
    parts = order[validation:], order[test:validation], order[:test]
    return [table.iloc[part].reset_index(drop=True) for part in parts]


def trained(network: nn.Module, train: OneHots, validation: OneHots):
    """The network after all epochs, and its losses (train, validation) by epoch."""
    batches = DataLoader(train, BATCH, shuffle=True), DataLoader(validation, BATCH)
    optimizer, loss_of = torch.optim.SGD(network.parameters(), RATE), nn.MSELoss()
    history = []
    for _ in range(EPOCHS):
        losses = [], []
        network.train()
        for x, y in batches[0]:
            optimizer.zero_grad()
            loss = loss_of(network(x.float()), y.float())
            loss.backward()
            optimizer.step()
            losses[0].append(loss.item())
        network.eval()
        with torch.no_grad():
            for x, y in batches[1]:
                losses[1].append(loss_of(network(x.float()), y.float()).item())
        history.append([np.mean(part) for part in losses])
    return network, history


def predicted(network: nn.Module, sequences: list[str]) -> list[float]:
    with torch.no_grad():
        return [network(torch.tensor(one_hot(s))[None].float()).item() for s in sequences]


def subsequences(network: Cnn, sequences: list[str]) -> list[list[str]]:
    """Those that activate each filter, looked for sequence by sequence and letter by letter."""
    results = [[] for _ in range(32)]
    with torch.no_grad():
        for sequence in sequences:
            activation = network.scan[:2](torch.tensor(one_hot(sequence).T)[None].float())[0]
            for number, row in enumerate(activation):
                for position, value in enumerate(row):
                    if value > 1:
                        results[number].append(sequence[position : position + 3])
    return results


def draw_scores(table: pd.DataFrame, parts: list[pd.DataFrame], folder: Path) -> None:
    groups = {"no motif": table, "TAT": table[table["seq"].str.contains("TAT")]}
    groups["GCG"] = table[table["seq"].str.contains("GCG")]
    named = dict(zip(["train", "validation", "test"], parts, strict=True))
    for name, of in {"motifs": groups, "split": named}.items():
        figure, axes = plt.subplots()
        for label, rows in of.items():
            axes.hist(rows["score"], bins=100, alpha=0.5, label=label)
        axes.legend()
        figure.savefig(folder / f"scores_by_{name}.png")


def draw_losses(histories: dict, folder: Path) -> None:
    figure, axes = plt.subplots()
    for name, history in histories.items():
        train, validation = zip(*history, strict=True)
        axes.plot(train, "--", label=f"{name}, train")
        axes.plot(validation, label=f"{name}, validation")
    axes.legend()
    figure.savefig(folder / "losses.png")


def draw_parity(truth: list[float], predictions: dict, folder: Path) -> None:
    figure, axes = plt.subplots(1, len(predictions), figsize=(10, 5))
    for panel, (name, guessed) in zip(axes, predictions.items(), strict=True):
        panel.scatter(truth, guessed, s=2, alpha=0.2)
        panel.set_title(f"{name}, R2 = {r2_score(truth, guessed):.3f}")
    figure.savefig(folder / "parity.png")


def draw_filters(network: Cnn, results: list[list[str]], folder: Path) -> None:
    figure, axes = plt.subplots(8, 4, figsize=(12, 20))
    for panel, weights in zip(axes.flat, network.scan[0].weight.detach(), strict=True):
        panel.imshow(weights, cmap="gray")
    figure.savefig(folder / "filters.png")
    figure, axes = plt.subplots(8, 4, figsize=(12, 20))
    for panel, sites in zip(axes.flat, results, strict=True):
        if sites:
            counts = logomaker.alignment_to_matrix(sites)
            information = logomaker.transform_matrix(
                counts, from_type="counts", to_type="information"
            )
            logomaker.Logo(information, ax=panel)
    figure.savefig(folder / "logos.png")


def main(folder: Path) -> None:
    table = scored()
    parts = split(table)
    draw_scores(table, parts, folder)
    train, validation = (OneHots(part) for part in parts[:2])
    test = parts[2]
    networks, histories, predictions = {}, {}, {}
    for name, network in {"linear": Linear(), "cnn": Cnn()}.items():
        networks[name], histories[name] = trained(network, train, validation)
        predictions[name] = predicted(networks[name], test["seq"].tolist())
    draw_losses(histories, folder)
    draw_parity(test["score"].tolist(), predictions, folder)
    sites = subsequences(networks["cnn"], test["seq"].tolist()[:SCANNED])
    draw_filters(networks["cnn"], sites, folder)
    for name, guessed in predictions.items():
        print(f"{name}: R2 {r2_score(test['score'], guessed):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
