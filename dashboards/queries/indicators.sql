-- name: indicators.coverage
-- Share of planned metres serviced in the range.
SELECT sum(serviced_m) / nullif(sum(serviced_m + too_fast_m + missed_m + unknown_m), 0) AS coverage
FROM panel.run
WHERE service_date BETWEEN $__timeFrom()::date AND $__timeTo()::date AND state = 'closed' LIMIT 1

-- name: indicators.air
-- Share of the station hours with enough data whose air was good or acceptable.
SELECT count(*) FILTER (WHERE category IN (0, 1))::float8
       / nullif(count(*) FILTER (WHERE category >= 0), 0) AS good
FROM panel.air_index WHERE $__timeFilter(hour) LIMIT 1

-- name: indicators.response
-- Half of the incidents were acknowledged within this, s.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - opened_at))
           AS acknowledge_s
FROM panel.incident WHERE $__timeFilter(opened_at) AND state <> 'false' LIMIT 1

-- name: indicators.data
-- Share of messages that arrived.
SELECT 1 - coalesce(sum(missing)::float8 / nullif(sum(sent), 0), 0) AS arrived
FROM panel.ledger WHERE $__timeFilter(hour) LIMIT 1

-- name: indicators.daily
-- Every indicator by local day, as it is published.
SELECT days.day::date AS day, r.coverage, a.good, i.incidents, p.passages, m.arrived
FROM (SELECT generate_series($__timeFrom()::date, $__timeTo()::date, INTERVAL '1 day') AS day) days
LEFT JOIN (SELECT service_date AS day,
                  sum(serviced_m) / nullif(sum(serviced_m + too_fast_m + missed_m + unknown_m), 0)
                      AS coverage
             FROM panel.run
            WHERE service_date BETWEEN $__timeFrom()::date AND $__timeTo()::date
            GROUP BY 1) r ON r.day = days.day::date
LEFT JOIN (SELECT (hour AT TIME ZONE '{{tz}}')::date AS day,
                  count(*) FILTER (WHERE category IN (0, 1))::float8
                      / nullif(count(*) FILTER (WHERE category >= 0), 0) AS good
             FROM panel.air_index WHERE $__timeFilter(hour) GROUP BY 1) a ON a.day = days.day::date
LEFT JOIN (SELECT (opened_at AT TIME ZONE '{{tz}}')::date AS day, count(*) AS incidents
             FROM panel.incident WHERE $__timeFilter(opened_at) GROUP BY 1) i
       ON i.day = days.day::date
LEFT JOIN (SELECT (hour AT TIME ZONE '{{tz}}')::date AS day, sum(n) AS passages
             FROM panel.passage_hourly WHERE $__timeFilter(hour) GROUP BY 1) p
       ON p.day = days.day::date
LEFT JOIN (SELECT (hour AT TIME ZONE '{{tz}}')::date AS day,
                  1 - coalesce(sum(missing)::float8 / nullif(sum(sent), 0), 0) AS arrived
             FROM panel.ledger WHERE $__timeFilter(hour) GROUP BY 1) m ON m.day = days.day::date
ORDER BY days.day DESC LIMIT 400

-- name: indicators.coverage_days
-- Service given, day by day.
SELECT service_date::timestamptz AS time,
       sum(serviced_m) / nullif(sum(serviced_m + too_fast_m + missed_m + unknown_m), 0) AS coverage
FROM panel.run
WHERE service_date BETWEEN $__timeFrom()::date AND $__timeTo()::date
GROUP BY 1 ORDER BY 1 LIMIT 1000

-- name: indicators.air_days
-- Share of station hours with good or acceptable air, day by day.
SELECT (hour AT TIME ZONE '{{tz}}')::date::timestamptz AS time,
       count(*) FILTER (WHERE category IN (0, 1))::float8
           / nullif(count(*) FILTER (WHERE category >= 0), 0) AS good
FROM panel.air_index WHERE $__timeFilter(hour) GROUP BY 1 ORDER BY 1 LIMIT 1000

-- name: indicators.noise_days
-- Energy mean of all meters, by local day and night.
SELECT (hour AT TIME ZONE '{{tz}}')::date::timestamptz AS time,
       10 * log(sum(n * power(10, leq_db / 10)) FILTER (WHERE is_day)
                / nullif(sum(n) FILTER (WHERE is_day), 0)) AS day_db,
       10 * log(sum(n * power(10, leq_db / 10)) FILTER (WHERE NOT is_day)
                / nullif(sum(n) FILTER (WHERE NOT is_day), 0)) AS night_db
FROM (SELECT *, extract(hour FROM hour AT TIME ZONE '{{tz}}') BETWEEN {{day_from}}
                AND {{day_to}} - 1 AS is_day
        FROM panel.noise_hourly WHERE $__timeFilter(hour)) heard
GROUP BY 1 ORDER BY 1 LIMIT 1000

-- name: indicators.passages
-- Vehicles a day.
SELECT (hour AT TIME ZONE '{{tz}}')::date::timestamptz AS time, sum(n) AS passages
FROM panel.passage_hourly WHERE $__timeFilter(hour) GROUP BY 1 ORDER BY 1 LIMIT 1000
