-- How long VMs may run and stay.

ALTER TABLE account
    -- Empty means what the configuration says of the template; 0 means no limit.
    ADD COLUMN vm_lifetime_minutes int CHECK (vm_lifetime_minutes >= 0),
    ADD COLUMN vm_idle_minutes     int CHECK (vm_idle_minutes >= 0),
    ADD COLUMN vm_keep_days        int CHECK (vm_keep_days >= 0);

ALTER TABLE vm
    -- What will be done to it by itself, and when, as far as is known now.
    ADD COLUMN expires         text CHECK (expires IN ('stop', 'delete')),
    ADD COLUMN expires_at      timestamptz,
    -- Since when nobody watches it while it runs.
    ADD COLUMN unwatched_since timestamptz,
    -- Since when it does not run.
    ADD COLUMN ended_at        timestamptz;

UPDATE vm SET ended_at = changed_at WHERE state IN ('stopped', 'failed');
