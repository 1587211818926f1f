-- Issues of another tool that are cards here, and what it is still to be told.
CREATE TABLE tracker_issue (
  card_id TEXT PRIMARY KEY,
  issue_id TEXT NOT NULL UNIQUE,
  issue_key TEXT NOT NULL,
  synced_rev INTEGER NOT NULL,  -- of the card, up to which nothing waits to be sent
  clashes INTEGER NOT NULL,  -- questions that wait for a person
  is_left INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE TABLE tracker_outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,  -- the same intent has the same key
  card_id TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX tracker_outbox_card ON tracker_outbox (card_id, seq);
