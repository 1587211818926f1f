-- The board in its order without reading what the cards say.
CREATE INDEX card_order ON card (place, rank, id, rev);
