-- name: incidents.open
-- Open at the end of the range, by how grave.
SELECT count(*) FILTER (WHERE severity = 'CRITICAL') AS critical,
       count(*) FILTER (WHERE severity = 'MAJOR') AS major,
       count(*) FILTER (WHERE severity = 'MINOR') AS minor,
       count(*) FILTER (WHERE severity IN ('WARNING', 'INDETERMINATE')) AS warning
FROM panel.incident
WHERE opened_at <= $__timeTo() AND state NOT IN ('closed', 'false') LIMIT 1

-- name: incidents.response
-- Of the range: half were acknowledged, dispatched and resolved within this, s.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - opened_at))
           AS acknowledge_s,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM dispatched_at - opened_at))
           AS dispatch_s,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM on_scene_at - opened_at))
           AS on_scene_s,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - opened_at))
           AS resolve_s
FROM panel.incident WHERE $__timeFilter(opened_at) AND state <> 'false' LIMIT 1

-- name: incidents.opened
-- Opened, by local day and kind.
SELECT date_trunc('day', opened_at, '{{tz}}') AS time, kind AS metric, count(*) AS incidents
FROM panel.incident WHERE $__timeFilter(opened_at)
GROUP BY 1, 2 ORDER BY 1 LIMIT 10000

-- name: incidents.times
-- Response times of nine in ten, day by day.
SELECT date_trunc('day', opened_at, '{{tz}}') AS time,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - opened_at))
           AS acknowledge_s,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM on_scene_at - opened_at))
           AS on_scene_s,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - opened_at))
           AS resolve_s
FROM panel.incident WHERE $__timeFilter(opened_at) AND state <> 'false'
GROUP BY 1 ORDER BY 1 LIMIT 1000

-- name: incidents.kinds
-- By kind: how many, how fast, how many late or false.
SELECT kind, count(*) AS incidents,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - opened_at))
           AS acknowledge_s,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - opened_at))
           AS resolve_s,
       count(*) FILTER (WHERE overdue) AS overdue,
       count(*) FILTER (WHERE state = 'false') AS false_alarms
FROM panel.incident WHERE $__timeFilter(opened_at)
GROUP BY kind ORDER BY incidents DESC LIMIT 30

-- name: incidents.alarms
-- Alarms raised, by how grave.
SELECT $__timeGroupAlias(raised_at,$__interval), severity AS metric, count(*) AS alarms
FROM panel.alarm WHERE $__timeFilter(raised_at)
GROUP BY 1, 2 ORDER BY 1 LIMIT 10000

-- name: incidents.hours
-- When they happen: by local hour.
SELECT to_char(extract(hour FROM opened_at AT TIME ZONE '{{tz}}'), 'FM00') || ' h' AS hour,
       count(*) AS incidents
FROM panel.incident WHERE $__timeFilter(opened_at) GROUP BY 1 ORDER BY 1 LIMIT 24

-- name: incidents.map
-- Where they were; those of panic buttons and plates have no place here.
SELECT incident_id, kind, severity, lat_deg AS latitude, lon_deg AS longitude, opened_at,
       array_position(ARRAY['INDETERMINATE', 'WARNING', 'MINOR', 'MAJOR', 'CRITICAL'], severity)
           AS gravity
FROM panel.incident WHERE $__timeFilter(opened_at) AND lat_deg IS NOT NULL
ORDER BY opened_at DESC LIMIT 500

-- name: incidents.list
-- The newest.
SELECT incident_id, kind, severity, state, opened_at,
       extract(epoch FROM acknowledged_at - opened_at) AS acknowledge_s,
       extract(epoch FROM resolved_at - opened_at) AS resolve_s, alarms, overdue
FROM panel.incident WHERE $__timeFilter(opened_at) ORDER BY opened_at DESC LIMIT 60
