-- What owners mark their VMs with, to find them again: words with values.
ALTER TABLE vm ADD COLUMN labels jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels) = 'object');
