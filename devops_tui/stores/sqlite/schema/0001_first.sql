-- Rows keep what queries need in columns and the whole object as JSON in `body`.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  hash TEXT NOT NULL  -- SHA-256 of the hash before and this body: an edit breaks the chain
);
CREATE INDEX event_subject ON event (subject, seq);

CREATE TABLE run (
  id TEXT PRIMARY KEY,
  pipeline TEXT NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  created_at TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (pipeline, number)
);
CREATE INDEX run_created ON run (created_at);
CREATE INDEX run_state ON run (state) WHERE state IN ('waiting', 'running', 'asking');

CREATE TABLE job (
  run_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  place INTEGER NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run_id, job_id)
) WITHOUT ROWID;

CREATE TABLE gate (
  run_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run_id, job_id)
) WITHOUT ROWID;

CREATE TABLE artifact (
  run_id TEXT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run_id, name)
) WITHOUT ROWID;
CREATE INDEX artifact_digest ON artifact (digest);

CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  host TEXT NOT NULL,
  place INTEGER NOT NULL,  -- offset of the first byte in its stream
  at TEXT NOT NULL,
  data BLOB NOT NULL,
  UNIQUE (run_id, job_id, attempt, host, place)
);

CREATE INDEX log_run ON log (run_id, seq);

CREATE TABLE baseline (
  pipeline TEXT NOT NULL,
  job_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  seq INTEGER PRIMARY KEY,
  hashes BLOB NOT NULL,
  UNIQUE (pipeline, job_id, run_id)
);

CREATE TABLE service (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE flip (
  id TEXT PRIMARY KEY,
  service TEXT NOT NULL,
  seq INTEGER NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX flip_service ON flip (service, seq);

CREATE TABLE card (
  id TEXT PRIMARY KEY,
  place TEXT NOT NULL,  -- the column's position and name
  rank REAL NOT NULL,
  rev INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX card_fingerprint ON card (fingerprint) WHERE fingerprint <> '';

CREATE TABLE incident (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  state TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX incident_open ON incident (fingerprint) WHERE state <> 'resolved';

CREATE TABLE request (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX request_state ON request (state, seq);

CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  fence INTEGER NOT NULL,
  expires_at TEXT NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE worker (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  started_at TEXT NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE client (
  id TEXT PRIMARY KEY,
  view TEXT NOT NULL,
  beat_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE command (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL
);
