-- 0012_ledger_by_hour: the last hours of all devices, asked for every few seconds.
-- Locks writes to ledger_hour while it builds (seconds for millions of rows).
-- Undo with a later migration, never by editing this.
CREATE INDEX ledger_hour_by_hour ON ledger_hour (hour);
