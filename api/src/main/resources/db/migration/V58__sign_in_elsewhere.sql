-- Accounts whose owners sign in at an OpenID provider: who they are there. Such an account has no password.
CREATE TABLE oidc_identity (
    issuer     text        NOT NULL,
    subject    text        NOT NULL,                    -- stable and unique at the issuer, unlike a name or an address
    account_id uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX oidc_identity_account ON oidc_identity (account_id);

-- Secrets of second factors are kept sealed (AES-GCM under oriel.api.seal-key): "v1." and base64url. Older ones without
-- that mark are sealed by the API when it starts.
