-- True of a frame that was not analysed because nothing moved in it: its detections are empty and mean nothing.
ALTER TABLE scenario_results ADD COLUMN gated boolean NOT NULL DEFAULT false;
