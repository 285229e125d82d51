"""``hullscan`` and ``python -m hullscan``."""

from hullscan.cli import main

if __name__ == "__main__":
    main()
