-- Most writes to a VM neither begin nor end anything that is counted: they no longer ask. The others look only at what
-- they begin or end.
DROP TRIGGER vm_usage ON vm;

CREATE FUNCTION usage_kinds(state text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN state IN ('requested', 'deleted') THEN ARRAY[]::text[]
        WHEN state IN ('running', 'suspending', 'stopping') THEN ARRAY['running', 'disk']
        WHEN state = 'suspended' THEN ARRAY['suspended', 'disk']
        ELSE ARRAY['disk'] END
$$;

CREATE OR REPLACE FUNCTION usage_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text[] := CASE WHEN TG_OP = 'UPDATE' THEN usage_kinds(OLD.state) ELSE ARRAY[]::text[] END;
    wanted text[] := usage_kinds(NEW.state);
    ended  text[] := before;
    begun  text[] := wanted;
BEGIN
    -- Another size is another price: all of it ends and begins again.
    IF TG_OP = 'UPDATE' AND (OLD.cpus, OLD.memory_bytes, OLD.disk_bytes)
                            IS NOT DISTINCT FROM (NEW.cpus, NEW.memory_bytes, NEW.disk_bytes) THEN
        ended := ARRAY(SELECT kind FROM unnest(before) kind WHERE kind <> ALL (wanted));
        begun := ARRAY(SELECT kind FROM unnest(wanted) kind WHERE kind <> ALL (before));
    END IF;
    IF ended <> '{}' THEN
        UPDATE usage_interval SET ended_at = greatest(began_at, usage_now())
        WHERE vm_id = NEW.id AND kind = ANY (ended) AND ended_at IS NULL;
    END IF;
    IF begun <> '{}' THEN
        INSERT INTO usage_interval (owner_id, vm_id, kind, cpus, memory_bytes, disk_bytes, began_at)
        SELECT NEW.owner_id, NEW.id, kind, NEW.cpus, NEW.memory_bytes, NEW.disk_bytes, now() FROM unnest(begun) kind
        ON CONFLICT (vm_id, kind) WHERE ended_at IS NULL DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER vm_usage_new AFTER INSERT ON vm
    FOR EACH ROW WHEN (NEW.state <> 'requested') EXECUTE FUNCTION usage_follow();

CREATE TRIGGER vm_usage AFTER UPDATE OF state, cpus, memory_bytes, disk_bytes ON vm
    FOR EACH ROW WHEN (
        (OLD.state IN ('running', 'suspending', 'stopping')) <> (NEW.state IN ('running', 'suspending', 'stopping'))
        OR (OLD.state = 'suspended') <> (NEW.state = 'suspended')
        OR (OLD.state IN ('requested', 'deleted')) <> (NEW.state IN ('requested', 'deleted'))
        OR (OLD.cpus, OLD.memory_bytes, OLD.disk_bytes) IS DISTINCT FROM (NEW.cpus, NEW.memory_bytes, NEW.disk_bytes))
    EXECUTE FUNCTION usage_follow();
