-- What use costs, and what may be spent.

-- Bytes that were uploaded: a trigger writes them in the transaction that makes the file, so each is counted once
-- whatever crashes. Rows are only ever added, and stay when the file goes.
CREATE TABLE usage_upload (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id  uuid        NOT NULL,
    upload_id uuid        NOT NULL UNIQUE,
    bytes     bigint      NOT NULL CHECK (bytes >= 0),
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX usage_upload_owner ON usage_upload (owner_id, at);

CREATE FUNCTION usage_of_upload() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO usage_upload (owner_id, upload_id, bytes) VALUES (NEW.owner_id, NEW.id, NEW.size_bytes);
    RETURN NULL;
END
$$;
CREATE TRIGGER upload_usage AFTER INSERT ON upload FOR EACH ROW EXECUTE FUNCTION usage_of_upload();

INSERT INTO usage_upload (owner_id, upload_id, bytes, at) SELECT owner_id, id, size_bytes, created_at FROM upload;

ALTER TABLE account
    -- Of one month (UTC), in the currency of the price list; empty: no limit.
    ADD COLUMN budget        numeric(14, 2) CHECK (budget >= 0),
    ADD COLUMN budget_action text NOT NULL DEFAULT 'suspend' CHECK (budget_action IN ('warn', 'suspend', 'stop')),
    -- The first day of the month in which was last warned, and in which it was last spent.
    ADD COLUMN budget_warned date,
    ADD COLUMN budget_spent  date;
CREATE INDEX account_budget ON account (id) WHERE budget IS NOT NULL;
