-- What operators did to cards; undo and redo walk along it.
CREATE TABLE card_change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  actor TEXT NOT NULL,
  card_id TEXT NOT NULL,
  together INTEGER NOT NULL,  -- changes of one number go together
  is_undone INTEGER NOT NULL,
  rev_before INTEGER NOT NULL,
  rev_after INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX card_change_actor ON card_change (actor, together);
CREATE INDEX card_change_card ON card_change (card_id);
