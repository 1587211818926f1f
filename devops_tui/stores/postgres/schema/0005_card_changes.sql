-- What operators did to cards; undo and redo walk along it.
CREATE TABLE card_change (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  actor TEXT NOT NULL,
  card_id TEXT NOT NULL,
  together BIGINT NOT NULL,  -- changes of one number go together
  is_undone BIGINT NOT NULL,
  rev_before BIGINT NOT NULL,
  rev_after BIGINT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX card_change_actor ON card_change (actor, together);
CREATE INDEX card_change_card ON card_change (card_id);
