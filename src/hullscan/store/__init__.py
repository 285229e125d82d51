"""Schema, migrations and SQL: the only room that knows SQLite from PostgreSQL."""
