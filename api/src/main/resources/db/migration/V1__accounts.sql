-- Accounts and their logins. Postgres is the truth; Redis only repeats what may vanish.

CREATE TABLE account (
    id            uuid        PRIMARY KEY,
    username      text        NOT NULL,             -- as its owner wrote it
    username_key  text        NOT NULL UNIQUE,      -- NFKC, casefolded: what must be unique
    email         text,
    password_hash text        NOT NULL,             -- Argon2id, encoded with its parameters
    role          text        NOT NULL CHECK (role IN ('user', 'operator', 'admin')),
    disabled      boolean     NOT NULL DEFAULT false,
    -- Empty means the default of the configuration.
    quota_running_vms int     CHECK (quota_running_vms >= 0),
    quota_vcpus       int     CHECK (quota_vcpus >= 0),
    quota_memory_mib  int     CHECK (quota_memory_mib >= 0),
    quota_disk_bytes  bigint  CHECK (quota_disk_bytes >= 0),
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- One row per login (what people call a session with Oriel): the family of its refresh tokens.
CREATE TABLE login (
    id               uuid        PRIMARY KEY,
    account_id       uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- The one live refresh token is number refresh_number, made at rotated_at: kept as SHA-256 in hex. The one before it
    -- stays good for a few seconds, and only gives the same successor again.
    refresh_number   int         NOT NULL,
    refresh_hash     text        NOT NULL,
    previous_hash    text,
    rotated_at       timestamptz NOT NULL DEFAULT now(),
    expires_at       timestamptz NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    last_used_at     timestamptz NOT NULL DEFAULT now(),
    address          text        NOT NULL,
    user_agent       text        NOT NULL DEFAULT '',
    revoked_at       timestamptz,
    revoked_why      text        CHECK (revoked_why IN ('logout', 'reuse', 'password', 'admin')),
    announced        boolean     NOT NULL DEFAULT false   -- whether the gateways were told of the end
);

CREATE INDEX login_account ON login (account_id) WHERE revoked_at IS NULL;
CREATE INDEX login_expiry ON login (expires_at);
CREATE INDEX login_unannounced ON login (revoked_at) WHERE revoked_at IS NOT NULL AND NOT announced;
