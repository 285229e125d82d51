"""
The tables, as design.md's "State" names them; a module each for what belongs together.

Who needs few of them loads few: making all takes as long as starting the interpreter. `hullscan.store.schema` has all.
Migrations under `migrations/` bring a database to this shape.
"""
