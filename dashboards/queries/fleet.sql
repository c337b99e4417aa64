-- name: fleet.summary
-- Runs of the range; of those that are over, blocks to be explained and time off the plan.
SELECT count(*) AS runs,
       coalesce(sum(missed + too_fast + unknown) FILTER (WHERE state = 'closed'), 0) AS gaps,
       coalesce(sum(off_route_s) FILTER (WHERE state = 'closed'), 0) AS off_route_s
FROM panel.run
WHERE service_date BETWEEN {{from_day}} AND {{to_day}}
  AND route_id = ANY(ARRAY[${route:sqlstring}]::text[]) LIMIT 1

-- name: fleet.coverage_total
-- Share of the planned metres that were serviced in the range; a run that goes on isn't judged.
SELECT sum(serviced_m) / nullif(sum(serviced_m + too_fast_m + missed_m + unknown_m), 0) AS coverage
FROM panel.run
WHERE service_date BETWEEN {{from_day}} AND {{to_day}} AND state = 'closed'
  AND route_id = ANY(ARRAY[${route:sqlstring}]::text[]) LIMIT 1

-- name: fleet.coverage
-- Share of the planned metres that were serviced, day by day, and of the worst route.
SELECT service_date::timestamp AT TIME ZONE '{{tz}}' AS time,
       sum(serviced_m) / nullif(sum(planned_m), 0) AS coverage,
       min(serviced_m / nullif(planned_m, 0)) AS worst
FROM (SELECT service_date, sum(serviced_m) AS serviced_m,
             sum(serviced_m + too_fast_m + missed_m + unknown_m) AS planned_m
        FROM panel.run
       WHERE service_date BETWEEN {{from_day}} AND {{to_day}} AND state = 'closed'
         AND route_id = ANY(ARRAY[${route:sqlstring}]::text[])
       GROUP BY service_date, route_id) routes
GROUP BY 1 ORDER BY 1 LIMIT 1000

-- name: fleet.worst
-- Routes by their share of metres serviced in the range, the worst first.
SELECT o.name AS route, o.route_id,
       sum(r.serviced_m) / nullif(sum(r.serviced_m + r.too_fast_m + r.missed_m + r.unknown_m), 0)
           AS coverage
FROM panel.run r JOIN panel.route o USING (route_id)
WHERE r.service_date BETWEEN {{from_day}} AND {{to_day}} AND r.state = 'closed'
  AND r.route_id = ANY(ARRAY[${route:sqlstring}]::text[])
GROUP BY o.name, o.route_id ORDER BY coverage NULLS LAST LIMIT 12

-- name: fleet.runs
-- The newest runs of the range, the least serviced first.
SELECT r.run_id, o.name AS route, d.name AS truck, r.service_date, r.state, r.coverage,
       r.missed + r.too_fast + r.unknown AS gaps, r.begin_late_s, r.off_route_s, r.service_m
FROM panel.run r JOIN panel.route o USING (route_id) JOIN panel.device d USING (device_id)
WHERE r.service_date BETWEEN {{from_day}} AND {{to_day}}
  AND r.route_id = ANY(ARRAY[${route:sqlstring}]::text[])
ORDER BY r.service_date DESC, r.coverage NULLS LAST LIMIT 50

-- name: fleet.blocks
-- Metres by what became of them, day by day.
SELECT service_date::timestamp AT TIME ZONE '{{tz}}' AS time, sum(serviced_m) AS serviced_m,
       sum(too_fast_m) AS too_fast_m, sum(missed_m) AS missed_m, sum(unknown_m) AS unknown_m
FROM panel.run
WHERE service_date BETWEEN {{from_day}} AND {{to_day}} AND state = 'closed'
  AND route_id = ANY(ARRAY[${route:sqlstring}]::text[])
GROUP BY 1 ORDER BY 1 LIMIT 1000

-- name: fleet.events
-- What trucks did off their plan, by local day and type.
SELECT date_trunc('day', measured_at, '{{tz}}') AS time, type AS metric, count(*) AS events
FROM panel.event
WHERE $__timeFilter(measured_at) AND type IN ('off_route', 'unplanned_stop', 'overspeed')
GROUP BY 1, 2 ORDER BY 1 LIMIT 4000

-- name: fleet.moving
-- Trucks that reported and trucks that moved, hour by hour.
SELECT $__timeGroupAlias(hour,$__interval), count(DISTINCT h.device_id) AS reporting,
       count(DISTINCT h.device_id) FILTER (WHERE h.moving > 0) AS moving
FROM panel.fix_hourly h JOIN panel.device d USING (device_id)
WHERE $__timeFilter(h.hour) AND d.kind = 'truck'
GROUP BY 1 ORDER BY 1 LIMIT 2000

-- name: fleet.reviews
-- Why supervisors said that blocks were left out.
SELECT v.reason, count(*) AS blocks
FROM panel.run_review v JOIN panel.run r USING (run_id)
WHERE $__timeFilter(v.reviewed_at) AND r.route_id = ANY(ARRAY[${route:sqlstring}]::text[])
GROUP BY v.reason ORDER BY blocks DESC LIMIT 20

-- name: fleet.map
-- Where each truck was last.
SELECT d.device_id, d.name, f.lat_deg AS latitude, f.lon_deg AS longitude,
       coalesce(f.speed_kmh, 0) AS speed_kmh, f.measured_at AS last_fix
FROM panel.latest_fix f JOIN panel.device d USING (device_id)
WHERE d.kind = 'truck' AND d.state = 'active' ORDER BY d.device_id LIMIT 500

-- name: fleet.late
-- Half of the runs began later than this after their window opened, and a tenth later than that.
SELECT service_date::timestamp AT TIME ZONE '{{tz}}' AS time,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY begin_late_s) AS median_s,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY begin_late_s) AS p90_s
FROM panel.run
WHERE service_date BETWEEN {{from_day}} AND {{to_day}}
  AND route_id = ANY(ARRAY[${route:sqlstring}]::text[])
GROUP BY 1 ORDER BY 1 LIMIT 1000
