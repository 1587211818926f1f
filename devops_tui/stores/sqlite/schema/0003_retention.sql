-- What is decided of a file in the repository: pinned, or pruned.
CREATE TABLE holding (digest TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;

-- Where events were pruned: the hash that the chain had before the event `seq`.
CREATE TABLE event_gap (seq INTEGER PRIMARY KEY, hash TEXT NOT NULL);
