-- Teams own VMs and quotas together. A team is an account that nobody signs in to: what it owns, may have and used is
-- kept like a person's, and its members act for it.

ALTER TABLE account
    ADD COLUMN kind text NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'team')),
    -- No password signs in where there is none.
    ADD CONSTRAINT account_team CHECK (kind = 'person' OR (password_hash = '' AND role = 'user'));

CREATE TABLE team_member (
    team_id    uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    account_id uuid        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role       text        NOT NULL CHECK (role IN ('viewer', 'member', 'manager')),
    since      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (team_id, account_id)
);
CREATE INDEX team_member_account ON team_member (account_id);
