-- What the VM's disk, its snapshots and its saved memory really take, as its host last said. Not part of its wish: no
-- revision comes with it.
ALTER TABLE vm ADD COLUMN disk_used_bytes bigint CHECK (disk_used_bytes >= 0);
