-- What is decided of a file in the repository: pinned, or pruned.
CREATE TABLE holding (digest TEXT COLLATE "C" PRIMARY KEY, body TEXT COLLATE "C" NOT NULL);

-- Where events were pruned: the hash that the chain had before the event `seq`.
CREATE TABLE event_gap (seq BIGINT PRIMARY KEY, hash TEXT COLLATE "C" NOT NULL);
