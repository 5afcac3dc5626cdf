"""The user's VCF with what models say of each allele, in INFO fields."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pysam

from seq2score.sequences.vcf import Vcf

PREFIX = "seq2score_"
MEANING = {
    "reference_prediction": "Prediction with REF",
    "alternative_prediction": "Prediction with ALT",
    "effect": "Effect: ALT minus REF, of classes in log-odds",
    "effect_sd": "Standard deviation of the effect between trainings",
    "effect_lower": "Lower end of the interval of the effect",
    "effect_upper": "Upper end of the interval of the effect",
}


def fields(columns: list[str]) -> dict[str, tuple[str, str]]:
    """The INFO key of each column that gets one (of letters, digits and _), and its meaning."""
    found = {}
    for column in columns:
        for name in sorted(MEANING, key=len, reverse=True):
            if column == name or column.startswith(f"{name}_"):
                output = column.removeprefix(name).removeprefix("_")
                key = "".join(c if c.isalnum() and c.isascii() else "_" for c in PREFIX + column)
                found[column] = key, MEANING[name] + (f" ({output})" if output else "")
                break
    return found


def annotate(source: Vcf, scored: Iterator[pa.Table], path: str | Path) -> None:
    """Write every record of the source in its order, with the fields of alleles that were scored.

    scored: tables with the column `record`, the number of the allele in the source, ascending, and
    those of `effects.score`. An allele that was not scored has '.', a record without any no field.
    """
    rows = (
        dict(zip(table.column_names, values, strict=True))
        for table in scored
        for values in zip(*(column.to_pylist() for column in table.columns), strict=True)
    )
    row = next(rows, None)
    names = fields([*row] if row else [])
    records = source.records()
    first = next(records, None)
    if first is None:
        raise ValueError(f"{source.path} holds no record")
    header = first.header
    for key, meaning in names.values():
        header.add_line(f'##INFO=<ID={key},Number=A,Type=Float,Description="{meaning}">')
    allele = 0
    with pysam.VariantFile(str(path), "w", header=header) as file:
        record = first
        while record is not None:
            count = len(record.alts or ".")
            values = {key: [None] * count for key, _ in names.values()}
            seen = False
            while row and row["record"] < allele + count:
                seen = True
                for column, (key, _) in names.items():
                    values[key][row["record"] - allele] = row[column]
                row = next(rows, None)
            if seen:
                for key, numbers in values.items():
                    if any(number is not None for number in numbers):
                        record.info[key] = numbers
            file.write(record)
            allele += count
            record = next(records, None)
