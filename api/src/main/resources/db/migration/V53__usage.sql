-- What VMs used, as intervals of the database's own time. A trigger in the transaction that changes a VM begins and ends
-- them, so each second is counted once whatever crashes. Rows are only ever added and ended.

CREATE TABLE usage_interval (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id     uuid        NOT NULL,
    vm_id        uuid        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('running', 'suspended', 'disk')),
    cpus         int         NOT NULL,
    memory_bytes bigint      NOT NULL,
    disk_bytes   bigint      NOT NULL,
    began_at     timestamptz NOT NULL,
    ended_at     timestamptz,
    CHECK (ended_at >= began_at)
);
CREATE UNIQUE INDEX usage_open ON usage_interval (vm_id, kind) WHERE ended_at IS NULL;
CREATE INDEX usage_owner ON usage_interval (owner_id, began_at);

-- One row: when an API was last at work. Nobody pays for time in which none was, nor for a clock that jumps.
CREATE TABLE usage_heartbeat (
    single boolean     PRIMARY KEY DEFAULT true CHECK (single),
    at   timestamptz NOT NULL
);
INSERT INTO usage_heartbeat (at) VALUES (now());

-- Now, but never long after the last heartbeat.
CREATE FUNCTION usage_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT least(now(), at + interval '2 minutes') FROM usage_heartbeat
$$;

CREATE FUNCTION usage_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted text[] := ARRAY[]::text[];
BEGIN
    IF NEW.state IN ('running', 'suspending', 'stopping') THEN
        wanted := wanted || 'running'::text;
    END IF;
    IF NEW.state = 'suspended' THEN
        wanted := wanted || 'suspended'::text;
    END IF;
    IF NEW.state NOT IN ('requested', 'deleted') THEN
        wanted := wanted || 'disk'::text;
    END IF;
    UPDATE usage_interval SET ended_at = greatest(began_at, usage_now())
    WHERE vm_id = NEW.id AND ended_at IS NULL
          AND (kind <> ALL (wanted)
               OR (cpus, memory_bytes, disk_bytes) IS DISTINCT FROM (NEW.cpus, NEW.memory_bytes, NEW.disk_bytes));
    INSERT INTO usage_interval (owner_id, vm_id, kind, cpus, memory_bytes, disk_bytes, began_at)
    SELECT NEW.owner_id, NEW.id, kind, NEW.cpus, NEW.memory_bytes, NEW.disk_bytes, now()
    FROM unnest(wanted) AS kind
    WHERE NOT EXISTS (SELECT 1 FROM usage_interval running
                      WHERE running.vm_id = NEW.id AND running.kind = kind.kind AND running.ended_at IS NULL);
    RETURN NULL;
END
$$;

CREATE TRIGGER vm_usage AFTER INSERT OR UPDATE OF state, cpus, memory_bytes, disk_bytes ON vm
    FOR EACH ROW EXECUTE FUNCTION usage_follow();

-- Says that an API is at work. After a long silence, what was open ends where the silence began and begins again now.
CREATE FUNCTION usage_beat() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    last timestamptz;
    silent boolean;
BEGIN
    SELECT at INTO last FROM usage_heartbeat FOR UPDATE;
    silent := now() > last + interval '2 minutes';
    IF silent THEN
        WITH ended AS (
            UPDATE usage_interval SET ended_at = greatest(began_at, last) WHERE ended_at IS NULL RETURNING *
        )
        INSERT INTO usage_interval (owner_id, vm_id, kind, cpus, memory_bytes, disk_bytes, began_at)
        SELECT owner_id, vm_id, kind, cpus, memory_bytes, disk_bytes, now() FROM ended;
    END IF;
    UPDATE usage_heartbeat SET at = now();
    RETURN silent;
END
$$;

-- VMs that are there already count from now on.
UPDATE vm SET state = state WHERE state <> 'deleted';
