"""
Speed as ratios, each measured beside a peer or a physical limit in the same run.

    make bench                          # a made-up image
    BENCH_IMAGE=DIR make bench          # any OCI layout, such as those of ../shared/tools/make-images.sh

Numbers in docs/bench.md were measured by this command.
"""

import os
import tempfile
from pathlib import Path

from bench import images, push, registry, reports, scans


def main() -> None:
    """Run all measurements and print one line each."""
    with tempfile.TemporaryDirectory(prefix="hullscan-bench-") as folder:
        root = Path(folder)
        image = Path(os.environ.get("BENCH_IMAGE") or images.made_up(root / "image"))
        print(f"image {image.name}: {images.describe(image)}")
        scans.measure(image, root)
        push.measure(image, root)
        reports.measure(root)
        registry.measure(image, root)


if __name__ == "__main__":
    main()
