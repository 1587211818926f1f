-- What is still to be done after an end; the job is empty for the end of the run.
CREATE TABLE follow_up (
  place INTEGER NOT NULL,
  run_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  is_told INTEGER NOT NULL,
  PRIMARY KEY (run_id, job_id)
) WITHOUT ROWID;
