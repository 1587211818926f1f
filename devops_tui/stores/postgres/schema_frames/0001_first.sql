-- Live figures. Unlogged: nothing here is worth a backup, and a crash of the server may empty it.
CREATE UNLOGGED TABLE frame (
  host TEXT COLLATE "C" PRIMARY KEY,
  rev BIGINT NOT NULL,    -- of the save that wrote it: readers decode only what is new
  link TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  retry_at TEXT COLLATE "C",
  why TEXT COLLATE "C" NOT NULL,
  sample TEXT COLLATE "C",             -- a flat JSON object
  trend BYTEA NOT NULL      -- a byte for each ratio, in 250ths
);

CREATE TABLE revision (value BIGINT NOT NULL);  -- logged: it must not begin again
INSERT INTO revision VALUES (0);
