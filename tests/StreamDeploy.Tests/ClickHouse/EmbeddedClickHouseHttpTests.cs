using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace StreamDeploy.Tests.ClickHouse;

[Collection(EmbeddedClickHouseTests.Name)]
public sealed class EmbeddedClickHouseHttpTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    private readonly HttpClient _http = clickHouse.Http;

    [ClickHouseFact]
    public async Task Ping_and_the_bare_root_say_Ok()
    {
        Assert.Equal("Ok.\n", await _http.GetStringAsync(new Uri(clickHouse.Url, "/ping")));
        Assert.Equal("Ok.\n", await _http.GetStringAsync(clickHouse.Url));
    }

    [ClickHouseFact]
    public async Task A_statement_may_be_in_the_URL_in_the_body_or_in_both()
    {
        Assert.Equal("1\n", await _http.GetStringAsync(Url("query=SELECT%201")));
        Assert.Equal("1\n", await clickHouse.PostAsync("SELECT 1"));
        Assert.Equal("3\n", await clickHouse.PostAsync("+ 2", "query=SELECT%201"));
    }

    [ClickHouseFact]
    public async Task The_format_comes_from_the_statement_else_from_default_format_else_it_is_TabSeparated()
    {
        Assert.Equal(("1\n", "TabSeparated", "text/tab-separated-values"), await FormatOf("SELECT 1 AS x", ""));
        Assert.Equal(("""{"x":1}""" + "\n", "JSONEachRow", "application/x-ndjson"), await FormatOf("SELECT 1 AS x", "default_format=JSONEachRow"));
        Assert.Equal(("\"x\"\n1\n", "CSVWithNames", "text/csv"), await FormatOf("SELECT 1 AS x FORMAT CSVWithNames", "default_format=JSON"));
    }

    [ClickHouseFact]
    public async Task JSON_carries_names_types_and_rows()
    {
        using JsonDocument json = JsonDocument.Parse(await clickHouse.PostAsync("SELECT 1 AS x, 'a' AS y FORMAT JSON"));
        Assert.Equal("UInt8", json.RootElement.GetProperty("meta")[0].GetProperty("type").GetString());
        Assert.Equal("a", json.RootElement.GetProperty("data")[0].GetProperty("y").GetString());
        Assert.Equal(1, json.RootElement.GetProperty("rows").GetInt32());
    }

    [ClickHouseFact]
    public async Task Parameters_fill_placeholders_and_cannot_end_them()
    {
        string text = "it's; DROP TABLE x -- \"q\" ü";
        string sent = Uri.EscapeDataString(text);
        Assert.Equal(text + "\n", await clickHouse.PostAsync("SELECT {p:String} FORMAT TSVRaw", "param_p=" + sent));
        Assert.Equal("3\n", await clickHouse.PostAsync("SELECT arraySum({a:Array(Int32)})", "param_a=[1,2]"));
        Assert.Equal((HttpStatusCode.InternalServerError, "456"), await ErrorOf("SELECT {q:String}"));
    }

    [ClickHouseFact]
    public async Task Settings_hold_for_their_request_only()
    {
        Assert.Equal("3\n", await clickHouse.PostAsync("SELECT getSetting('max_threads')", "max_threads=3"));
        Assert.NotEqual("3\n", await clickHouse.PostAsync("SELECT getSetting('max_threads') + 10"));
        Assert.Equal((HttpStatusCode.NotFound, "115"), await ErrorOf("SELECT 1", "no_such_setting=1"));
        Assert.Equal((HttpStatusCode.BadRequest, "27"), await ErrorOf("SELECT 1", "max_threads=abc"));
        Assert.Equal("a'b\\\n", await clickHouse.PostAsync("SELECT getSetting('log_comment') FORMAT TSVRaw", "log_comment=a%27b%5C"));
    }

    [ClickHouseFact]
    public async Task The_database_comes_from_the_URL_or_a_header()
    {
        string database = await clickHouse.NewDatabaseAsync();
        Assert.Equal(database + "\n", await clickHouse.PostAsync("SELECT currentDatabase()", "database=" + database));
        Assert.Equal("default\n", await clickHouse.PostAsync("SELECT currentDatabase()"));
        Assert.Equal((HttpStatusCode.NotFound, "81"), await ErrorOf("SELECT 1", "database=nope"));
        using var request = new HttpRequestMessage(HttpMethod.Post, Url("")) { Content = new StringContent("SELECT currentDatabase()") };
        request.Headers.Add("X-ClickHouse-Database", database);
        Assert.Equal(database + "\n", await (await _http.SendAsync(request)).Content.ReadAsStringAsync());
    }

    [ClickHouseFact]
    public async Task Errors_have_ClickHouses_status_code_and_text()
    {
        Assert.Equal((HttpStatusCode.NotFound, "60"), await ErrorOf("SELECT * FROM nope"));
        Assert.Equal((HttpStatusCode.NotFound, "47"), await ErrorOf("SELECT nope"));
        Assert.Equal((HttpStatusCode.NotFound, "46"), await ErrorOf("SELECT nope(1)"));
        Assert.Equal((HttpStatusCode.NotFound, "73"), await ErrorOf("SELECT 1 FORMAT Nope"));
        Assert.Equal((HttpStatusCode.BadRequest, "62"), await ErrorOf("SELEC 1"));
        Assert.Equal((HttpStatusCode.BadRequest, "62"), await ErrorOf("SELECT 1; SELECT 2"));
        Assert.Equal((HttpStatusCode.BadRequest, "62"), await ErrorOf(""));
        Assert.Equal((HttpStatusCode.BadRequest, "62"), await ErrorOf("exit"));
        Assert.Equal((HttpStatusCode.InternalServerError, "395"), await ErrorOf("SELECT throwIf(number = 99999) FROM numbers(100000)"));
        Assert.Equal((HttpStatusCode.InternalServerError, "241"), await ErrorOf("SELECT groupArray(number) FROM numbers(100000000)", "max_memory_usage=10000000"));
        using HttpResponseMessage response = await _http.PostAsync(Url(""), new StringContent("SELECT * FROM nope"));
        Assert.Matches(@"^Code: 60\. DB::Exception: .*nope.*\(UNKNOWN_TABLE\)\n$", await response.Content.ReadAsStringAsync());
    }

    [ClickHouseFact]
    public async Task A_GET_only_reads()
    {
        string database = await clickHouse.NewDatabaseAsync();
        string create = Uri.EscapeDataString($"CREATE TABLE {database}.t (a Int32) ENGINE = Memory");
        using HttpResponseMessage response = await _http.GetAsync(Url("query=" + create));
        Assert.Equal("164", response.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
        Assert.Contains("method GET implies readonly", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("2\n", await _http.GetStringAsync(Url("query=SELECT+getSetting('max_threads')&max_threads=2")));
    }

    [ClickHouseFact]
    public async Task Files_are_out_of_reach_for_those_who_only_read()
    {
        string file = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        foreach (string outfile in (string[])["SELECT 1 INTO OUTFILE '{0}'", "SELECT 1 INTO/**/OUTFILE '{0}'", "SELECT 1$a$ ' $a$ INTO OUTFILE '{0}' -- '"])
        {
            Assert.NotEqual(HttpStatusCode.OK, (await ErrorOf(string.Format(null, outfile, file))).Status);
            Assert.False(File.Exists(file), outfile);
        }
        Assert.Equal((HttpStatusCode.InternalServerError, "358"), await ErrorOf($"SELECT 1 INTO OUTFILE '{file}'"));
        Assert.Equal((HttpStatusCode.InternalServerError, "164"), await ErrorOf("SELECT * FROM file('/etc/hostname', 'LineAsString')", "user=reader"));
    }

    [ClickHouseFact]
    public async Task The_reader_reads_and_changes_nothing_not_even_settings()
    {
        Assert.Equal("1\n", await clickHouse.PostAsync("SELECT 1", "user=reader"));
        Assert.Equal((HttpStatusCode.InternalServerError, "164"), await ErrorOf("CREATE DATABASE nope", "user=reader"));
        Assert.Equal((HttpStatusCode.InternalServerError, "164"), await ErrorOf("SELECT 1", "user=reader&readonly=0"));
        Assert.Equal((HttpStatusCode.InternalServerError, "164"), await ErrorOf("SELECT 1 SETTINGS readonly = 0", "user=reader"));
    }

    [ClickHouseFact]
    public async Task Unknown_users_roles_and_other_sites_are_refused()
    {
        Assert.Equal((HttpStatusCode.Forbidden, "516"), await ErrorOf("SELECT 1", "user=eve"));
        Assert.Equal((HttpStatusCode.Forbidden, "516"), await ErrorOf("SELECT 1", "user=default&password=x"));
        Assert.Equal((HttpStatusCode.NotImplemented, "48"), await ErrorOf("SELECT 1", "role=x"));
        using var request = new HttpRequestMessage(HttpMethod.Post, Url("")) { Content = new StringContent("SELECT 1") };
        request.Headers.Add("Origin", "https://example.com");
        Assert.Equal(HttpStatusCode.Forbidden, (await _http.SendAsync(request)).StatusCode);
        using var rebound = new HttpRequestMessage(HttpMethod.Get, Url("query=SELECT%201")) { Headers = { Host = "example.com" } };
        Assert.Equal(HttpStatusCode.Forbidden, (await _http.SendAsync(rebound)).StatusCode);
        using var basic = new HttpRequestMessage(HttpMethod.Get, Url("query=SELECT%201"));
        basic.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("default:"u8));
        Assert.Equal(HttpStatusCode.OK, (await _http.SendAsync(basic)).StatusCode);
    }

    [ClickHouseFact]
    public async Task Inserts_take_data_from_the_body_whatever_is_in_it()
    {
        string database = await clickHouse.NewDatabaseAsync();
        await clickHouse.PostAsync("CREATE TABLE t (a Int32, s String) ENGINE = MergeTree ORDER BY a", "database=" + database);
        string insert = "database=" + database + "&query=" + Uri.EscapeDataString("INSERT INTO t (a, s) FORMAT JSONEachRow");
        await clickHouse.PostAsync("""{"a":1,"s":"x"}""" + "\n\nDROP TABLE t;\n".Replace("DROP TABLE t;", """{"a":2,"s":"; DROP TABLE t"}""", StringComparison.Ordinal), insert);
        await clickHouse.PostAsync("INSERT INTO t VALUES (3, 'it''s'), (4, '\\\\')\n\n,(5, '')", "database=" + database);
        await clickHouse.PostAsync("INSERT INTO t FORMAT CSV\n6,\"a\n\nb\"\n", "database=" + database);
        await clickHouse.PostAsync("INSERT INTO t SELECT number + 7, 'n' FROM numbers(2)", "database=" + database);
        Assert.Equal("1 x|2 ; DROP TABLE t|3 it's|4 \\|5 |6 a\n\nb|7 n|8 n\n", await clickHouse.PostAsync(
            "SELECT arrayStringConcat(groupArray(concat(toString(a), ' ', s)), '|') FROM (SELECT * FROM t ORDER BY a) FORMAT TSVRaw", "database=" + database));
    }

    [ClickHouseFact]
    public async Task What_comes_out_in_a_format_goes_in_again()
    {
        string database = await clickHouse.NewDatabaseAsync();
        await clickHouse.PostAsync("CREATE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a", "database=" + database);
        foreach (string format in (string[])["JSON", "JSONEachRow", "JSONCompact", "JSONCompactEachRowWithNamesAndTypes", "JSONColumns", "CSVWithNames", "TabSeparated", "TSKV", "Values", "Native", "RowBinary",
            "RowBinaryWithNamesAndTypes", "Parquet", "Arrow", "ArrowStream", "ORC", "Avro", "MsgPack", "BSONEachRow", "Protobuf"])
        {
            using HttpResponseMessage response = await _http.PostAsync(Url("default_format=" + format), new StringContent("SELECT number AS a, concat('a\tb\\n\"', toString(number)) AS s FROM numbers(3)"));
            Assert.Equal(format, response.Headers.GetValues("X-ClickHouse-Format").Single());
            using var body = new ByteArrayContent(await response.Content.ReadAsByteArrayAsync());
            using HttpResponseMessage inserted = await _http.PostAsync(Url($"database={database}&query=INSERT%20INTO%20t%20FORMAT%20{format}"), body);
            Assert.True(inserted.IsSuccessStatusCode, format + ": " + await inserted.Content.ReadAsStringAsync());
            Assert.Equal((format, "3\t3\n"), (format, await clickHouse.PostAsync("SELECT sum(a), countIf(s = concat('a\tb\\n\"', toString(a))) FROM t", "database=" + database)));
            await clickHouse.PostAsync("TRUNCATE TABLE t", "database=" + database);
        }
    }

    [ClickHouseFact]
    public async Task An_insert_that_cannot_be_read_inserts_nothing_and_says_which_row()
    {
        string database = await clickHouse.NewDatabaseAsync();
        await clickHouse.PostAsync("CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a", "database=" + database);
        string insert = "database=" + database + "&query=" + Uri.EscapeDataString("INSERT INTO t FORMAT JSONEachRow");
        using HttpResponseMessage response = await _http.PostAsync(Url(insert), new StringContent("{\"a\":1}\n{\"a\":\"x\"}\n"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("(at row 2)", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("0\n", await clickHouse.PostAsync("SELECT count() FROM t", "database=" + database));
    }

    [ClickHouseFact]
    public async Task Bodies_and_results_may_be_gzip()
    {
        string database = await clickHouse.NewDatabaseAsync();
        await clickHouse.PostAsync("CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a", "database=" + database);
        string rows = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{{\"a\":{i}}}\n"));
        using var body = new ByteArrayContent(Gzip(rows));
        body.Headers.ContentEncoding.Add("gzip");
        using HttpResponseMessage inserted = await _http.PostAsync(
            Url($"database={database}&query=" + Uri.EscapeDataString("INSERT INTO t FORMAT JSONEachRow")), body);
        Assert.Equal(HttpStatusCode.OK, inserted.StatusCode);
        Assert.Contains("\"written_rows\":\"300000\"", inserted.Headers.GetValues("X-ClickHouse-Summary").Single(), StringComparison.Ordinal);

        using var request = new HttpRequestMessage(HttpMethod.Post, Url($"database={database}&enable_http_compression=1")) { Content = new StringContent("SELECT count() FROM t") };
        request.Headers.AcceptEncoding.ParseAdd("gzip");
        using HttpResponseMessage response = await _http.SendAsync(request);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await using var unzipped = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        Assert.Equal("300000\n", await new StreamReader(unzipped).ReadToEndAsync());
    }

    [ClickHouseFact]
    public async Task What_is_compressed_as_the_server_cannot_read_is_refused()
    {
        using var snappy = new ByteArrayContent([1, 2, 3]);
        snappy.Headers.ContentEncoding.Add("snappy");
        using HttpResponseMessage response = await _http.PostAsync(Url(""), snappy);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        foreach (string encoding in (string[])["gzip", "deflate", "br", "zstd", "lz4", "xz"])
        {
            using var torn = new ByteArrayContent([.. Enumerable.Range(1, 40).Select(i => (byte)i)]);
            torn.Headers.ContentEncoding.Add(encoding);
            using HttpResponseMessage tornResponse = await _http.PostAsync(Url(""), torn);
            Assert.Equal((encoding, HttpStatusCode.BadRequest), (encoding, tornResponse.StatusCode));
        }
        using HttpResponseMessage block = await _http.PostAsync(Url("decompress=1"), new ByteArrayContent(new byte[100]));
        Assert.Equal((HttpStatusCode.BadRequest, "6"), (block.StatusCode, block.Headers.GetValues("X-ClickHouse-Exception-Code").Single()));
    }

    [ClickHouseFact]
    public async Task A_query_has_a_time_limit_that_a_request_can_only_shorten()
    {
        string forever = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))";
        Assert.Equal((HttpStatusCode.RequestTimeout, "159"), await ErrorOf(forever, "max_execution_time=0.2"));
        Assert.Equal("60\n", await clickHouse.PostAsync("SELECT getSetting('max_execution_time')", "max_execution_time=0"));
        Assert.Equal("60\n", await clickHouse.PostAsync("SELECT getSetting('max_execution_time')", "max_execution_time=1000"));
    }

    [ClickHouseFact]
    public async Task A_result_that_is_too_large_is_refused_and_a_large_one_is_not()
    {
        Assert.Equal((HttpStatusCode.InternalServerError, "396"), await ErrorOf("SELECT number FROM numbers(100000000)"));
        Assert.Equal(1_000_000, (await clickHouse.PostAsync("SELECT 1 FROM numbers(1000000)")).Count(c => c == '\n'));
    }

    [ClickHouseFact]
    public async Task A_query_id_is_given_back_and_the_summary_counts()
    {
        using HttpResponseMessage response = await _http.PostAsync(Url("query_id=mine"), new StringContent("SELECT number FROM numbers(10)"));
        Assert.Equal("mine", response.Headers.GetValues("X-ClickHouse-Query-Id").Single());
        Assert.NotEmpty(response.Headers.GetValues("X-ClickHouse-Timezone").Single());
        using JsonDocument summary = JsonDocument.Parse(response.Headers.GetValues("X-ClickHouse-Summary").Single());
        Assert.Equal("10", summary.RootElement.GetProperty("result_rows").GetString());
        Assert.Equal("10", summary.RootElement.GetProperty("read_rows").GetString());
    }

    [ClickHouseFact]
    public async Task A_query_id_that_has_no_place_in_a_header_is_refused()
    {
        Assert.Equal((HttpStatusCode.BadRequest, "36"), await ErrorOf("SELECT 1", "query_id=a%0D%0AX-Header:%20b"));
        Assert.Equal((HttpStatusCode.BadRequest, "36"), await ErrorOf("SELECT 1", "query_id=" + new string('a', 257)));
        Assert.Equal("1\n", await clickHouse.PostAsync("SELECT 1", "query_id=it%27s%5C"));
    }

    [ClickHouseFact]
    public async Task Many_clients_at_once_all_get_their_own_answer()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            Assert.Equal($"{i}\n", await clickHouse.PostAsync($"SELECT {i} FROM (SELECT sum(number) FROM numbers(1000))", "max_threads=2"));
            if (i % 7 == 0)
                Assert.Equal((HttpStatusCode.NotFound, "60"), await ErrorOf($"SELECT {i} FROM nope"));
        });
    }

    [ClickHouseFact]
    public async Task A_client_that_goes_away_in_the_middle_of_an_insert_inserts_nothing()
    {
        string database = await clickHouse.NewDatabaseAsync();
        await clickHouse.PostAsync("CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a", "database=" + database);
        using var gone = new CancellationTokenSource();
        Task insert = _http.PostAsync(Url($"database={database}&query=" + Uri.EscapeDataString("INSERT INTO t FORMAT JSONEachRow")), new BreakingContent(gone), gone.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => insert);
        Assert.Equal("0\n", await clickHouse.PostAsync("SELECT count() FROM t", "database=" + database));
    }

    /// <summary>Sends two megabytes of rows, then breaks off.</summary>
    private sealed class BreakingContent(CancellationTokenSource gone) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":1}\n", 250_000))));
            await stream.FlushAsync();
            await gone.CancelAsync();
            gone.Token.ThrowIfCancellationRequested();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private Uri Url(string query) => new(clickHouse.Url, "/?" + query);

    private async Task<(HttpStatusCode Status, string? Code)> ErrorOf(string sql, string url = "")
    {
        using HttpResponseMessage response = await _http.PostAsync(Url(url), new StringContent(sql));
        return (response.StatusCode, response.Headers.TryGetValues("X-ClickHouse-Exception-Code", out var codes) ? codes.Single() : null);
    }

    private async Task<(string Text, string Format, string? Type)> FormatOf(string sql, string url)
    {
        using HttpResponseMessage response = await _http.PostAsync(Url(url), new StringContent(sql));
        return (await response.Content.ReadAsStringAsync(), response.Headers.GetValues("X-ClickHouse-Format").Single(), response.Content.Headers.ContentType?.MediaType);
    }

    private static byte[] Gzip(string text)
    {
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return zipped.ToArray();
    }
}
