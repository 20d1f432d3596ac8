-- Authenticator apps (TOTP, RFC 6238) as second factor, and codes for when the phone is lost.
CREATE TABLE second_factor (
    account_id   uuid        PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    secret       text        NOT NULL,              -- base64
    confirmed_at timestamptz,                           -- empty until a first code was right: not asked for before
    last_step    bigint      NOT NULL DEFAULT 0         -- a code works once: only those of later time steps do
);
CREATE TABLE recovery_code (
    account_id uuid NOT NULL REFERENCES second_factor (account_id) ON DELETE CASCADE,
    code_hash  text NOT NULL,                           -- SHA-256; a used one is deleted
    PRIMARY KEY (account_id, code_hash)
);
