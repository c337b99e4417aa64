-- name: mobility.totals
-- Vehicles in and out in the range; no plate is ever read here.
SELECT coalesce(sum(n) FILTER (WHERE direction = 'in'), 0) AS entering,
       coalesce(sum(n) FILTER (WHERE direction = 'out'), 0) AS leaving
FROM panel.passage_hourly
WHERE $__timeFilter(hour) AND device_id = ANY(ARRAY[${device:sqlstring}]::text[]) LIMIT 1

-- name: mobility.flow
-- Vehicles by direction.
SELECT $__timeGroupAlias(hour,$__interval), direction AS metric, sum(n) AS passages
FROM panel.passage_hourly
WHERE $__timeFilter(hour) AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY 1, 2 ORDER BY 1 LIMIT 4000

-- name: mobility.classes
-- Vehicles by what their plate tells of their class.
SELECT $__timeGroupAlias(hour,$__interval), coalesce(nullif(class, ''), 'sin clase') AS metric,
       sum(n) AS passages
FROM panel.passage_count
WHERE $__timeFilter(hour) AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY 1, 2 ORDER BY 1 LIMIT 20000

-- name: mobility.states
-- Vehicles by the state of their plate; cells below three are told as others.
SELECT coalesce(nullif(state, ''), 'sin estado') AS state, sum(n) AS passages
FROM panel.passage_count
WHERE $__timeFilter(hour) AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY 1 ORDER BY 2 DESC LIMIT 12

-- name: mobility.hours
-- The usual day: vehicles by local hour and camera day.
SELECT to_char(local, 'FM00') || ' h' AS hour,
       sum(n) FILTER (WHERE direction = 'in')::float8 / nullif(max(days), 0) AS entering,
       sum(n) FILTER (WHERE direction = 'out')::float8 / nullif(max(days), 0) AS leaving
FROM (SELECT extract(hour FROM hour AT TIME ZONE '{{tz}}') AS local, direction, n,
             greatest(1, ($__unixEpochTo() - $__unixEpochFrom()) / 86400.0) AS days
        FROM panel.passage_hourly
       WHERE $__timeFilter(hour) AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])) passed
GROUP BY local ORDER BY local LIMIT 24

-- name: mobility.cameras
-- Cameras by what passed before them.
SELECT d.device_id, d.label AS camera, d.zone,
       coalesce(sum(p.n) FILTER (WHERE p.direction = 'in'), 0) AS entering,
       coalesce(sum(p.n) FILTER (WHERE p.direction = 'out'), 0) AS leaving, s.received_at AS last_seen
FROM panel.device d
LEFT JOIN panel.passage_hourly p ON p.device_id = d.device_id AND $__timeFilter(p.hour)
LEFT JOIN panel.last_seen s ON s.device_id = d.device_id
WHERE d.kind = 'camera' AND d.state = 'active' AND d.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY d.device_id, d.label, d.zone, s.received_at ORDER BY d.device_id LIMIT 200

-- name: mobility.map
-- Where cameras stand, and how many passed.
SELECT d.device_id, d.name, d.lat_deg AS latitude, d.lon_deg AS longitude,
       coalesce(sum(p.n), 0) AS passages
FROM panel.device d
LEFT JOIN panel.passage_hourly p ON p.device_id = d.device_id AND $__timeFilter(p.hour)
WHERE d.kind = 'camera' AND d.state = 'active' AND d.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
  AND d.lat_deg IS NOT NULL
GROUP BY d.device_id, d.name, d.lat_deg, d.lon_deg ORDER BY d.device_id LIMIT 200

-- name: mobility.hits
-- Findings of the hot lists a day, by whether they were exact: how many, never which.
SELECT day AS time, sum(n) FILTER (WHERE exact) AS exact, sum(n) FILTER (WHERE NOT exact) AS near
FROM panel.plate_hit_daily WHERE $__timeFilter(day) GROUP BY 1 ORDER BY 1 LIMIT 1000

-- name: mobility.counters
-- People and vehicles that counters saw, an hour.
SELECT $__timeGroupAlias(hour,$__interval),
       sum(mean_value * n) FILTER (WHERE metric = 'people_count') AS people,
       sum(mean_value * n) FILTER (WHERE metric = 'vehicle_count') AS vehicles
FROM panel.reading_hourly
WHERE $__timeFilter(hour) AND metric IN ('people_count', 'vehicle_count')
GROUP BY 1 ORDER BY 1 LIMIT 4000
