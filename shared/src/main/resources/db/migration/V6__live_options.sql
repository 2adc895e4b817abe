-- When source or options were last changed; null if never. What a worker that is older was assigned with has been changed.
ALTER TABLE scenarios ADD COLUMN options_changed_at timestamptz;

-- The instance of this runner that can change the options of a session as it runs. One of an older version leaves the column
-- as it is, so that it differs from its own instance.
ALTER TABLE runners ADD COLUMN changes_live uuid;
