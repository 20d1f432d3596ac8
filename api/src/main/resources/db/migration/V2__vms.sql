-- VMs: what is desired of them and what was last observed. Deleted ones stay as tombstones.

CREATE TABLE vm (
    id            uuid        PRIMARY KEY,
    owner_id      uuid        NOT NULL REFERENCES account (id),
    name          text        NOT NULL,
    template      text        NOT NULL,
    cpus          int         NOT NULL CHECK (cpus > 0),
    memory_bytes  bigint      NOT NULL CHECK (memory_bytes > 0),
    disk_bytes    bigint      NOT NULL CHECK (disk_bytes >= 0),
    iso           text,                                 -- SHA-256 of the disc to boot from
    when_unwatched text       NOT NULL CHECK (when_unwatched IN ('run', 'pause', 'suspend')),

    desired       text        NOT NULL CHECK (desired IN ('running', 'stopped', 'suspended', 'deleted')),
    force         boolean     NOT NULL DEFAULT false,
    -- Grows with every change of wish. Observations of other generations are ignored.
    generation    bigint      NOT NULL CHECK (generation > 0),

    state         text        NOT NULL CHECK (state IN ('requested', 'provisioning', 'starting', 'running', 'suspending',
                                  'suspended', 'stopping', 'stopped', 'failed', 'lost', 'deleting', 'deleted')),
    host          text,
    reason        text,
    boot_millis   bigint,
    started_at    timestamptz,
    -- Whether a host has reported this generation's goal as reached or failed.
    settled       boolean     NOT NULL DEFAULT false,

    created_at    timestamptz NOT NULL DEFAULT now(),
    changed_at    timestamptz NOT NULL DEFAULT now(),
    revision      bigint      NOT NULL DEFAULT 1,       -- compare-and-set: grows with every write
    -- When the reconciler looks at an unsettled VM next, and how often it has for this generation.
    due_at        timestamptz NOT NULL DEFAULT now() + interval '2 seconds',
    attempts      int         NOT NULL DEFAULT 0
);

-- A name is free again as soon as the VM is being deleted.
CREATE UNIQUE INDEX vm_name ON vm (owner_id, lower(name)) WHERE desired <> 'deleted';
CREATE INDEX vm_owner ON vm (owner_id, created_at, id) WHERE state <> 'deleted';
CREATE INDEX vm_unsettled ON vm (due_at) WHERE NOT settled AND state <> 'deleted';
CREATE INDEX vm_host ON vm (host) WHERE state <> 'deleted';

-- Wishes on their way to the queue: written with the VM, deleted once the queue has them.
CREATE TABLE vm_outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vm_id      uuid        NOT NULL,
    generation bigint      NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- What an Idempotency-Key has made.
CREATE TABLE vm_idempotency (
    owner_id    uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    key         text        NOT NULL,
    fingerprint text        NOT NULL,                   -- SHA-256 of the request
    vm_id       uuid        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner_id, key)
);
CREATE INDEX vm_idempotency_age ON vm_idempotency (created_at);
