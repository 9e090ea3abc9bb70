-- What to ask of the output of many captures, in SQL that DuckDB and Spark both take: `lines` is a table of keepwatch's JSON lines
-- (docs/archives.md). A query's name stands before it.

-- name: verdicts
-- How connections ended, in each capture.
SELECT file, verdict, count(*) AS connections
FROM lines WHERE event = 'connection'
GROUP BY file, verdict
ORDER BY file, verdict;

-- name: servers
-- Which servers lost connections, and how many they had in all captures: the worst first.
SELECT server, count(*) AS connections,
  count(*) FILTER (WHERE verdict IN ('dead', 'unanswered', 'stalled')) AS lost,
  max(silence_survived) AS longest_survived, min(silence_lost) AS shortest_lost
FROM (
  SELECT *, CASE WHEN src_ip = client_ip AND src_port = client_port THEN concat(dst_ip, ':', dst_port)
    ELSE concat(src_ip, ':', src_port) END AS server
  FROM lines WHERE event = 'connection'
) AS connections
GROUP BY server
ORDER BY lost DESC, connections DESC, server;

-- name: settings
-- Which keepalive settings are in use, where the gaps between probes tell them.
SELECT idle, interval, count, count(*) AS probers, sum(probes) AS probes, sum(unanswered) AS unanswered
FROM lines WHERE event = 'prober' AND (idle IS NOT NULL OR interval IS NOT NULL)
GROUP BY idle, interval, count
ORDER BY probers DESC, idle NULLS LAST, interval NULLS LAST, count NULLS LAST;

-- name: delays
-- How long answers took, by the host that answered.
SELECT src_ip AS answering, count(*) AS answers, min(delay) AS shortest, max(delay) AS longest
FROM lines WHERE event = 'answer' AND delay IS NOT NULL
GROUP BY src_ip
ORDER BY longest DESC, answering;

-- name: deaths
-- When connections were given up: many at one moment have one cause.
SELECT date_trunc('minute', time) AS minute, count(*) AS given_up, count(DISTINCT file) AS captures
FROM lines WHERE event = 'give-up'
GROUP BY date_trunc('minute', time)
ORDER BY given_up DESC, minute;
