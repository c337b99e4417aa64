-- name: alert.loss
-- Share of the messages of the range that never came, by kind of device.
SELECT d.kind, sum(l.missing)::float8 / nullif(sum(l.sent), 0) AS value
FROM panel.ledger l JOIN panel.device d USING (device_id)
WHERE $__timeFilter(l.hour) AND d.state = 'active' GROUP BY d.kind LIMIT 20

-- name: alert.silent
-- Devices of each kind that are silent for longer than their kind may be.
SELECT d.kind, count(*) FILTER (WHERE s.received_at IS NULL OR s.received_at
           < $__timeTo()::timestamptz - make_interval(secs => k.silence_s))::float8 AS value
FROM panel.device d
JOIN (VALUES {{silence}}) AS k (kind, silence_s) USING (kind)
LEFT JOIN panel.last_seen s USING (device_id)
WHERE d.state = 'active' GROUP BY d.kind LIMIT 20

-- name: alert.lag
-- Seconds since ingest stored anything of any device.
SELECT coalesce(extract(epoch FROM $__timeTo()::timestamptz - max(received_at)), 0)::float8
       AS value
FROM panel.last_seen WHERE received_at <= $__timeTo() LIMIT 1

-- name: alert.size
-- Bytes of the database.
SELECT pg_database_size(current_database())::float8 AS value LIMIT 1

-- name: alert.air
-- Each station's newest category of the range.
SELECT d.label AS station, newest.category::float8 AS value
FROM (SELECT DISTINCT ON (device_id) device_id, category FROM panel.air_index
       WHERE $__timeFilter(hour) AND category >= 0 ORDER BY device_id, hour DESC) newest
JOIN panel.device d USING (device_id) WHERE d.state = 'active' LIMIT 100

-- name: alert.coverage
-- Each route's share of planned metres serviced in its newest closed day of the range.
SELECT o.name AS route, sum(r.serviced_m) / nullif(sum(r.serviced_m + r.too_fast_m + r.missed_m
                                                        + r.unknown_m), 0) AS value
FROM panel.run r JOIN panel.route o USING (route_id)
WHERE r.state = 'closed' AND o.retired_on IS NULL
  AND r.service_date = (SELECT max(service_date) FROM panel.run
                         WHERE state = 'closed' AND service_date >= {{from_day}}
                           AND service_date <= {{to_day}})
GROUP BY o.name LIMIT 500
