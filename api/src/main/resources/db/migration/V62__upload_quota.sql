-- Room for files on their way: taken before their first byte comes, given back when they are whole or given up. One that
-- is not renewed has lost its process and counts no more.
CREATE TABLE upload_reservation (
    id         uuid        PRIMARY KEY,
    owner_id   uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    bytes      bigint      NOT NULL CHECK (bytes >= 0),
    expires_at timestamptz NOT NULL
);
CREATE INDEX upload_reservation_owner ON upload_reservation (owner_id);
