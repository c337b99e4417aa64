-- name: overview.devices
-- Active devices, and those that were heard within their kind's silence.
SELECT count(*) FILTER (WHERE s.received_at >= $__timeTo()::timestamptz
                          - make_interval(secs => k.silence_s)) AS online,
       count(*) FILTER (WHERE s.received_at IS NULL OR s.received_at < $__timeTo()::timestamptz
                          - make_interval(secs => k.silence_s)) AS silent
FROM panel.device d
JOIN (VALUES {{silence}}) AS k (kind, silence_s) USING (kind)
LEFT JOIN panel.last_seen s USING (device_id)
WHERE d.state = 'active' LIMIT 1

-- name: overview.incidents
-- Incidents that are open at the end of the range, and those that are late.
SELECT count(*) AS open, count(*) FILTER (WHERE severity = 'CRITICAL') AS critical,
       count(*) FILTER (WHERE overdue) AS overdue
FROM panel.incident
WHERE opened_at <= $__timeTo() AND state NOT IN ('closed', 'false') LIMIT 1

-- name: overview.stored
-- Messages of the last whole hours of the range, and the share that never came.
SELECT coalesce(sum(stored), 0) AS stored,
       coalesce(sum(missing)::float8 / nullif(sum(sent), 0), 0) AS missing
FROM panel.ledger
WHERE hour >= $__timeTo()::timestamptz - INTERVAL '24 hours' AND hour <= $__timeTo() LIMIT 1

-- name: overview.coverage
-- Share of the planned metres of the last three days that were serviced, by runs that are over.
SELECT sum(serviced_m) / nullif(sum(serviced_m + too_fast_m + missed_m + unknown_m), 0) AS coverage
FROM panel.run
WHERE service_date >= {{to_day}} - 2 AND service_date <= {{to_day}} AND state = 'closed'
LIMIT 1

-- name: overview.air
-- The worst category of the newest hour that each station was judged for.
SELECT max(category) AS category
FROM (SELECT DISTINCT ON (device_id) category FROM panel.air_index
       WHERE hour >= $__timeTo()::timestamptz - INTERVAL '24 hours' AND hour <= $__timeTo()
         AND category >= 0
       ORDER BY device_id, hour DESC) newest LIMIT 1

-- name: overview.noise
-- The loudest meter's energy mean of the last 24 hours.
SELECT max(leq_db) AS leq_db
FROM (SELECT 10 * log(sum(n * power(10, leq_db / 10)) / sum(n)) AS leq_db
        FROM panel.noise_hourly
       WHERE hour >= $__timeTo()::timestamptz - INTERVAL '24 hours' AND hour <= $__timeTo()
       GROUP BY device_id) meter LIMIT 1

-- name: overview.messages
-- Messages stored, and those that are missing by their counters, all devices.
SELECT $__timeGroupAlias(hour,$__interval), sum(stored) AS stored, sum(missing) AS missing
FROM panel.ledger WHERE $__timeFilter(hour)
GROUP BY 1 ORDER BY 1 LIMIT 2000

-- name: overview.passages
-- Vehicles that passed the cameras, by direction.
SELECT $__timeGroupAlias(hour,$__interval), direction AS metric, sum(n) AS passages
FROM panel.passage_hourly WHERE $__timeFilter(hour)
GROUP BY 1, 2 ORDER BY 1 LIMIT 4000

-- name: overview.map
-- Where trucks were last, and where stations stand; panic buttons have no place here.
SELECT d.device_id, d.name, d.kind, coalesce(f.lat_deg, d.lat_deg) AS latitude,
       coalesce(f.lon_deg, d.lon_deg) AS longitude, coalesce(f.speed_kmh, 0) AS speed_kmh,
       s.received_at AS last_seen
FROM panel.device d
LEFT JOIN panel.latest_fix f USING (device_id)
LEFT JOIN panel.last_seen s USING (device_id)
WHERE d.state = 'active' AND coalesce(f.lat_deg, d.lat_deg) IS NOT NULL
ORDER BY d.device_id LIMIT 1000

-- name: overview.open
-- Open incidents, the gravest first.
SELECT i.incident_id, i.kind, i.severity, i.state, i.opened_at, i.due_at, i.overdue
FROM panel.incident i
WHERE i.opened_at <= $__timeTo() AND i.state NOT IN ('closed', 'false')
ORDER BY array_position(ARRAY['CRITICAL', 'MAJOR', 'MINOR', 'WARNING'], i.severity), i.opened_at
LIMIT 50
