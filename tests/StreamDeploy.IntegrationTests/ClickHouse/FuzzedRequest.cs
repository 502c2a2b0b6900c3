using System.Text;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary>A request that nobody would send on purpose, made of ones that somebody might.</summary>
internal sealed record FuzzedRequest(string Method, string Url, byte[] Body, string? ContentEncoding)
{
    private static readonly string[] Statements =
    [
        "SELECT 1", "SELECT number, toString(number) AS s FROM numbers(10) WHERE number % 2 = 0 ORDER BY s DESC LIMIT 3 FORMAT JSON", "INSERT INTO t (a, s) VALUES (1, 'x'), (2, 'it''s')",
        "INSERT INTO t FORMAT JSONEachRow {\"a\":1,\"s\":\"x\"}\n{\"a\":2}\n", "INSERT INTO t SELECT number, 'n' FROM numbers(10)", "INSERT INTO t FORMAT CSV\n1,\"a\n\nb\"\n",
        "CREATE TABLE IF NOT EXISTS u (a Int32, b Array(Nullable(String)), m Map(String, UInt8)) ENGINE = MergeTree ORDER BY a PARTITION BY a % 3 TTL now() + INTERVAL 1 DAY",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS c Float64 DEFAULT a * 2, UPDATE s = 'y' WHERE a = 1", "DROP TABLE IF EXISTS u SYNC", "TRUNCATE TABLE t", "OPTIMIZE TABLE t FINAL DEDUPLICATE BY a",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r", "SELECT {p:Array(String)}, {q:Map(String, Int8)}", "SELECT * FROM system.processes",
        "KILL QUERY WHERE query_id = 'nobody' SYNC", "KILL QUERY WHERE query LIKE '%nobody%' TEST", "EXPLAIN PIPELINE graph = 1 SELECT sum(a) FROM t GROUP BY s", "EXPLAIN AST SELECT (((1)))",
        "EXPLAIN QUERY TREE SELECT a FROM t AS x JOIN t AS y USING (a)", "DESCRIBE TABLE t", "SHOW CREATE TABLE t", "EXISTS TABLE t", "SHOW PROCESSLIST", "SET max_threads = 1", "USE default", "SYSTEM FLUSH LOGS",
        "SYSTEM SHUTDOWN", "SYSTEM KILL", "SYSTEM SUSPEND FOR 1 SECOND", "DROP DATABASE default", "DETACH DATABASE system", "exit", "BACKUP TABLE t TO Null", "CREATE VIEW IF NOT EXISTS v AS SELECT a FROM t",
        "CREATE MATERIALIZED VIEW IF NOT EXISTS mv ENGINE = Memory AS SELECT count() AS c FROM t", "CREATE FUNCTION IF NOT EXISTS f AS (x) -> x + 1", "SELECT f(f(f(1)))", "SELECT arrayMap(x -> x * 2, range(5)), tuple(1, 'a').2",
        "SELECT groupArray(number) FROM numbers(100000000)", "SELECT repeat('x', 100000000)", "SELECT throwIf(number = 7) FROM numbers(10)", "SELECT CAST('x', 'UInt8')", "SELECT quantileTDigestState(a) FROM t",
        "SELECT dictGet('d', 'a', 1)", "SELECT * FROM generateRandom('a Array(Tuple(Int8, String)), d Decimal(30, 5)', 1, 5, 3) LIMIT 5", "SELECT JSONExtract('{\"a\":[1,2]}', 'a', 'Array(UInt8)')", "SELECT a FROM t FINAL SAMPLE 0.1",
        "SELECT x'41', b'01', $$;$$, $a$ ' $a$, 'é', `a` FROM t -- comment\n", "SELECT /* /* nested */ */ 1", "CREATE TEMPORARY TABLE temp (a Int32)", "INSERT INTO FUNCTION null('a Int32') VALUES (1)",
        "SELECT finalizeAggregation(CAST(unhex('00'), 'AggregateFunction(uniq, String)'))", "SELECT * FROM format(JSONEachRow, '{\"a\":1}')", "SELECT reinterpretAsString(1), regexpExtract('aaa', '(a+)+b')",
    ];

    private static readonly string[] Formats = ["JSON", "Native", "RowBinary", "Parquet", "Arrow", "ORC", "Avro", "MsgPack", "Values", "CSV", "TabSeparated", "JSONEachRow", "BSONEachRow", "Protobuf", "XML", "Null", "Npy", "Nope"];
    private static readonly string[] Words = ["SELECT", "FROM", "(", ")", ",", "'", "`", ";", "FORMAT", "SETTINGS", "VALUES", "SYNC", "/*", "*/", "--", "\n", "\0", "NULL", "{p:String}", "-1", "18446744073709551616", "nan", "[]", "é", "INTO", "system.", "$$"];
    private static readonly string[] Parameters = ["param_p", "param_q", "query_id", "database", "default_format", "session_id", "session_timeout", "session_check", "close_session", "compress", "decompress", "max_threads", "max_block_size",
        "readonly", "log_comment", "insert_deduplication_token", "enable_http_compression", "wait_end_of_query", "no_such_setting", "user", "role", "async_insert", "output_format_json_quote_64bit_integers", "dialect"];
    private static readonly string[] Values = ["", "0", "1", "-1", "x", "default", "reader", "system", "['a']", "{'a':1}", "99999999999999999999", "'; DROP TABLE t; --", "\\", "é", "\r\n", "a b", "clickhouse", "kusto", "prql"];

    public static FuzzedRequest Make(Random random)
    {
        var url = new StringBuilder(random.Next(20) == 0 ? "/" + Pick(random, Values) + "?" : "/?");
        url.Append("max_execution_time=2");
        for (int i = random.Next(4); i > 0; i--)
            url.Append('&').Append(Pick(random, Parameters)).Append('=').Append(Uri.EscapeDataString(Pick(random, Values)));
        string statement = Mutate(random, Pick(random, Statements));
        byte[] body = Encoding.UTF8.GetBytes(statement);
        switch (random.Next(6))
        {
            case 0:
                url.Append("&query=").Append(Uri.EscapeDataString(statement));
                body = [];
                break;
            case 1:
                url.Append("&query=").Append(Uri.EscapeDataString("INSERT INTO t FORMAT " + Pick(random, Formats)));
                body = new byte[random.Next(2000)];
                random.NextBytes(body);
                break;
            case 2:
                body[random.Next(body.Length)] = (byte)random.Next(256);
                break;
        }
        string? encoding = random.Next(8) == 0 ? Pick(random, ["gzip", "deflate", "br", "zstd", "lz4", "xz", "snappy", "nope"]) : null;
        return new(body.Length == 0 && random.Next(2) == 0 ? "GET" : random.Next(30) == 0 ? Pick(random, ["PUT", "DELETE", "OPTIONS", "HEAD"]) : "POST", url.ToString(), body, encoding);
    }

    private static string Mutate(Random random, string statement)
    {
        for (int i = random.Next(4); i > 0; i--)
        {
            int at = random.Next(statement.Length + 1), length = random.Next(Math.Min(12, statement.Length - at + 1));
            statement = random.Next(5) switch
            {
                0 => statement.Remove(at, length),
                1 => statement.Insert(at, " " + Pick(random, Words) + " "),
                2 => statement.Insert(at, string.Concat(Enumerable.Repeat(statement.Substring(at, length), random.Next(1, 200)))),
                3 => statement[..at] + Pick(random, Statements),
                _ => statement + " FORMAT " + Pick(random, Formats),
            };
        }
        return statement.Length == 0 ? " " : statement;
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
