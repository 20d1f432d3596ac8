-- Who did what that matters for security. Append-only: nothing updates it, only age removes rows.
CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    act        text        NOT NULL,
    actor_id   uuid,                                    -- who did it, if somebody was signed in
    account_id uuid,                                    -- whose account it concerns
    address    text,
    request_id text,
    detail     text        NOT NULL DEFAULT ''          -- for people; never a secret
);
CREATE INDEX audit_account ON audit (account_id, id DESC);
CREATE INDEX audit_at ON audit (at);

-- Codes that let somebody make an account while registration is by invitation. Only their SHA-256 is kept.
CREATE TABLE invitation (
    id         uuid        PRIMARY KEY,
    code_hash  text        NOT NULL UNIQUE,
    note       text        NOT NULL DEFAULT '',
    made_by    uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    max_uses   int         NOT NULL CHECK (max_uses > 0),
    uses       int         NOT NULL DEFAULT 0,
    CHECK (uses <= max_uses)
);

CREATE INDEX account_admin ON account (id) WHERE role = 'admin';
