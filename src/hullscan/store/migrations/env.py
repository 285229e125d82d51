"""Alembic's entry: always run by `hullscan.store.revisions` on its connection and in its transaction."""

from alembic import context

from hullscan.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
