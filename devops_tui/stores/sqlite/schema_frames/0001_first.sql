-- Live figures. Nothing here is worth a backup: the file may be deleted at any time.
CREATE TABLE frame (
  host TEXT PRIMARY KEY,
  rev INTEGER NOT NULL,    -- of the save that wrote it: readers decode only what is new
  link TEXT NOT NULL,
  at TEXT NOT NULL,
  retry_at TEXT,
  why TEXT NOT NULL,
  sample TEXT,             -- a flat JSON object
  trend BLOB NOT NULL      -- a byte for each ratio, in 250ths
) WITHOUT ROWID;

CREATE TABLE revision (value INTEGER NOT NULL);
INSERT INTO revision VALUES (0);
