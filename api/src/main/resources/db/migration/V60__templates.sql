-- Templates made of users' images. The bytes lie in the upload directory under images/<sha256>, as they were given.

CREATE TABLE template (
    name          text        PRIMARY KEY,              -- with its tag: what hosts and VMs know it by
    owner_id      uuid        NOT NULL REFERENCES account (id),
    shown         text        NOT NULL,                 -- without: what people write
    public        boolean     NOT NULL,                 -- for everybody, or for its owner alone
    version       int         NOT NULL CHECK (version > 0),
    title         text        NOT NULL,
    description   text        NOT NULL,
    cpus          int         NOT NULL CHECK (cpus > 0),
    memory_bytes  bigint      NOT NULL CHECK (memory_bytes > 0),
    disk_bytes    bigint      NOT NULL CHECK (disk_bytes > 0),
    sha256        text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes    bigint      NOT NULL CHECK (size_bytes >= 0),
    format        text        NOT NULL CHECK (format IN ('qcow2', 'raw', 'vmdk', 'iso')),
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX template_public ON template (shown, version) WHERE public;
CREATE UNIQUE INDEX template_private ON template (owner_id, shown, version) WHERE NOT public;
CREATE INDEX template_image ON template (sha256);

-- What an image's disk measures for a guest; empty for plain files.
ALTER TABLE upload ADD COLUMN virtual_bytes bigint CHECK (virtual_bytes > 0);
UPDATE upload SET virtual_bytes = size_bytes WHERE kind = 'iso' AND size_bytes > 0;
