-- A run belongs to one worker; each change of hands counts the fence up.
ALTER TABLE run ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
-- Who claimed a wish: when that worker is gone, nobody knows what came of it.
ALTER TABLE request ADD COLUMN claimed_by TEXT NOT NULL DEFAULT '';
