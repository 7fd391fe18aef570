"""The statements that are sent, by name; nothing else ever is. For PostgreSQL 13 and later.

Texts of queries are cut and passwords in them masked by the server, so that they reach neither us nor a cache.
"""

# ruff: noqa: S608 # what the statements are composed of stands in this file
from __future__ import annotations

from typing import Final

MASKED: Final = (  # the rest of the statement goes, for a literal may be quoted in many ways
    r"left(regexp_replace({0}, '(password\s*=\s*|password\s+(?=e?''|\$))\S.*', '\1***', 'gi'), 4000)"
)
HIT_PERCENT: Final = "100.0 * {hit} / nullif({hit} + {read}, 0)"
SECONDS_SINCE: Final = "extract(epoch FROM clock_timestamp() - {0})::float8"
OWN: Final = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"
CLIENTS: Final = "backend_type = 'client backend'"
REPLAY_LAG: Final = f"""
    CASE WHEN NOT pg_is_in_recovery() THEN NULL
         WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
         ELSE {SECONDS_SINCE.format("pg_last_xact_replay_timestamp()")} END"""

SERVER = f"""
SELECT current_setting('server_version') AS version, current_database() AS database, current_user AS user,
       pg_postmaster_start_time() AS started_at, pg_is_in_recovery() AS is_standby,
       (SELECT count(*) FROM pg_stat_activity WHERE {CLIENTS}) AS connections,
       current_setting('max_connections')::int AS limit,
       current_setting('superuser_reserved_connections')::int AS reserved,
       (SELECT count(*) FROM pg_locks WHERE NOT granted) AS waiting,
       coalesce((SELECT max({SECONDS_SINCE.format("xact_start")}) FROM pg_stat_activity WHERE {CLIENTS}), 0)
           AS longest_transaction_seconds,
       oldest.age AS transaction_age, oldest.datname AS oldest_database,
       {REPLAY_LAG} AS replay_lag_seconds,
       CASE WHEN pg_is_in_recovery() THEN EXISTS (SELECT 1 FROM pg_stat_wal_receiver) END AS is_receiving,
       worst.name AS worst_standby, worst.seconds AS worst_standby_lag_seconds,
       pg_database_size(current_database()) AS database_bytes,
       own.xact_commit AS commits, own.xact_rollback AS rollbacks,
       {HIT_PERCENT.format(hit="own.blks_hit", read="own.blks_read")} AS hit_percent
FROM (SELECT datname, age(datfrozenxid) AS age FROM pg_database ORDER BY 2 DESC LIMIT 1) AS oldest
CROSS JOIN (SELECT * FROM pg_stat_database WHERE datname = current_database()) AS own
LEFT JOIN (SELECT application_name AS name, extract(epoch FROM replay_lag)::float8 AS seconds
           FROM pg_stat_replication ORDER BY replay_lag DESC NULLS LAST LIMIT 1) AS worst ON true
"""

DATABASES = f"""
SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding,
       CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
            THEN pg_database_size(d.oid) END AS size_bytes,
       coalesce(s.numbackends, 0) AS connections, nullif(d.datconnlimit, -1) AS connection_limit,
       coalesce(s.xact_commit, 0) AS commits, coalesce(s.xact_rollback, 0) AS rollbacks,
       {HIT_PERCENT.format(hit="s.blks_hit", read="s.blks_read")} AS hit_percent,
       coalesce(s.deadlocks, 0) AS deadlocks, coalesce(s.temp_bytes, 0) AS temporary_bytes,
       coalesce(s.conflicts, 0) AS conflicts, age(d.datfrozenxid) AS transaction_age,
       100.0 * age(d.datfrozenxid) / 2147483648 AS wraparound_percent, s.stats_reset AS counted_since
FROM pg_database d LEFT JOIN pg_stat_database s ON s.datid = d.oid
WHERE NOT d.datistemplate ORDER BY 4 DESC NULLS LAST, 1
"""

TABLES = f"""
SELECT n.nspname AS schema, c.relname AS name,
       CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END AS rows,
       pg_total_relation_size(c.oid) AS total_bytes, pg_relation_size(c.oid) AS table_bytes,
       pg_indexes_size(c.oid) AS index_bytes,
       CASE WHEN c.reltoastrelid = 0 THEN 0 ELSE pg_total_relation_size(c.reltoastrelid) END AS toast_bytes,
       coalesce(s.seq_scan, 0) AS sequential_scans, coalesce(s.idx_scan, 0) AS index_scans
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'm', 'p') AND {OWN}
ORDER BY 4 DESC, 1, 2 LIMIT %(limit)s
"""

CONNECTIONS = f"""
WITH client AS (SELECT * FROM pg_stat_activity WHERE {CLIENTS}),
     counted AS (SELECT 'states' AS kind, coalesce(state, 'unknown') AS name, count(*) AS number FROM client GROUP BY 2
       UNION ALL SELECT 'applications', application_name, count(*) FROM client GROUP BY 2
       UNION ALL SELECT 'users', coalesce(usename::text, ''), count(*) FROM client GROUP BY 2
       UNION ALL SELECT 'databases', coalesce(datname::text, ''), count(*) FROM client GROUP BY 2)
SELECT (SELECT count(*) FROM client) AS total, current_setting('max_connections')::int AS limit,
       current_setting('superuser_reserved_connections')::int AS reserved,
       (SELECT jsonb_object_agg(name, number) FROM counted WHERE kind = 'states') AS states,
       (SELECT jsonb_object_agg(name, number) FROM counted WHERE kind = 'applications') AS applications,
       (SELECT jsonb_object_agg(name, number) FROM counted WHERE kind = 'users') AS users,
       (SELECT jsonb_object_agg(name, number) FROM counted WHERE kind = 'databases') AS databases
"""

RUNNING_QUERIES = f"""
SELECT pid, datname AS database, usename AS user, application_name AS application, host(client_addr) AS client_address,
       state, CASE WHEN state = 'active' THEN {SECONDS_SINCE.format("query_start")} END AS query_seconds,
       {SECONDS_SINCE.format("xact_start")} AS transaction_seconds,
       wait_event_type || ': ' || wait_event AS wait, to_jsonb(pg_blocking_pids(pid)) AS blocked_by,
       {MASKED.format("query")} AS query
FROM pg_stat_activity
WHERE {CLIENTS} AND pid <> pg_backend_pid()
  AND (state = 'active' OR %(with_idle)s OR state LIKE 'idle in transaction%%')
  AND coalesce({SECONDS_SINCE.format("coalesce(xact_start, query_start)")}, 0) >= %(minimum_seconds)s
ORDER BY xact_start NULLS LAST, pid LIMIT 500
"""

LOCKS = f"""
SELECT a.pid AS blocked_pid, a.usename AS blocked_user, a.application_name AS blocked_application,
       {MASKED.format("a.query")} AS blocked_query,
       {SECONDS_SINCE.format("coalesce(a.state_change, a.query_start)")} AS waiting_seconds,
       coalesce(l.locktype, '') AS lock, coalesce(l.mode, '') AS mode,
       CASE WHEN l.database = 0 OR l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            THEN l.relation::regclass::text END AS relation,
       blocking.pid AS blocking_pid, b.usename AS blocking_user, b.application_name AS blocking_application,
       b.state AS blocking_state, {MASKED.format("b.query")} AS blocking_query,
       {SECONDS_SINCE.format("b.xact_start")} AS blocking_transaction_seconds
FROM pg_stat_activity a
CROSS JOIN LATERAL (SELECT DISTINCT unnest(pg_blocking_pids(a.pid)) AS pid) AS blocking
LEFT JOIN LATERAL (SELECT * FROM pg_locks WHERE pid = a.pid AND NOT granted LIMIT 1) AS l ON true
LEFT JOIN pg_stat_activity b ON b.pid = blocking.pid
ORDER BY 5 DESC, 1, 9
"""

# The extension may be in any schema; where it is found holds for the transaction of these statements alone.
IN_ITS_SCHEMA: Final = """
SELECT set_config('search_path', 'pg_catalog, ' || quote_ident(n.nspname), true)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements';
"""
SLOW_QUERIES = f"""{IN_ITS_SCHEMA}
SELECT s.queryid::text AS query_id, {MASKED.format("s.query")} AS query, pg_get_userbyid(s.userid) AS user,
       s.calls, s.total_exec_time / 1000 AS total_seconds, s.mean_exec_time / 1000 AS mean_seconds,
       s.max_exec_time / 1000 AS longest_seconds, s.rows,
       {HIT_PERCENT.format(hit="s.shared_blks_hit", read="s.shared_blks_read")} AS hit_percent,
       s.temp_blks_read + s.temp_blks_written AS temporary_blocks
FROM pg_stat_statements s
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY CASE %(order)s WHEN 'mean' THEN s.mean_exec_time WHEN 'calls' THEN s.calls WHEN 'longest' THEN s.max_exec_time
         ELSE s.total_exec_time END DESC LIMIT %(limit)s
"""
RESET_SLOW_QUERIES = f"{IN_ITS_SCHEMA}SELECT pg_stat_statements_reset() IS NOT NULL AS done"

STANDBYS = """
SELECT application_name AS application, host(client_addr) AS address, state, sync_state AS synchronisation,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
                       replay_lsn)::bigint AS lag_bytes,
       coalesce(extract(epoch FROM replay_lag), 0)::float8 AS lag_seconds
FROM pg_stat_replication ORDER BY 1, 2
"""
REPLICATION_SLOTS = """
SELECT slot_name AS name, slot_type AS kind, database, active AS is_active, wal_status,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
                       restart_lsn)::bigint AS retained_bytes
FROM pg_replication_slots ORDER BY 1
"""
RECEIVER = f"""
SELECT pg_is_in_recovery() AS is_standby,
       r.status, r.sender_host || ':' || r.sender_port AS sender, r.slot_name AS slot,
       CASE WHEN pg_is_in_recovery()
            THEN pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint END AS lag_bytes,
       {REPLAY_LAG} AS lag_seconds
FROM (SELECT 1) AS one LEFT JOIN pg_stat_wal_receiver r ON true
"""

INDEXES = f"""
SELECT n.nspname AS schema, t.relname AS table, c.relname AS name, pg_relation_size(c.oid) AS size_bytes,
       coalesce(s.idx_scan, 0) AS scans, pg_get_indexdef(c.oid) AS definition, NOT i.indisvalid AS is_invalid,
       i.indisvalid AND NOT i.indisunique AND coalesce(s.idx_scan, 0) = 0
           AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = c.oid) AS is_unused,
       (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()) AS counted_since
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = c.oid
WHERE {OWN} AND c.relkind = 'i' ORDER BY 4 DESC, 1, 3 LIMIT 5000
"""
DUPLICATE_INDEXES = f"""
SELECT n.nspname AS schema, t.relname AS table, jsonb_agg(c.relname ORDER BY c.relname) AS names,
       sum(pg_relation_size(c.oid))::bigint AS size_bytes, min(pg_get_indexdef(c.oid)) AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE {OWN} AND i.indisvalid
GROUP BY n.nspname, t.relname, i.indrelid, c.relam, i.indkey::text, i.indclass::text, i.indoption::text,
         i.indcollation::text, coalesce(i.indexprs::text, ''), coalesce(i.indpred::text, '')
HAVING count(*) > 1 ORDER BY 4 DESC
"""
# A page of a B-tree holds an entry of 8 bytes and its columns, padded, and a pointer of 4, at 90 % by default. Widths
# are shown of tables that our user may read; without, columns of a fixed length have to do.
INDEX_BLOAT = f"""
WITH shape AS (
    SELECT i.indexrelid, i.indrelid, sum(w.width) AS width, count(w.width) AS known,
           i.indnatts AS wanted
    FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) AS k(attnum)
    JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    LEFT JOIN pg_stats p ON p.schemaname = n.nspname AND p.tablename = t.relname AND p.attname = a.attname
    CROSS JOIN LATERAL (SELECT coalesce(p.avg_width * (1 - p.null_frac),
                              CASE WHEN a.attlen > 0 THEN a.attlen END)) AS w(width)
    WHERE {OWN} GROUP BY i.indexrelid, i.indrelid, i.indnatts),
expected AS (
    SELECT s.*, c.relname, c.relpages, current_setting('block_size')::int AS block,
           1 + ceil(c.reltuples * (8 + ceil(s.width / 8) * 8 + 4) / ((current_setting('block_size')::int - 40)
               * coalesce((SELECT substring(o FROM '[0-9]+')::int FROM unnest(c.reloptions) o
                           WHERE o LIKE 'fillfactor=%%'), 90)
               / 100.0)) AS pages
    FROM shape s JOIN pg_class c ON c.oid = s.indexrelid JOIN pg_am m ON m.oid = c.relam
    WHERE m.amname = 'btree' AND s.known = s.wanted AND c.reltuples > 0)
SELECT n.nspname AS schema, t.relname AS table, e.relname AS name, (e.relpages::bigint * e.block) AS size_bytes,
       ((e.relpages - e.pages) * e.block)::bigint AS wasted_bytes,
       100.0 * (e.relpages - e.pages) / e.relpages AS wasted_percent
FROM expected e JOIN pg_class t ON t.oid = e.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE e.relpages >= 16 AND e.relpages > e.pages * 1.3 ORDER BY 5 DESC LIMIT 100
"""

VACUUM_HEALTH = f"""
SELECT n.nspname AS schema, c.relname AS name, s.n_live_tup AS live_rows, s.n_dead_tup AS dead_rows,
       coalesce(100.0 * s.n_dead_tup / nullif(s.n_live_tup + s.n_dead_tup, 0), 0) AS dead_percent,
       s.n_dead_tup > current_setting('autovacuum_vacuum_threshold')::bigint
           + current_setting('autovacuum_vacuum_scale_factor')::float8 * greatest(c.reltuples, 0) AS is_due,
       s.last_vacuum, s.last_autovacuum, s.last_analyze, s.last_autoanalyze, age(c.relfrozenxid) AS transaction_age
FROM pg_stat_all_tables s JOIN pg_class c ON c.oid = s.relid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OWN} AND c.relkind IN ('r', 'm') ORDER BY s.n_dead_tup DESC, 1, 2 LIMIT %(limit)s
"""

SETTINGS = """
SELECT name, CASE WHEN name IN ('primary_conninfo', 'ssl_passphrase_command', 'archive_command', 'restore_command')
                   AND coalesce(setting, '') <> '' THEN '***' ELSE coalesce(setting, '') END AS value,
       unit, category, source, setting IS NOT DISTINCT FROM boot_val AS is_default,
       pending_restart AS is_pending_restart, short_desc AS description
FROM pg_settings WHERE name LIKE %(pattern)s ORDER BY name
"""

_SIGNAL = """
WITH wanted AS MATERIALIZED (
    SELECT pid, usename AS user, application_name AS application, {query} AS query
    FROM pg_stat_activity WHERE pid = %(pid)s AND backend_type = 'client backend' AND pid <> pg_backend_pid())
SELECT wanted.*, {function}(pid) AS is_done FROM wanted
"""
CANCEL_QUERY = _SIGNAL.format(query=MASKED.format("query"), function="pg_cancel_backend")
END_BACKEND = _SIGNAL.format(query=MASKED.format("query"), function="pg_terminate_backend")

QUERIES: Final = {
    "server": SERVER,
    "databases": DATABASES,
    "tables": TABLES,
    "connections": CONNECTIONS,
    "running-queries": RUNNING_QUERIES,
    "locks": LOCKS,
    "slow-queries": SLOW_QUERIES,
    "reset-slow-queries": RESET_SLOW_QUERIES,
    "standbys": STANDBYS,
    "replication-slots": REPLICATION_SLOTS,
    "receiver": RECEIVER,
    "indexes": INDEXES,
    "duplicate-indexes": DUPLICATE_INDEXES,
    "index-bloat": INDEX_BLOAT,
    "vacuum-health": VACUUM_HEALTH,
    "settings": SETTINGS,
    "cancel-query": CANCEL_QUERY,
    "end-backend": END_BACKEND,
}
