-- name: devices.loss_total
-- Share of the messages of the range that never came, and of those that came twice.
SELECT coalesce(sum(missing)::float8 / nullif(sum(sent), 0), 0) AS missing,
       coalesce(sum(duplicates)::float8 / nullif(sum(stored), 0), 0) AS duplicates
FROM panel.ledger
WHERE $__timeFilter(hour) AND device_id = ANY(ARRAY[${device:sqlstring}]::text[]) LIMIT 1

-- name: devices.silent
-- Devices that should have been heard and were not, the longest silent first.
SELECT d.device_id, d.name, d.kind, d.zone, s.received_at AS last_seen,
       extract(epoch FROM $__timeTo()::timestamptz - s.received_at) AS silent_s,
       p.battery_pct, p.outbox
FROM panel.device d
JOIN (VALUES {{silence}}) AS k (kind, silence_s) USING (kind)
LEFT JOIN panel.last_seen s USING (device_id)
LEFT JOIN panel.presence p USING (device_id)
WHERE d.state = 'active' AND d.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
  AND (s.received_at IS NULL OR s.received_at
       < $__timeTo()::timestamptz - make_interval(secs => k.silence_s))
ORDER BY silent_s DESC NULLS FIRST LIMIT 100

-- name: devices.loss
-- Share of messages that never came, by kind of device.
SELECT $__timeGroupAlias(l.hour,$__interval), d.kind AS metric,
       sum(l.missing)::float8 / nullif(sum(l.sent), 0) AS missing
FROM panel.ledger l JOIN panel.device d USING (device_id)
WHERE $__timeFilter(l.hour) AND l.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY 1, 2 ORDER BY 1 LIMIT 10000

-- name: devices.worst
-- Devices that lose most.
SELECT d.device_id, d.name, d.kind, sum(l.sent) AS sent, sum(l.stored) AS stored,
       sum(l.missing) AS missing, sum(l.missing)::float8 / nullif(sum(l.sent), 0) AS share
FROM panel.ledger l JOIN panel.device d USING (device_id)
WHERE $__timeFilter(l.hour) AND l.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY d.device_id, d.name, d.kind ORDER BY share DESC NULLS LAST LIMIT 25

-- name: devices.again
-- Messages that came late, and that came twice.
SELECT $__timeGroupAlias(hour,$__interval), sum(late) AS late, sum(duplicates) AS duplicates
FROM panel.ledger
WHERE $__timeFilter(hour) AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY 1 ORDER BY 1 LIMIT 2000

-- name: devices.rejects
-- Messages refused, by why; never their bytes.
SELECT $__timeGroupAlias(last_at,$__interval), reason AS metric, sum(times) AS messages
FROM panel.reject WHERE $__timeFilter(last_at)
GROUP BY 1, 2 ORDER BY 1 LIMIT 10000

-- name: devices.refused
-- The reasons, most frequent first.
SELECT reason, sum(times) AS messages, count(*) AS different, max(last_at) AS last_at
FROM panel.reject WHERE $__timeFilter(last_at)
GROUP BY reason ORDER BY messages DESC LIMIT 30

-- name: devices.online
-- Share of status messages that say online, by kind; over more than two days of every fourth.
SELECT $__timeGroupAlias(s.measured_at,$__interval), d.kind AS metric,
       avg(s.online::int) AS online
FROM panel.status s JOIN panel.device d USING (device_id)
WHERE $__timeFilter(s.measured_at) AND s.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
  AND ($__unixEpochTo() - $__unixEpochFrom() <= 172800 OR s.seq % 4 = 0)
GROUP BY 1, 2 ORDER BY 1 LIMIT 10000

-- name: devices.batteries
-- The weakest batteries now.
SELECT d.name, p.battery_pct
FROM panel.presence p JOIN panel.device d USING (device_id)
WHERE p.battery_pct IS NOT NULL AND d.state = 'active' AND d.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
ORDER BY p.battery_pct LIMIT 12

-- name: devices.flagged
-- Share of readings that are not believed, by metric.
SELECT metric, sum(flagged)::float8 / nullif(sum(n + flagged), 0) AS doubted
FROM panel.reading_daily
WHERE day BETWEEN {{from_day}} AND {{to_day}}
  AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY metric ORDER BY doubted DESC NULLS LAST LIMIT 10

-- name: devices.kinds
-- How many there are of each kind.
SELECT kind, count(*) AS devices FROM panel.device
WHERE state = 'active' GROUP BY kind ORDER BY devices DESC LIMIT 20
