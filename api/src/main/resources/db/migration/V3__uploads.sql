-- Files given to /post. The bytes lie in the upload directory under the upload's id; this is the truth about them.

CREATE TABLE upload (
    id         uuid        PRIMARY KEY,
    owner_id   uuid        NOT NULL REFERENCES account (id),
    name       text        NOT NULL,              -- display text, never a path
    size_bytes bigint      NOT NULL CHECK (size_bytes >= 0),
    sha256     text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    kind       text        NOT NULL CHECK (kind IN ('iso', 'disk', 'file')),
    format     text        CHECK (format IN ('qcow2', 'raw', 'vmdk', 'iso')),
    state      text        NOT NULL CHECK (state IN ('ready', 'converting', 'failed')),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX upload_owner ON upload (owner_id, created_at DESC, id);
