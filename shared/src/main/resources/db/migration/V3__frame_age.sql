-- From the capture of a frame to the publishing of its result, milliseconds; null if it is not known.
ALTER TABLE scenario_results ADD COLUMN age_ms integer;
