"""Indices of FASTA files, as `samtools faidx` writes them: made, and held against their file.

An index says where each contig's letters begin and how long its lines are. One of another file
would give letters of another place, without an error. So it counts only where every contig begins
behind a header with its name, and ends where the next header or the file's end stands.
"""

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import pysam

from seq2score.errors import InputError
from seq2score.sequences.delimited import opened

LONGEST_HEADER = 1 << 20  # bytes between the letters of two contigs
BLOCK_HEADER = 18  # bytes of a block of bgzip, the last two of which say how many there are


def fits(path: Path, index: Path, blocks: Path | None) -> bool:
    """Whether an index is that of a FASTA file. blocks: where it is packed, the index of those."""
    try:
        with path.open("rb") as file:
            content = _Packed(file, blocks) if blocks else _Plain(file)
            return _is_index_of(content, index.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError, IndexError, ZeroDivisionError, struct.error, zlib.error):
        return False


def _is_index_of(content: "_Plain | _Packed", lines: list[str]) -> bool:
    """Whether headers stand wherever an index has no letters, and nothing else does."""
    end = 0
    for line in lines:
        name, *numbers = line.split("\t")
        length, start, letters, width = map(int, numbers[:4])
        if not _is_header(content.read(end, start - end), name):
            return False
        end = start + (length // letters * width + length % letters if length else 0)
    rest = content.read(end - 1, LONGEST_HEADER)  # from the last letter on
    return bool(lines and rest) and _is_header(rest[1:], None)


def _is_header(text: bytes, name: str | None) -> bool:
    """Whether bytes are headers alone, the last of them that of a contig; None for any or none."""
    headers = [line.strip() for line in text.split(b"\n")]
    if not all(line.startswith(b">") for line in headers if line):
        return False
    if name is None:
        return True
    return text.endswith(b"\n") and headers[-2].split()[0] == b">" + name.encode()


class _Plain:
    """Bytes of a file."""

    def __init__(self, file: BinaryIO):
        self.file = file

    def read(self, start: int, size: int) -> bytes:
        """So many of them, or those that there are."""
        if not 0 <= size <= LONGEST_HEADER:
            raise ValueError("no header")
        self.file.seek(start)
        return self.file.read(size)


class _Packed:
    """Bytes of what a file has packed by bgzip, by the index of its blocks."""

    def __init__(self, file: BinaryIO, blocks: Path):
        self.file = file
        (count,), content = struct.unpack_from("<Q", data := blocks.read_bytes()), 8
        pairs = struct.unpack_from(f"<{2 * count}Q", data, content)
        self.packed, self.plain = [0, *pairs[::2]], [0, *pairs[1::2]]
        self.block = lru_cache(4)(self._block)

    def read(self, start: int, size: int) -> bytes:
        """So many of them, or those that there are."""
        if not 0 <= size <= LONGEST_HEADER:
            raise ValueError("no header")
        number = bisect_right(self.plain, start) - 1
        skipped, position, data = start - self.plain[number], self.packed[number], b""
        while len(data) < skipped + size:
            more, position = self.block(position)
            if not more:
                break
            data += more
        return data[skipped : skipped + size]

    def _block(self, position: int) -> tuple[bytes, int]:
        """What a block holds, and where the next one begins."""
        self.file.seek(position)
        header = self.file.read(BLOCK_HEADER)
        if not header:
            return b"", position
        size = int.from_bytes(header[16:18], "little") + 1
        return zlib.decompress(header + self.file.read(size - BLOCK_HEADER), 31), position + size


def make(path: Path, packed: bool, index: Path, blocks: Path) -> None:
    """Write the index of a FASTA file and, where it is packed, that of its blocks.

    Raises
    ------
    InputError
        For a file that has none, with the line that is to blame.
    """
    options = ["--fai-idx", str(index), *(["--gzi-idx", str(blocks)] if packed else [])]
    try:
        pysam.faidx(*options, str(path))
    except pysam.SamtoolsError:
        index.write_text("".join(_indexed(path)), encoding="utf-8")
        if packed:
            blocks.write_bytes(_index_of_blocks(path))


def _index_of_blocks(path: Path) -> bytes:
    """The index of a file's blocks as `bgzip --reindex` writes it: where each begins, packed and
    plain, but for the first."""
    starts, plain, size = [], 0, path.stat().st_size
    with path.open("rb") as file:
        while (packed := file.tell()) < size:
            length = int.from_bytes(file.read(BLOCK_HEADER)[16:18], "little") + 1
            file.seek(packed + length - 4)
            letters = int.from_bytes(file.read(4), "little")
            starts += [packed, plain] if letters and plain else []
            plain += letters
    return struct.pack(f"<Q{len(starts)}Q", len(starts) // 2, *starts)


UNEVEN = (
    "this is no FASTA that can be indexed: the lines of a sequence must all be as long as its "
    "first, but for the last one, and none may be blank"
)


def _indexed(path: Path) -> Iterator[str]:
    """The lines of the index of a file that samtools refuses, as one whose last contig is empty.

    Raises InputError for the line that is to blame.
    """
    name, start, end, length, ended = "", 0, 0, 0, False
    first: tuple[int, int] | None = None  # letters and bytes of the contig's lines
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            letters = len(line.rstrip(b"\r\n"))
            end += len(line)
            if line.startswith(b">"):
                if first:
                    yield f"{name}\t{length}\t{start}\t{first[0]}\t{first[1]}\n"
                name = (line[1:].split() or [b""])[0].decode()
                first, start, length, ended = None, end, 0, False
            elif letters:
                first = first or (letters, len(line))
                if ended or letters > first[0]:
                    raise InputError(f"{path}, line {number}: {UNEVEN}")
                length += letters
                ended = (letters, len(line)) != first
            else:
                ended = True
    if first:
        yield f"{name}\t{length}\t{start}\t{first[0]}\t{first[1]}\n"
