-- Digest of the disc image made around an upload, for the drive of a running VM; known once it was needed.
ALTER TABLE upload ADD COLUMN disc_sha256 text CHECK (disc_sha256 ~ '^[0-9a-f]{64}$');
