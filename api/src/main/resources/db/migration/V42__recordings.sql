-- Recordings of VMs' screens. Their bytes are with the host's gateway; what is there and not here goes away.

CREATE TABLE recording (
    id            uuid        PRIMARY KEY,
    vm_id         uuid        NOT NULL REFERENCES vm (id) ON DELETE CASCADE,
    owner_id      uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    host          text        NOT NULL,
    state         text        NOT NULL CHECK (state IN ('recording', 'ended', 'deleting')),
    by_template   boolean     NOT NULL,                     -- asked for by its template's rule, not by its owner
    reason        text,                                     -- why it ended
    started_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    length_millis bigint      NOT NULL DEFAULT 0,
    bytes         bigint      NOT NULL DEFAULT 0,
    max_bytes     bigint      NOT NULL
);

CREATE UNIQUE INDEX recording_live ON recording (vm_id) WHERE state = 'recording';
CREATE INDEX recording_vm ON recording (vm_id, started_at);
CREATE INDEX recording_owner ON recording (owner_id);
CREATE INDEX recording_host ON recording (host);
