-- name: indicators.coverage
-- Share of planned metres serviced in the range.
SELECT sum(serviced_m) / nullif(sum(serviced_m + too_fast_m + missed_m + unknown_m), 0) AS coverage
FROM panel.run
WHERE service_date BETWEEN {{from_day}} AND {{to_day}} AND state = 'closed' LIMIT 1

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
-- Every indicator by whole local day, as it is published: today is not over.
SELECT days.day::date AS day, r.coverage, a.good, i.incidents, p.passages, m.arrived
FROM (SELECT generate_series({{from_day}}, {{to_day}} - 1, INTERVAL '1 day') AS day) days
LEFT JOIN (SELECT service_date AS day,
                  sum(serviced_m) / nullif(sum(serviced_m + too_fast_m + missed_m + unknown_m), 0)
                      AS coverage
             FROM panel.run
            WHERE service_date BETWEEN {{from_day}} AND {{to_day}} - 1 AND state = 'closed'
            GROUP BY 1) r ON r.day = days.day::date
LEFT JOIN (SELECT (hour AT TIME ZONE '{{tz}}')::date AS day,
                  count(*) FILTER (WHERE category IN (0, 1))::float8
                      / nullif(count(*) FILTER (WHERE category >= 0), 0) AS good
             FROM panel.air_index
             WHERE hour >= {{from_midnight}} AND hour < {{to_midnight}}
             GROUP BY 1) a ON a.day = days.day::date
LEFT JOIN (SELECT (opened_at AT TIME ZONE '{{tz}}')::date AS day, count(*) AS incidents
             FROM panel.incident
             WHERE opened_at >= {{from_midnight}} AND opened_at < {{to_midnight}}
             GROUP BY 1) i
       ON i.day = days.day::date
LEFT JOIN (SELECT (hour AT TIME ZONE '{{tz}}')::date AS day, sum(n) AS passages
             FROM panel.passage_hourly
             WHERE hour >= {{from_midnight}} AND hour < {{to_midnight}}
             GROUP BY 1) p
       ON p.day = days.day::date
LEFT JOIN (SELECT (hour AT TIME ZONE '{{tz}}')::date AS day,
                  1 - coalesce(sum(missing)::float8 / nullif(sum(sent), 0), 0) AS arrived
             FROM panel.ledger
             WHERE hour >= {{from_midnight}} AND hour < {{to_midnight}}
             GROUP BY 1) m ON m.day = days.day::date
ORDER BY days.day DESC LIMIT 400

-- name: indicators.coverage_days
-- Service given, day by day.
SELECT service_date::timestamp AT TIME ZONE '{{tz}}' AS time,
       sum(serviced_m) / nullif(sum(serviced_m + too_fast_m + missed_m + unknown_m), 0) AS coverage
FROM panel.run
WHERE service_date BETWEEN {{from_day}} AND {{to_day}} - 1 AND state = 'closed'
GROUP BY 1 ORDER BY 1 LIMIT 1000

-- name: indicators.air_days
-- Share of station hours with good or acceptable air, day by day.
SELECT date_trunc('day', hour, '{{tz}}') AS time,
       count(*) FILTER (WHERE category IN (0, 1))::float8
           / nullif(count(*) FILTER (WHERE category >= 0), 0) AS good
FROM panel.air_index
WHERE hour >= {{from_midnight}} AND hour < {{to_midnight}}
GROUP BY 1 ORDER BY 1 LIMIT 1000

-- name: indicators.noise_days
-- Energy mean of all meters, by local day and night.
SELECT date_trunc('day', hour, '{{tz}}') AS time,
       10 * log(sum(n * power(10, leq_db / 10)) FILTER (WHERE is_day)
                / nullif(sum(n) FILTER (WHERE is_day), 0)) AS day_db,
       10 * log(sum(n * power(10, leq_db / 10)) FILTER (WHERE NOT is_day)
                / nullif(sum(n) FILTER (WHERE NOT is_day), 0)) AS night_db
FROM (SELECT *, extract(hour FROM hour AT TIME ZONE '{{tz}}') BETWEEN {{day_from}}
                AND {{day_to}} - 1 AS is_day
        FROM panel.noise_hourly WHERE hour >= {{from_midnight}} AND hour < {{to_midnight}}) heard
GROUP BY 1 ORDER BY 1 LIMIT 1000

-- name: indicators.passages
-- Vehicles a day.
SELECT date_trunc('day', hour, '{{tz}}') AS time, sum(n) AS passages
FROM panel.passage_hourly
WHERE hour >= {{from_midnight}} AND hour < {{to_midnight}}
GROUP BY 1 ORDER BY 1 LIMIT 1000
