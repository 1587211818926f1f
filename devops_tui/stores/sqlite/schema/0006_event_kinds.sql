-- Figures are made of a few kinds of events, read without a look at the others.
CREATE INDEX event_kind ON event (kind, seq);
