-- An API token is a login without a password: it is listed, revoked and announced to gateways like one, but it has a
-- name, scopes and an end that its owner chose, and no refresh tokens. Of the token only the SHA-256 is kept.
ALTER TABLE login
    ADD COLUMN kind         text NOT NULL DEFAULT 'login' CHECK (kind IN ('login', 'token')),
    ADD COLUMN token_hash   text UNIQUE,
    ADD COLUMN token_name   text,
    ADD COLUMN token_hint   text,                       -- its last characters, to tell tokens apart
    ADD COLUMN token_scopes text,                       -- separated by spaces
    ALTER COLUMN refresh_number SET DEFAULT 0,
    ALTER COLUMN refresh_hash DROP NOT NULL,
    ADD CONSTRAINT login_is_whole CHECK (
        CASE kind
            WHEN 'login' THEN refresh_hash IS NOT NULL AND token_hash IS NULL
            ELSE refresh_hash IS NULL AND token_hash IS NOT NULL AND token_name IS NOT NULL
                 AND token_hint IS NOT NULL AND token_scopes IS NOT NULL
        END);
