-- name: noise.level
-- Energy mean by meter: samples over up to two days, hours over more.
SELECT $__timeGroupAlias(at,$__interval), d.label AS metric,
       10 * log(sum(n * power(10, leq_db / 10)) / nullif(sum(n), 0)) AS leq_db
FROM (SELECT device_id, measured_at AS at, value AS leq_db, 1::bigint AS n FROM panel.reading
       WHERE $__unixEpochTo() - $__unixEpochFrom() <= 172800 AND metric = 'laeq_db'
         AND device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(measured_at)
         AND value IS NOT NULL
      UNION ALL
      SELECT device_id, hour, leq_db, n FROM panel.noise_hourly
       WHERE $__unixEpochTo() - $__unixEpochFrom() > 172800
         AND device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(hour)) heard
JOIN panel.device d USING (device_id)
WHERE d.zone = ANY(ARRAY[${zone:sqlstring}]::text[])
GROUP BY 1, 2 ORDER BY 1 LIMIT 20000

-- name: noise.spread
-- Levels exceeded in a tenth and in nine tenths of each hour, over all meters.
SELECT $__timeGroupAlias(hour,$__interval), max(l10_db) AS l10_db,
       10 * log(sum(n * power(10, leq_db / 10)) / nullif(sum(n), 0)) AS leq_db,
       min(l90_db) AS l90_db
FROM panel.noise_hourly
WHERE $__timeFilter(hour) AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY 1 ORDER BY 1 LIMIT 4000

-- name: noise.screening
-- Each meter by NOM-081's day and night against its zone's limits: indicative, no infringement.
SELECT station, zone, day_db, day_limit_db, day_db - day_limit_db AS day_over_db, night_db,
       night_limit_db, night_db - night_limit_db AS night_over_db
FROM (
SELECT d.label AS station, d.zone,
       10 * log(sum(n * power(10, leq_db / 10)) FILTER (WHERE is_day)
                / nullif(sum(n) FILTER (WHERE is_day), 0)) AS day_db,
       l.day_db AS day_limit_db,
       10 * log(sum(n * power(10, leq_db / 10)) FILTER (WHERE NOT is_day)
                / nullif(sum(n) FILTER (WHERE NOT is_day), 0)) AS night_db,
       l.night_db AS night_limit_db
FROM (SELECT *, extract(hour FROM hour AT TIME ZONE '{{tz}}') BETWEEN {{day_from}}
                AND {{day_to}} - 1 AS is_day
        FROM panel.noise_hourly WHERE $__timeFilter(hour)) heard
JOIN panel.device d USING (device_id)
LEFT JOIN (VALUES {{limits}}) AS l (zone, day_db, night_db) USING (zone)
WHERE d.device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND d.zone = ANY(ARRAY[${zone:sqlstring}]::text[])
GROUP BY d.label, d.zone, l.day_db, l.night_db) levels ORDER BY station LIMIT 50

-- name: noise.margin
-- Hours' mean minus what the zone allows then; above 0: louder.
SELECT $__timeGroupAlias(hour,$__interval), d.label AS metric,
       10 * log(sum(n * power(10, leq_db / 10)) / nullif(sum(n), 0))
           - max(CASE WHEN extract(hour FROM hour AT TIME ZONE '{{tz}}') BETWEEN {{day_from}}
                           AND {{day_to}} - 1 THEN l.day_db ELSE l.night_db END) AS margin_db
FROM panel.noise_hourly h
JOIN panel.device d USING (device_id)
JOIN (VALUES {{limits}}) AS l (zone, day_db, night_db) USING (zone)
WHERE $__timeFilter(h.hour) AND d.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
  AND d.zone = ANY(ARRAY[${zone:sqlstring}]::text[])
GROUP BY 1, 2 ORDER BY 1 LIMIT 20000

-- name: noise.lden
-- Day-evening-night level of each local day, over the meters chosen.
SELECT day::timestamp AT TIME ZONE '{{tz}}' AS time, metric,
       10 * log((12 * power(10, coalesce(d_db, 0) / 10)
                 + 4 * power(10, (coalesce(e_db, 0) + 5) / 10)
                 + 8 * power(10, (coalesce(n_db, 0) + 10) / 10)) / 24) AS lden_db
FROM (SELECT (h.hour AT TIME ZONE '{{tz}}')::date AS day, d.label AS metric,
             10 * log(sum(n * power(10, leq_db / 10)) FILTER (WHERE local BETWEEN 7 AND 18)
                      / nullif(sum(n) FILTER (WHERE local BETWEEN 7 AND 18), 0)) AS d_db,
             10 * log(sum(n * power(10, leq_db / 10)) FILTER (WHERE local BETWEEN 19 AND 22)
                      / nullif(sum(n) FILTER (WHERE local BETWEEN 19 AND 22), 0)) AS e_db,
             10 * log(sum(n * power(10, leq_db / 10)) FILTER (WHERE local < 7 OR local = 23)
                      / nullif(sum(n) FILTER (WHERE local < 7 OR local = 23), 0)) AS n_db
        FROM (SELECT *, extract(hour FROM hour AT TIME ZONE '{{tz}}') AS local
                FROM panel.noise_hourly WHERE $__timeFilter(hour)) h
        JOIN panel.device d USING (device_id)
       WHERE d.device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND d.zone = ANY(ARRAY[${zone:sqlstring}]::text[])
       GROUP BY 1, 2) days
WHERE d_db IS NOT NULL AND e_db IS NOT NULL AND n_db IS NOT NULL
ORDER BY 1 LIMIT 4000

-- name: noise.hours
-- The usual day: energy mean by local hour.
SELECT to_char(local, 'FM00') || ' h' AS hour,
       10 * log(sum(n * power(10, leq_db / 10)) / nullif(sum(n), 0)) AS leq_db
FROM (SELECT extract(hour FROM hour AT TIME ZONE '{{tz}}') AS local, n, leq_db
        FROM panel.noise_hourly
       WHERE $__timeFilter(hour) AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])) heard
GROUP BY local ORDER BY local LIMIT 24

-- name: noise.now
-- Each meter's last hour.
SELECT d.label AS station, newest.leq_db
FROM (SELECT DISTINCT ON (device_id) device_id, leq_db FROM panel.noise_hourly
       WHERE hour >= $__timeTo()::timestamptz - INTERVAL '24 hours' AND hour <= $__timeTo()
       ORDER BY device_id, hour DESC) newest
JOIN panel.device d USING (device_id)
WHERE d.device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND d.zone = ANY(ARRAY[${zone:sqlstring}]::text[])
ORDER BY newest.leq_db DESC LIMIT 50

-- name: noise.map
-- Where meters stand, and their last hour.
SELECT d.device_id, d.name, d.lat_deg AS latitude, d.lon_deg AS longitude, d.zone, newest.leq_db
FROM (SELECT DISTINCT ON (device_id) device_id, leq_db FROM panel.noise_hourly
       WHERE hour >= $__timeTo()::timestamptz - INTERVAL '24 hours' AND hour <= $__timeTo()
       ORDER BY device_id, hour DESC) newest
JOIN panel.device d USING (device_id)
WHERE d.device_id = ANY(ARRAY[${device:sqlstring}]::text[]) ORDER BY d.device_id LIMIT 100
