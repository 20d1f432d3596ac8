-- Quotas of everything else that one may have. Nothing is added up and kept: what somebody has is counted from the rows
-- themselves, under a lock on the account, so it cannot drift from them.

ALTER TABLE account
    ADD COLUMN quota_snapshots    int    CHECK (quota_snapshots >= 0),
    ADD COLUMN quota_upload_files int    CHECK (quota_upload_files >= 0),
    ADD COLUMN quota_upload_bytes bigint CHECK (quota_upload_bytes >= 0),
    ADD COLUMN quota_consoles     int    CHECK (quota_consoles >= 0);

-- Room for consoles: taken with the ticket, kept while the gateway lists the console, given back when it does no more.
CREATE TABLE console_lease (
    ticket_id  uuid        PRIMARY KEY,
    owner_id   uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    host       text        NOT NULL,
    open       boolean     NOT NULL DEFAULT false,    -- its gateway has listed it
    expires_at timestamptz NOT NULL
);
CREATE INDEX console_lease_owner ON console_lease (owner_id);
