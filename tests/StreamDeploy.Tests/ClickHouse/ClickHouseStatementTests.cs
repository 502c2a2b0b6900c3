using System.Text;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.Tests.ClickHouse;

public sealed class ClickHouseStatementTests
{
    [Theory]
    [InlineData("INSERT INTO t FORMAT CSV\n1,2", "INSERT INTO t ", "CSV", "1,2")]
    [InlineData("INSERT INTO t FORMAT CSV 1,2", "INSERT INTO t ", "CSV", "1,2")]
    [InlineData("INSERT INTO t FORMAT TSV\n\n", "INSERT INTO t ", "TSV", "\n")]
    [InlineData("insert into t (a, `values`) values (1), (2)", "insert into t (a, `values`) ", "Values", " (1), (2)")]
    [InlineData("INSERT INTO format FORMAT JSONEachRow {}", "INSERT INTO format ", "JSONEachRow", "{}")]
    [InlineData("INSERT INTO db.values (x) FORMAT JSONEachRow\r\n{}", "INSERT INTO db.values (x) ", "JSONEachRow", "{}")]
    [InlineData("INSERT INTO TABLE FUNCTION null('a Int32') FORMAT CSV\n1", "INSERT INTO TABLE FUNCTION null('a Int32') ", "CSV", "1")]
    [InlineData("-- FORMAT X\nINSERT/**/INTO t/* VALUES */SETTINGS a=1 FORMAT CSV\n1", "-- FORMAT X\nINSERT/**/INTO t/* VALUES */SETTINGS a=1 ", "CSV", "1")]
    [InlineData("INSERT INTO t (* EXCEPT(b)) VALUES", "INSERT INTO t (* EXCEPT(b)) ", "Values", "")]
    public void An_insert_is_told_from_its_data(string text, string sql, string format, string data)
    {
        ClickHouseStatement statement = Parse(text);
        Assert.True(statement.TakesData);
        Assert.Equal((sql, format, data), (statement.Sql, statement.Format, text[statement.DataStart..]));
    }

    [Theory]
    [InlineData("INSERT INTO t SELECT 1 AS format FROM x", null)]
    [InlineData("INSERT INTO t WITH 1 AS a SELECT a", null)]
    [InlineData("INSERT INTO t (SELECT 1)", null)]
    [InlineData("SELECT 1 FORMAT JSON", "JSON")]
    [InlineData("SELECT format FROM t FORMAT CSV SETTINGS max_threads = 1;", "CSV")]
    [InlineData("SELECT 'INSERT INTO t FORMAT CSV'", null)]
    [InlineData("SELECT 1 ; -- nothing more", null)]
    [InlineData("SELECT ';' /* ; /* ; */ ; */, $$;$$, $a$;$a$, ‘;’ // ;", null)]
    public void Everything_else_is_a_statement_without_data(string text, string? format)
    {
        ClickHouseStatement statement = Parse(text);
        Assert.False(statement.TakesData);
        Assert.Equal(format, statement.Format);
    }

    [Fact]
    public void A_last_semicolon_and_what_comments_follow_it_are_left_out() => Assert.Equal("SELECT 1 ", Parse("SELECT 1 ; -- nothing more\n ;").Sql);

    [Theory]
    [InlineData("", 62)]
    [InlineData(" -- nothing\n", 62)]
    [InlineData("exit", 62)]
    [InlineData("exit;", 62)]
    [InlineData("\\d", 62)]
    [InlineData("SELECT 1; SELECT 2", 62)]
    [InlineData("SELECT 'a", 62)]
    [InlineData("SELECT 1 /* a", 62)]
    [InlineData("SELECT 1 INTO OUTFILE 'x'", 358)]
    [InlineData("SELECT 1$a$ ' $a$ INTO OUTFILE 'x' -- '", 358)]
    [InlineData("INSERT INTO t FROM INFILE 'x' FORMAT CSV", 48)]
    [InlineData("INSERT INTO t SELECT * FROM input('a Int32') FORMAT CSV", 48)]
    [InlineData("EXPLAIN INSERT INTO t VALUES (1)\n\nDROP TABLE t", 48)]
    [InlineData("INSERT INTO t FORMAT CSV SETTINGS a = 1\n1", 48)]
    [InlineData("INSERT INTO t FORMAT CSV;\n1", 62)]
    [InlineData("DROP TABLE a PARALLEL WITH SYSTEM KILL", 48)]
    [InlineData("SYSTEM SHUTDOWN", 497)]
    [InlineData("system/**/kill", 497)]
    [InlineData("SYSTEM SUSPEND FOR 100 SECOND", 497)]
    [InlineData("SYSTEM ENABLE FAILPOINT x", 497)]
    [InlineData("DROP DATABASE IF EXISTS default", 497)]
    [InlineData("DETACH DATABASE `default` PERMANENTLY", 497)]
    [InlineData("RENAME DATABASE a TO b, \"default\" TO c", 497)]
    [InlineData("TRUNCATE ALL TABLES FROM system", 497)]
    [InlineData("DROP TABLE system.one", 497)]
    public void What_must_not_reach_the_library_is_refused_with_ClickHouses_code(string text, int code) =>
        Assert.Equal(code, Assert.Throws<ClickHouseRefusal>(() => Parse(text)).Code);

    [Theory]
    [InlineData("DROP TABLE default.x")]
    [InlineData("RENAME TABLE default . a TO b.default")]
    [InlineData("SELECT 1 FROM system.one")]
    [InlineData("SYSTEM FLUSH LOGS")]
    [InlineData("KILL QUERY WHERE 1 SYNC")]
    public void What_only_looks_like_it_is_let_through(string text) => Assert.Equal(text, Parse(text).Sql);

    private static ClickHouseStatement Parse(string text)
    {
        // Offsets are bytes; the data of these cases is ASCII, and so is all before it.
        return ClickHouseStatement.Parse(Encoding.UTF8.GetBytes(text));
    }
}
