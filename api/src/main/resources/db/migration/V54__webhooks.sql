-- Addresses that hear of an owner's VMs. A trigger queues the news in the transaction that makes them.
CREATE TABLE webhook (
    id          uuid        PRIMARY KEY,
    owner_id    uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    url         text        NOT NULL,
    secret      text        NOT NULL,                   -- signs what is sent: must be known, so it is no hash
    created_at  timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz                             -- after too many failures in a row
);
CREATE INDEX webhook_owner ON webhook (owner_id);

CREATE TABLE webhook_delivery (
    id         uuid        PRIMARY KEY,
    webhook_id uuid        NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    payload    jsonb       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at     timestamptz NOT NULL DEFAULT now(),
    attempts   int         NOT NULL DEFAULT 0,
    done_at    timestamptz,                             -- arrived, or given up
    outcome    text                                     -- of the last try, for people
);
CREATE INDEX webhook_due ON webhook_delivery (due_at) WHERE done_at IS NULL;
CREATE INDEX webhook_deliveries ON webhook_delivery (webhook_id, created_at DESC);

CREATE FUNCTION webhook_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_delivery (id, webhook_id, payload)
    SELECT gen_random_uuid(), webhook.id, jsonb_build_object(
        'type', 'vm.state',
        'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'data', jsonb_build_object('id', NEW.id, 'name', NEW.name, 'template', NEW.template,
                                   'state', NEW.state, 'previous', OLD.state, 'reason', NEW.reason))
    FROM webhook WHERE webhook.owner_id = NEW.owner_id AND webhook.disabled_at IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER vm_webhook AFTER UPDATE OF state ON vm
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION webhook_follow();
