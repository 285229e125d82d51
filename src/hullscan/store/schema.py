"""The whole schema: `metadata` with every module of tables loaded."""

from hullscan.store.tables import accounts, content, feeds, inventories, places, reports, rules, settings
from hullscan.store.tables.columns import metadata

__all__ = ["accounts", "content", "feeds", "inventories", "metadata", "places", "reports", "rules", "settings"]
