-- Share links: somebody without an account opens one VM's console. The token itself is kept nowhere.

CREATE TABLE share (
    id            uuid        PRIMARY KEY,
    vm_id         uuid        NOT NULL REFERENCES vm (id) ON DELETE CASCADE,
    owner_id      uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    token_hash    text        NOT NULL UNIQUE CHECK (token_hash ~ '^[0-9a-f]{64}$'),   -- SHA-256 of 256 random bits
    password_hash text,                                   -- Argon2id, encoded with its parameters
    mode          text        NOT NULL CHECK (mode IN ('view', 'drive')),
    expires_at    timestamptz NOT NULL,
    max_uses      int         CHECK (max_uses > 0),
    uses          int         NOT NULL DEFAULT 0 CHECK (uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)),
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz,
    announced     boolean     NOT NULL DEFAULT false      -- whether the gateways were told of the end
);

CREATE INDEX share_vm ON share (vm_id, created_at);
CREATE INDEX share_expiry ON share (expires_at);
CREATE INDEX share_unannounced ON share (revoked_at) WHERE revoked_at IS NOT NULL AND NOT announced;

-- One visitor of a link. Who comes back with its key, after a lost connection, uses the link up no further.
CREATE TABLE share_visit (
    share_id   uuid        NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    key_hash   text        NOT NULL CHECK (key_hash ~ '^[0-9a-f]{64}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (share_id, key_hash)
);
