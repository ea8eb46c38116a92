"""The other questions of planning as pages: each is asked by a form, worked out as a job, and kept with all that it was made from."""
