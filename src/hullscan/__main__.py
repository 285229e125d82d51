"""``hullscan`` and ``python -m hullscan``."""

import gc

# Start-up makes hundreds of thousands of objects that live to the end; looking through them again and again costs a fifth
# of a short command's time.
gc.set_threshold(50_000, 20, 100)

from hullscan.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
