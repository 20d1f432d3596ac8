-- Restarts: by a wish of the owner, and by themselves when a VM ends without one.

ALTER TABLE vm
    -- The last generation in which a restart, or a press of the reset button, was asked for; 0: never.
    ADD COLUMN restart_in     bigint      NOT NULL DEFAULT 0,
    ADD COLUMN reset_in       bigint      NOT NULL DEFAULT 0,
    ADD COLUMN restart_policy text        NOT NULL DEFAULT 'never'
        CHECK (restart_policy IN ('never', 'on-failure', 'always')),
    -- How often it was started again by itself without having run well in between, and when it is again.
    ADD COLUMN restarts       int         NOT NULL DEFAULT 0,
    ADD COLUMN restart_due_at timestamptz;
