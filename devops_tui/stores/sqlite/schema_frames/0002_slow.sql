-- Answers to slow questions, and which hosts screens look at.
CREATE TABLE survey (
  host TEXT PRIMARY KEY,
  body TEXT NOT NULL       -- a survey, by the codec of the durable store
);

CREATE TABLE look (
  host TEXT PRIMARY KEY,
  at_s REAL NOT NULL         -- seconds since 1970, of the screen's clock
) WITHOUT ROWID;
