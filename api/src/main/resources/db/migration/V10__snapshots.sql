-- Snapshots of VMs' disks: their names and who they belong to. What they are made of only their host knows.

CREATE TABLE vm_snapshot (
    id         uuid        PRIMARY KEY,
    vm_id      uuid        NOT NULL REFERENCES vm (id),
    owner_id   uuid        NOT NULL REFERENCES account (id),
    name       text        NOT NULL,
    -- taking: the host has not said yet that it has it; deleting: it may still have it.
    state      text        NOT NULL CHECK (state IN ('taking', 'ready', 'deleting')),
    -- As the host last said.
    parent_id  uuid,
    size_bytes bigint      NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),
    current    boolean     NOT NULL DEFAULT false,
    quiet      boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX vm_snapshot_name ON vm_snapshot (vm_id, lower(name)) WHERE state <> 'deleting';
CREATE INDEX vm_snapshot_owner ON vm_snapshot (owner_id);
CREATE INDEX vm_snapshot_unsettled ON vm_snapshot (changed_at) WHERE state <> 'ready';

-- The snapshot that a VM's disk is taken from, of its own or of another VM; the serial grows with every such wish.
ALTER TABLE vm
    ADD COLUMN source_vm       uuid,
    ADD COLUMN source_snapshot uuid,
    ADD COLUMN source_serial   bigint CHECK (source_serial > 0),
    ADD CONSTRAINT vm_source CHECK ((source_vm IS NULL) = (source_serial IS NULL)
        AND (source_snapshot IS NULL) = (source_serial IS NULL));
