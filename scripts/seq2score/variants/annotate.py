"""The user's VCF with what models say of each allele, in INFO fields."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from seq2score.sequences.vcf import Vcf

PREFIX = "seq2score_"
MEANING = {
    "reference_prediction": "Prediction with REF",
    "alternative_prediction": "Prediction with ALT",
    "effect": "Effect: ALT minus REF, of classes in log-odds",
    "effect_sd": "Spread of the effect over seeds, which is not its error",
    "effect_lower": "Lower end of the interval of the effect",
    "effect_upper": "Upper end of the interval of the effect",
    "p_positive": "Probability that the effect is above 0, calibrated on held-out pairs",
}


def fields(columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The INFO key of each column that gets one (of letters, digits and _), and its meaning."""
    by_name = {}
    for column in columns:
        for name in sorted(MEANING, key=len, reverse=True):
            if column == name or column.startswith(f"{name}_"):
                output = column.removeprefix(name).removeprefix("_")
                key = "".join(c if c.isalnum() and c.isascii() else "_" for c in PREFIX + column)
                by_name[column] = key, MEANING[name] + (f" ({output})" if output else "")
                break
    return by_name


def annotate(source: Vcf, scored: Iterator[pa.Table], path: str | Path) -> None:
    """Write the source again as VCF, every line as it stands, with fields for what was scored.

    Those that an annotation before has left are replaced. An allele that was not scored has '.', a
    record without any no field.

    Parameters
    ----------
    source
        The user's file.
    scored
        Tables with the column `record`, the number of the allele in the source, ascending, and
        those of `effects.score`.
    path
        The file to write.
    """
    rows = (
        dict(zip(table.column_names, values, strict=True))
        for table in scored
        for values in zip(*(column.to_pylist() for column in table.columns), strict=True)
    )
    row = next(rows, None)
    names = fields([*row] if row else [])
    keys = {key for key, _ in names.values()}
    allele = 0
    with Path(path).open("w", encoding="utf-8") as file:
        for line in source.lines():
            if line.startswith("#"):
                if line.startswith("#CHROM"):
                    file.writelines(_declared(*field) for field in names.values())
                declared = re.match(r"##INFO=<ID=([^,]*)", line)
                if not declared or declared[1] not in keys:
                    file.write(line + "\n")
                continue
            cells = line.split("\t")
            count = cells[4].count(",") + 1
            scores, texts = {}, []
            while row and row["record"] < allele + count:
                scores[row["record"] - allele] = row
                row = next(rows, None)
            if scores:
                texts = [
                    f"{key}={_values(scores, name, count)}" for name, (key, _) in names.items()
                ]
            cells[7] = ";".join([*_others(cells[7], keys), *texts]) or "."
            file.write("\t".join(cells) + "\n")
            allele += count


def _others(info: str, keys: set[str]) -> list[str]:
    """The fields of a record but those with some keys."""
    fields = [] if info == "." else info.split(";")
    return [field for field in fields if field.partition("=")[0] not in keys]


def _declared(key: str, meaning: str) -> str:
    return f'##INFO=<ID={key},Number=A,Type=Float,Description="{meaning}">\n'


def _values(scores: dict[int, dict], name: str, count: int) -> str:
    """The numbers of a record's alleles, '.' where there is none."""
    numbers = (scores.get(i, {}).get(name) for i in range(count))
    return ",".join("." if number is None else f"{number:.6g}" for number in numbers)
