"""The rows of a store, in SQL that SQLite and PostgreSQL both take, over one small Protocol."""
