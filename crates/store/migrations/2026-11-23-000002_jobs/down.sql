drop table patch_check, job_output, job_log, chunk, job;
drop function tell_job_changed();
