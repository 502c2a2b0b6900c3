using System.Net;
using System.Text;
using StreamDeploy.Connectors.ClickHouse;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>What the history's client makes of answers, ClickHouse's and others'.</summary>
public sealed class AnswerGuardTests
{
    private const string ProxyPage = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0\"><title>Bad gateway 502</title>";

    [Theory]
    [InlineData(200, null, ProxyPage, null, HttpStatusCode.BadGateway, ErrorKind.Transient)]
    [InlineData(200, null, "", null, HttpStatusCode.BadGateway, ErrorKind.Transient)]
    [InlineData(502, null, ProxyPage, null, HttpStatusCode.BadGateway, ErrorKind.Transient)]
    [InlineData(404, null, ProxyPage, null, HttpStatusCode.NotFound, ErrorKind.Fatal)]
    [InlineData(500, 241, "Code: 241. DB::Exception: memory (MEMORY_LIMIT_EXCEEDED)", 241, HttpStatusCode.InternalServerError, ErrorKind.Transient)]
    [InlineData(500, 469, "row 17 is refused", 469, HttpStatusCode.InternalServerError, ErrorKind.Poison)]
    [InlineData(200, 60, "a code beside a status of success", 60, HttpStatusCode.OK, ErrorKind.Fatal)]
    public async Task An_answer_that_is_no_success_keeps_its_code_and_status(int status, int? code, string text, int? keptCode, HttpStatusCode keptStatus, ErrorKind kind)
    {
        string headers = code is { } c ? $"X-ClickHouse-Exception-Code: {c}\r\n" : "";
        await using RawServer server = RawServer.Start($"HTTP/1.1 {status} x\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(text)}\r\n\r\n{text}");
        using var http = new ClickHouseHttp(new ClickHouseSettings { Url = server.Url });

        ClickHouseException asked = await Assert.ThrowsAsync<ClickHouseException>(() => http.QueryAsync("SELECT 1", CancellationToken.None));
        ClickHouseException read = await Assert.ThrowsAsync<ClickHouseException>(() => ReadAsync(http));

        Assert.All([asked, read], e =>
        {
            Assert.Equal((keptCode, keptStatus, kind), (e.Code, e.Status, ErrorKinds.Of(e)));
            Assert.Contains(text, e.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task An_error_behind_the_first_rows_keeps_its_code()
    {
        string body = "1\r\n\u0001\r\n40\r\n\r\n__exception__\r\nabcdefgh\r\nCode: 395. DB::Exception: no (X)\r\n";
        await using RawServer server = RawServer.Start($"HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: q\r\nX-ClickHouse-Exception-Tag: abcdefgh\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        using var http = new ClickHouseHttp(new ClickHouseSettings { Url = server.Url });

        ClickHouseException e = await Assert.ThrowsAsync<ClickHouseException>(() => ReadAsync(http));

        Assert.Equal(395, e.Code);
        Assert.Contains("DB::Exception: no", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_holds_the_mark_of_an_error_is_a_row()
    {
        const string row = "__exception__\r\nCode: 60. DB::Exception: no (UNKNOWN_TABLE)";
        await using RawServer server = RawServer.Start($"HTTP/1.1 200 OK\r\nX-ClickHouse-Exception-Tag: abcdefgh\r\nContent-Length: {row.Length}\r\n\r\n{row}");
        using var http = new ClickHouseHttp(new ClickHouseSettings { Url = server.Url });
        Assert.Equal(row, await http.QueryAsync("SELECT 1", CancellationToken.None));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_no_answer()
    {
        await using RawServer server = RawServer.Start("HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: q\r\nContent-Length: 100\r\n\r\n1\n2\n");
        using var http = new ClickHouseHttp(new ClickHouseSettings { Url = server.Url });

        ClickHouseException e = await Assert.ThrowsAsync<ClickHouseException>(() => http.QueryAsync("SELECT 1", CancellationToken.None));

        Assert.Equal((null, null, ErrorKind.Transient), (e.Code, e.Status, ErrorKinds.Of(e)));
    }

    [Fact]
    public async Task The_time_limit_of_a_request_covers_its_answer_to_the_end()
    {
        await using RawServer server = RawServer.Start("HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: q\r\nContent-Length: 100\r\n\r\n1\n", staysOpen: true);
        using var http = new ClickHouseHttp(new ClickHouseSettings { Url = server.Url, RequestTimeout = TimeSpan.FromMilliseconds(300) });

        ClickHouseException e = await Assert.ThrowsAsync<ClickHouseException>(() => ReadAsync(http));

        Assert.Contains("no answer within 00:00:00.3", e.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.Transient, ErrorKinds.Of(e));
    }

    [Fact]
    public void The_id_of_an_insert_is_its_token_as_long_as_that_is_not_very_long()
    {
        const string token = "deployments/0:3-3x1/1:7-9x2";
        Assert.Equal(token, ClickHouseHttp.QueryIdOf(token));
        string many = "deployments" + string.Concat(Enumerable.Range(0, 50).Select(partition => $"/{partition}:1000000-1001000x1001"));
        string id = ClickHouseHttp.QueryIdOf(many);
        Assert.Equal(200, id.Length);
        Assert.StartsWith("deployments/0:1000000-1001000x1001/", id, StringComparison.Ordinal);
        Assert.NotEqual(id, ClickHouseHttp.QueryIdOf(many + "/50:1-1x1"));
    }

    [Fact]
    public async Task Whoever_cancels_gets_no_error_of_ClickHouse()
    {
        await using RawServer server = RawServer.Start("", staysOpen: true);
        using var http = new ClickHouseHttp(new ClickHouseSettings { Url = server.Url });
        using var cancelled = new CancellationTokenSource();
        Task<string> asked = http.QueryAsync("SELECT 1", cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    private static async Task ReadAsync(ClickHouseHttp http)
    {
        await foreach (Number _ in http.RowsAsync<Number>("SELECT 1 AS Value", null, CancellationToken.None))
        {
        }
    }

    private sealed class Number
    {
        public byte Value { get; set; }
    }
}
