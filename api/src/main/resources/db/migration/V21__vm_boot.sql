-- What a VM starts with beside its disk.

ALTER TABLE vm
    ADD COLUMN user_data text,                          -- SHA-256 of what its cloud-init reads
    ADD COLUMN firmware  text CHECK (firmware IN ('bios', 'uefi'));

-- The user data themselves, which may hold secrets: gone as soon as the VM is to be deleted.
CREATE TABLE vm_user_data (
    vm_id   uuid PRIMARY KEY REFERENCES vm (id) ON DELETE CASCADE,
    content text NOT NULL
);
