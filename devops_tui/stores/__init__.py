"""Where state is kept: SQLite files, and the artifact repository beside them."""
