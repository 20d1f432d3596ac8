-- An address that does not answer must not fill the database: beyond a thousand waiting news it gets no further ones.
CREATE INDEX webhook_waiting ON webhook_delivery (webhook_id) WHERE done_at IS NULL;

CREATE OR REPLACE FUNCTION webhook_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_delivery (id, webhook_id, payload)
    SELECT gen_random_uuid(), webhook.id, jsonb_build_object(
        'type', 'vm.state',
        'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'data', jsonb_build_object('id', NEW.id, 'name', NEW.name, 'template', NEW.template,
                                   'state', NEW.state, 'previous', OLD.state, 'reason', NEW.reason))
    FROM webhook
    WHERE webhook.owner_id = NEW.owner_id AND webhook.disabled_at IS NULL
        AND (SELECT count(*) FROM (SELECT FROM webhook_delivery waiting
                WHERE waiting.webhook_id = webhook.id AND waiting.done_at IS NULL LIMIT 1000) AS backlog) < 1000;
    RETURN NULL;
END
$$;
