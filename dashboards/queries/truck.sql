-- name: truck.summary
-- One truck's range: fixes, the highest believable speed, and how long ago it was heard.
SELECT coalesce(sum(n), 0) AS fixes, max(max_speed_kmh) AS max_speed_kmh
FROM panel.fix_hourly
WHERE device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(hour) LIMIT 1

-- name: truck.age
-- Seconds since it was heard.
SELECT extract(epoch FROM $__timeTo()::timestamptz - max(received_at)) AS age_s
FROM panel.last_seen WHERE device_id = ANY(ARRAY[${device:sqlstring}]::text[]) LIMIT 1

-- name: truck.coverage_total
-- Share of its planned metres that it serviced in the range, on runs that are over.
SELECT sum(serviced_m) / nullif(sum(serviced_m + too_fast_m + missed_m + unknown_m), 0) AS coverage
FROM panel.run
WHERE device_id = ANY(ARRAY[${device:sqlstring}]::text[])
  AND service_date BETWEEN {{from_day}} AND {{to_day}} AND state = 'closed' LIMIT 1

-- name: truck.speed
-- Mean and highest speed: every fix over up to two days, hours over more.
SELECT $__timeGroupAlias(at,$__interval), sum(total) / nullif(sum(n), 0) AS mean_kmh,
       max(most) AS max_kmh
FROM (SELECT measured_at AS at, speed_kmh AS total, 1 AS n, speed_kmh AS most FROM panel.fix
       WHERE $__unixEpochTo() - $__unixEpochFrom() <= 172800
         AND device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(measured_at)
         AND believed AND speed_kmh IS NOT NULL
      UNION ALL
      SELECT hour, sum_speed_kmh, n_speed, max_speed_kmh FROM panel.fix_hourly
       WHERE $__unixEpochTo() - $__unixEpochFrom() > 172800
         AND device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(hour)) speeds
GROUP BY 1 ORDER BY 1 LIMIT 4000

-- name: truck.track
-- Where it went in the last day of the range, a place every few minutes.
SELECT DISTINCT ON (time_bucket('2 minutes', measured_at))
       measured_at AS time, lat_deg AS latitude, lon_deg AS longitude,
       coalesce(speed_kmh, 0) AS speed_kmh
FROM panel.fix
WHERE device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND believed
  AND measured_at >= greatest($__timeFrom()::timestamptz,
                              $__timeTo()::timestamptz - INTERVAL '24 hours')
  AND measured_at <= $__timeTo()
ORDER BY time_bucket('2 minutes', measured_at), measured_at LIMIT 720

-- name: truck.fixes
-- Messages stored, missing and late.
SELECT $__timeGroupAlias(hour,$__interval), sum(stored) AS stored, sum(missing) AS missing,
       sum(late) AS late
FROM panel.ledger
WHERE device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(hour)
GROUP BY 1 ORDER BY 1 LIMIT 2000

-- name: truck.state
-- Whether it moved: 2 moving, 1 reporting, 0 no fixes.
SELECT time_bucket_gapfree.hour AS time,
       CASE WHEN h.moving > 0 THEN 2 WHEN h.n > 0 THEN 1 ELSE 0 END AS state
FROM (SELECT generate_series(date_trunc('hour', greatest($__timeFrom()::timestamptz,
                                 $__timeTo()::timestamptz - INTERVAL '7 days')),
                             $__timeTo()::timestamptz, INTERVAL '1 hour') AS hour)
     AS time_bucket_gapfree
LEFT JOIN panel.fix_hourly h
       ON h.hour = time_bucket_gapfree.hour AND h.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
ORDER BY 1 LIMIT 400

-- name: truck.runs
-- Its runs.
SELECT r.run_id, o.name AS route, r.service_date, r.state, r.coverage,
       r.missed + r.too_fast + r.unknown AS gaps, r.off_route_s, r.service_m, r.deadhead_m
FROM panel.run r JOIN panel.route o USING (route_id)
WHERE r.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
  AND r.service_date BETWEEN {{from_day}} AND {{to_day}}
ORDER BY r.service_date DESC LIMIT 40

-- name: truck.events
-- What it did off its plan.
SELECT measured_at AS time, type, severity,
       concat_ws(' ', round(value)::text, CASE WHEN value IS NOT NULL THEN u.unit END) AS value
FROM panel.event LEFT JOIN (VALUES {{units}}) AS u (type, unit) USING (type)
WHERE device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(measured_at)
ORDER BY measured_at DESC LIMIT 60

-- name: truck.health
-- What its tracker says of itself.
SELECT $__timeGroupAlias(measured_at,$__interval), avg(battery_v) AS battery_v,
       avg(rssi_dbm) AS rssi_dbm
FROM panel.status
WHERE device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(measured_at)
GROUP BY 1 ORDER BY 1 LIMIT 4000

-- name: truck.outbox
-- Messages that its tracker holds because the network is away.
SELECT $__timeGroupAlias(measured_at,$__interval), max(outbox) AS outbox
FROM panel.status
WHERE device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(measured_at)
GROUP BY 1 ORDER BY 1 LIMIT 4000
