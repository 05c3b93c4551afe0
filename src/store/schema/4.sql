-- Why a claim is what its verdict says, and the line that it may be the same as.
ALTER TABLE claim ADD COLUMN reason TEXT;
ALTER TABLE claim ADD COLUMN maybe INTEGER;
