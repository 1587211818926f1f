"""The embedded store: one SQLite file per workspace for what must last, one for live figures."""
