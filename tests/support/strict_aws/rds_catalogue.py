"""The parameters that the layer knows: a sample of each family's, with what RDS gives them.

Sources: RDS user guide, "Working with parameters on your RDS for PostgreSQL DB instance" and "Requiring an SSL
connection to a PostgreSQL DB instance" (`rds.force_ssl` is 1 from version 15 on); "Requiring SSL/TLS for all
connections to a MySQL DB instance" (`require_secure_transport`, on from 8.4 on). The formulas are those of the default
groups.
"""

from __future__ import annotations

#: Name, data type, apply type, allowed values, RDS's own default or "": then the engine decides, and none is shown.
Parameter = tuple[str, str, str, str, str]

PARAMETERS: dict[str, list[Parameter]] = {
    "postgres": [
        ("max_connections", "integer", "static", "6-8388607", "LEAST({DBInstanceClassMemory/9531392},5000)"),
        ("shared_buffers", "integer", "static", "16-1073741823", "{DBInstanceClassMemory/32768}"),
        ("work_mem", "integer", "dynamic", "64-2147483647", ""),
        (
            "maintenance_work_mem",
            "integer",
            "dynamic",
            "1024-2147483647",
            "GREATEST({DBInstanceClassMemory*1024/63963136},65536)",
        ),
        ("rds.force_ssl", "boolean", "dynamic", "0,1", "1"),
        ("rds.logical_replication", "boolean", "static", "0,1", "0"),
        ("log_statement", "string", "dynamic", "none,ddl,mod,all", ""),
        ("log_min_duration_statement", "integer", "dynamic", "-1-2147483647", ""),
        ("statement_timeout", "integer", "dynamic", "0-2147483647", ""),
        ("idle_in_transaction_session_timeout", "integer", "dynamic", "0-2147483647", "86400000"),
        ("shared_preload_libraries", "list", "static", "", "pg_stat_statements"),
        ("random_page_cost", "float", "dynamic", "0-1.79769e+308", ""),
        ("timezone", "string", "dynamic", "", "UTC"),
    ],
    "mysql": [
        ("max_connections", "integer", "dynamic", "1-100000", "{DBInstanceClassMemory/12582880}"),
        ("character_set_server", "string", "dynamic", "", ""),
        ("collation_server", "string", "dynamic", "", ""),
        (
            "innodb_buffer_pool_size",
            "integer",
            "dynamic",
            "5242880-9223372036854775807",
            "{DBInstanceClassMemory*3/4}",
        ),
        ("require_secure_transport", "boolean", "dynamic", "0,1", "0"),
        ("slow_query_log", "boolean", "dynamic", "0,1", ""),
        ("long_query_time", "float", "dynamic", "0-31536000", ""),
        ("time_zone", "string", "dynamic", "", ""),
    ],
}
#: Families whose default differs from the above.
EXCEPTIONS = {
    ("postgres13", "rds.force_ssl"): "0",
    ("postgres14", "rds.force_ssl"): "0",
    ("mysql8.4", "require_secure_transport"): "1",
}


def catalogue(family: str) -> dict[str, Parameter]:
    engine = "postgres" if family.startswith("postgres") else "mysql"
    return {p[0]: (*p[:4], EXCEPTIONS.get((family, p[0]), p[4])) for p in PARAMETERS[engine]}
