"""``hullscan`` and ``python -m hullscan``."""

import gc

# A command makes millions of objects that live to its end and hardly any cycles: looking for these costs a fifth of its
# time. `hullscan serve` turns the collector on again.
gc.disable()

from hullscan.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
