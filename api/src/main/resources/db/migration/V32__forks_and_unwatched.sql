-- VMs that go on from another's moment, and VMs that are put aside while nobody watches.

ALTER TABLE vm
    -- Which VM it was forked from, or whose snapshot it was made from; that one may be gone.
    ADD COLUMN parent_id uuid,
    DROP CONSTRAINT vm_expires_check,
    ADD CONSTRAINT vm_expires_check CHECK (expires IN ('stop', 'suspend', 'delete'));

UPDATE vm SET parent_id = source_vm WHERE source_vm <> id;

ALTER TABLE vm_snapshot
    -- Whether what the guest remembered is kept too.
    ADD COLUMN live    boolean NOT NULL DEFAULT false,
    -- The moment of a fork: nobody sees it, and it goes when all children are made.
    ADD COLUMN passing boolean NOT NULL DEFAULT false;
