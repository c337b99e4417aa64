-- name: air.now
-- Each station's newest category; -1: too few data.
SELECT d.label AS station, newest.category
FROM (SELECT DISTINCT ON (device_id) device_id, category FROM panel.air_index
       WHERE hour >= $__timeTo()::timestamptz - INTERVAL '24 hours' AND hour <= $__timeTo()
       ORDER BY device_id, hour DESC) newest
JOIN panel.device d USING (device_id)
WHERE d.device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND d.zone = ANY(ARRAY[${zone:sqlstring}]::text[])
ORDER BY newest.category DESC, d.label LIMIT 50

-- name: air.history
-- Categories hour by hour; the worst one where a point stands for more than an hour.
SELECT $__timeGroupAlias(i.hour,$__interval), d.label AS metric, max(i.category) AS category
FROM panel.air_index i JOIN panel.device d USING (device_id)
WHERE $__timeFilter(i.hour) AND d.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
  AND d.zone = ANY(ARRAY[${zone:sqlstring}]::text[])
GROUP BY 1, 2 ORDER BY 1 LIMIT 20000

-- name: air.pollutant
-- One metric by station: readings over up to two days, hours over more; what is not believed is
-- left out.
SELECT $__timeGroupAlias(at,$__interval), d.label AS metric, avg(value) AS value
FROM (SELECT device_id, measured_at AS at, value FROM panel.reading
       WHERE $__unixEpochTo() - $__unixEpochFrom() <= 172800 AND metric = '{{metric}}'
         AND device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(measured_at)
      UNION ALL
      SELECT device_id, hour, mean_value FROM panel.reading_hourly
       WHERE $__unixEpochTo() - $__unixEpochFrom() > 172800 AND metric = '{{metric}}'
         AND device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND $__timeFilter(hour)) said
JOIN panel.device d USING (device_id)
WHERE d.zone = ANY(ARRAY[${zone:sqlstring}]::text[])
GROUP BY 1, 2 ORDER BY 1 LIMIT 20000

-- name: air.shares
-- Station hours in each category.
SELECT d.label AS station,
       count(*) FILTER (WHERE i.category = 0) AS good,
       count(*) FILTER (WHERE i.category = 1) AS acceptable,
       count(*) FILTER (WHERE i.category = 2) AS bad,
       count(*) FILTER (WHERE i.category = 3) AS very_bad,
       count(*) FILTER (WHERE i.category = 4) AS extremely_bad,
       count(*) FILTER (WHERE i.category = -1) AS insufficient
FROM panel.air_index i JOIN panel.device d USING (device_id)
WHERE $__timeFilter(i.hour) AND d.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
  AND d.zone = ANY(ARRAY[${zone:sqlstring}]::text[])
GROUP BY d.label ORDER BY d.label LIMIT 50

-- name: air.map
-- Where stations stand, and their newest category.
SELECT d.device_id, d.name, d.lat_deg AS latitude, d.lon_deg AS longitude, newest.category,
       newest.dominant, newest.hour
FROM (SELECT DISTINCT ON (device_id) * FROM panel.air_index
       WHERE hour >= $__timeTo()::timestamptz - INTERVAL '24 hours' AND hour <= $__timeTo()
       ORDER BY device_id, hour DESC) newest
JOIN panel.device d USING (device_id)
WHERE d.device_id = ANY(ARRAY[${device:sqlstring}]::text[]) AND d.zone = ANY(ARRAY[${zone:sqlstring}]::text[])
ORDER BY d.device_id LIMIT 100

-- name: air.weather
-- Temperature and humidity, all stations together.
SELECT $__timeGroupAlias(hour,$__interval),
       avg(mean_value) FILTER (WHERE metric = 'temperature_c') AS temperature_c,
       avg(mean_value) FILTER (WHERE metric = 'humidity_pct') AS humidity_pct
FROM panel.reading_hourly
WHERE metric IN ('temperature_c', 'humidity_pct') AND $__timeFilter(hour)
  AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY 1 ORDER BY 1 LIMIT 4000

-- name: air.dominant
-- Which pollutant decided, over station hours that were not good.
SELECT dominant AS pollutant, count(*) AS hours
FROM panel.air_index
WHERE $__timeFilter(hour) AND category > 0 AND dominant IS NOT NULL
  AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY 1 ORDER BY 2 DESC LIMIT 10

-- name: air.sufficiency
-- Share of readings that are believed.
SELECT $__timeGroupAlias(hour,$__interval),
       sum(n)::float8 / nullif(sum(n + flagged), 0) AS believed
FROM panel.reading_hourly
WHERE $__timeFilter(hour) AND device_id = ANY(ARRAY[${device:sqlstring}]::text[])
GROUP BY 1 ORDER BY 1 LIMIT 4000

-- name: air.anomalies
-- What the engine found unusual.
SELECT a.anomaly_id, d.label AS station, a.metric, a.started_at, a.ended_at, a.why, a.score
FROM panel.anomaly a JOIN panel.device d USING (device_id)
WHERE $__timeFilter(a.started_at) AND d.device_id = ANY(ARRAY[${device:sqlstring}]::text[])
ORDER BY a.started_at DESC LIMIT 50
