-- 0011_command_failure: why a command never reached the broker.
-- Online-safe (a nullable column). Undo with a later migration, never by editing this.
ALTER TABLE command ADD COLUMN failure text;               -- NULL: the broker has it
