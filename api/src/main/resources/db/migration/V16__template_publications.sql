-- Disks of VMs on their way to become templates: a wish that survives whoever works on it.

CREATE TABLE template_publication (
    id           uuid        PRIMARY KEY,
    owner_id     uuid        NOT NULL REFERENCES account (id),
    shown        text        NOT NULL,
    public       boolean     NOT NULL,
    title        text        NOT NULL,
    description  text        NOT NULL,
    cpus         int         NOT NULL CHECK (cpus > 0),
    memory_bytes bigint      NOT NULL CHECK (memory_bytes > 0),
    disk_bytes   bigint      NOT NULL CHECK (disk_bytes > 0),
    snapshot_id  uuid        NOT NULL,
    -- Whether the snapshot was taken for this alone, and goes with it.
    own_snapshot boolean     NOT NULL,
    -- done: the template is there, or not wanted any more; the snapshot may still be.
    state        text        NOT NULL CHECK (state IN ('wanted', 'done', 'failed')),
    failure      text,
    attempts     int         NOT NULL DEFAULT 0,
    -- Until then somebody works on it, or nobody should.
    leased_until timestamptz NOT NULL DEFAULT now(),
    created_at   timestamptz NOT NULL DEFAULT now()
);

-- One at a time for everybody.
CREATE UNIQUE INDEX template_publication_owner ON template_publication (owner_id) WHERE state = 'wanted';
CREATE INDEX template_publication_due ON template_publication (leased_until) WHERE state <> 'failed';
