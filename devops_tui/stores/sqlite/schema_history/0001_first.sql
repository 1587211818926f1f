-- Figures over time. A rowid table: blobs do badly in one without.
CREATE TABLE block (
  host TEXT NOT NULL,
  step INTEGER NOT NULL,    -- seconds between two points; 0 for samples
  start INTEGER NOT NULL,   -- milliseconds since 1970 of the first point
  last INTEGER NOT NULL,    -- and of the last one
  body BLOB NOT NULL
);
CREATE INDEX block_by_host ON block (host, step, start);
CREATE INDEX block_by_age ON block (step, start);
