-- Rows of deleted VMs go after a time.
CREATE INDEX vm_deleted ON vm (changed_at) WHERE state = 'deleted';
