"""Variants from VCF and BCF, read by htslib: a row an allele."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pysam

from seq2score.errors import InputError
from seq2score.sequences.delimited import opened, reading

ROWS_AT_ONCE = 1 << 15


class Vcf:
    """Alleles in the order of the file, as a table of text, a `Source`.

    Columns are `id` (that of the file, else `chr1:12:A>G`), `chromosome`, `position` (from 1),
    `ref`, `alt`, and INFO. Several alternatives of a record are a row each.

    Parameters
    ----------
    path
        Of the file.
    info
        Keys of INFO to read.

    Raises
    ------
    InputError
        For a file that is no VCF or BCF, or a key that it has not.
    """

    no_sequence = "is missing"
    literal_ids = True
    ragged = 0

    def __init__(self, path: Path, info: Iterable[str] = ()):
        self.path, self.info = path, list(info)
        with reading(path), path.open("rb"):
            file = self._opened()
        header = file.header
        self.unit = "record" if file.format == "BCF" else "line"
        self._refuse_two_in_one()
        for key in self.info:
            if key not in header.info:
                there = ", ".join([*header.info][:30])
                raise InputError(f"{path}: there is no INFO {key!r}. There are {there or 'none'}")
        self.columns = ["id", "chromosome", "position", "ref", "alt", *self.info]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The alleles; position as int64, INFO as text."""
        rows = []
        for number, record in enumerate(self.records(), 1):
            try:
                rows += self._alleles(record)
            except (KeyError, ValueError) as error:  # text that is not UTF-8, a damaged field
                raise InputError(f"{self.path}: record {number} cannot be read ({error})") from None
            if len(rows) >= ROWS_AT_ONCE:
                yield self._batch(rows)
                rows = []
        if rows:
            yield self._batch(rows)

    def _alleles(self, record: pysam.VariantRecord) -> list[tuple]:
        """The cells of each allele of a record."""
        texts = [_text(record.info.get(key)) for key in self.info]
        alternatives, rows = record.alts or (".",), []
        for i, alt in enumerate(alternatives):
            allele = f"{record.chrom}:{record.pos}:{record.ref}>{alt}"
            name = record.id or allele
            name += f":{alt}" if record.id and len(alternatives) > 1 else ""
            values = (t[i] if len(t) == len(alternatives) else ",".join(t) for t in texts)
            rows.append((name, record.chrom, record.pos, record.ref, alt, *values))
        return rows

    def records(self) -> Iterator[pysam.VariantRecord]:
        """Records as htslib gives them.

        Raises
        ------
        InputError
            Where it cannot.
        """
        number, verbosity = 0, pysam.set_verbosity(1)  # what a header lacks is nobody's concern
        try:
            for number, record in enumerate(self._opened(), 1):  # noqa: B007
                yield record
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path}: record {number + 1} cannot be read ({error})") from None
        finally:
            pysam.set_verbosity(verbosity)

    def _refuse_two_in_one(self) -> None:
        """Raise InputError for a line with more cells than the header, which htslib would pass
        over."""
        count = 0
        for number, line in enumerate(self.lines() if self.unit == "line" else (), 1):
            if line.startswith("#CHROM"):
                count = line.count("\t")
            elif not line.startswith("#") and (more := line.rstrip("\t").count("\t")) > count:
                raise InputError(
                    f"{self.path}, line {number}: has {more + 1} cells where the header has "
                    f"{count + 1}; do two records stand in one line?"
                )

    def lines(self) -> Iterator[str]:
        """The file as text, header and records, without line ends."""
        if self.unit == "line":
            with reading(self.path), opened(self.path) as file:
                for line in file:
                    yield line.decode().rstrip("\r\n")
            return
        yield from str(self._opened().header).splitlines()
        for record in self.records():
            yield str(record).rstrip("\n")

    def locate(self, records: Iterable[int]) -> tuple[list[int], list[tuple[int, str]]]:
        """Lines of alleles (records of BCF); no line is ragged."""
        chosen, allele = sorted(set(records)), 0
        numbers: list[int] = []
        first = self._first_line()
        for number, record in enumerate(self.records()):
            if len(numbers) == len(chosen):
                break
            allele += len(record.alts or ".")
            while len(numbers) < len(chosen) and chosen[len(numbers)] < allele:
                numbers.append(first + number)
        return numbers, []

    def _opened(self) -> pysam.VariantFile:
        verbosity = pysam.set_verbosity(0)
        try:
            return pysam.VariantFile(str(self.path))
        except NotImplementedError:
            raise InputError(
                f"{self.path}: packed by gzip, which htslib cannot read. Unpack it (`gunzip`), or "
                "pack it by bgzip: `gunzip -c FILE | bgzip > NEW`"
            ) from None
        except (OSError, ValueError):
            raise InputError(
                f"{self.path}: this is no VCF or BCF file. VCF begins with a line "
                "`##fileformat=VCFv4.2`; its header and rows are separated by tabs"
            ) from None
        finally:
            pysam.set_verbosity(verbosity)

    def _first_line(self) -> int:
        if self.unit == "record":
            return 1
        with opened(self.path) as file:
            return next((n for n, line in enumerate(file, 1) if not line.startswith(b"#")), 1)

    def _batch(self, rows: list[tuple]) -> pa.RecordBatch:
        kinds = [pa.int64() if name == "position" else pa.string() for name in self.columns]
        columns = map(pa.array, zip(*rows, strict=True), kinds)
        return pa.record_batch([*columns], self.columns)


def allele_problem(allele: str) -> str:
    """Why an allele cannot be scored, "" where it can: letters are A, C, G, T in capitals."""
    if re.fullmatch("[ACGT]+", allele):
        return ""
    if allele in ("", ".", "-"):
        return "has no letters; as in VCF, an allele has one at least: the one before a deletion"
    if allele == "*":
        return "is '*', a deletion that another record describes"
    if allele.startswith("<"):
        return "is symbolic; its letters are needed"
    if "[" in allele or "]" in allele:
        return "is a breakend; its letters are needed"
    if "N" in allele:
        return "holds N; the letters must be known"
    return "holds another letter than A, C, G, T"


def _text(value: object) -> list[str]:
    if value is None:
        return [""]
    values = value if isinstance(value, tuple) else [value]
    return ["" if v is None else f"{v:.7g}" if isinstance(v, float) else str(v) for v in values]


def open_source(path: Path, section: dict) -> Vcf:
    """The alleles, with the INFO that holds a measured effect."""
    return Vcf(path, [section["measured"]] if section.get("measured") else [])
