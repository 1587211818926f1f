-- Answers to slow questions, and which hosts screens look at.
CREATE UNLOGGED TABLE survey (
  host TEXT COLLATE "C" PRIMARY KEY,
  body TEXT NOT NULL       -- a survey, by the codec of the durable store
);

CREATE UNLOGGED TABLE look (
  host TEXT COLLATE "C" PRIMARY KEY,
  at_s DOUBLE PRECISION NOT NULL         -- seconds since 1970, of the screen's clock
);
