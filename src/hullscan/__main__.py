"""``hullscan`` and ``python -m hullscan``."""

import atexit
import gc

# A command makes millions of objects that live to its end and hardly any cycles: looking for these costs a fifth of its
# time. `hullscan serve` turns the collector on again. Python looks once more at the end, where nothing is left to gain.
gc.disable()
atexit.register(gc.freeze)

from hullscan.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
