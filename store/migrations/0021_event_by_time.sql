-- 0021_event_by_time: the events list of all devices, newest first, without a scan.
-- Takes a lock on event while it builds; the table is small beside the others.
CREATE INDEX event_by_time ON event (measured_at DESC);
