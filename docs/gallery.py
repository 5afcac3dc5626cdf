"""The pictures of README and of the guides, from the results of `make gallery`."""

import shutil
import sys
from pathlib import Path

PICTURES = {
    "how_sure": "figures/coverage.png",
    "which_variant": "network/variants/scan.saturation.png",
    "what_to_order": "network/design/strong.png",
    "why": "network/attributions/motifs.png",
}


if __name__ == "__main__":
    results, pictures = map(Path, sys.argv[1:])
    pictures.mkdir(exist_ok=True)
    for name, path in PICTURES.items():
        shutil.copy2(results / path, pictures / f"{name}.png")
