using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;
using ClickHouse.Driver.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>What a <see cref="FaultyClickHouse"/> answers instead of taking the rows.</summary>
internal sealed record Fault(int Status, int? Code, string Text)
{
    /// <summary>Of something between the sink and ClickHouse: without any header of ClickHouse's.</summary>
    public bool IsOfProxy { get; init; }

    /// <summary>No answer at all.</summary>
    public static readonly Fault Hang = new(0, null, "");
}

/// <summary>An INSERT as it came in.</summary>
internal sealed record InsertRequest(string Table, string Token, IReadOnlyList<string> Rows)
{
    public string QueryId { get; init; } = "";

    /// <summary>How it was compressed; empty: not at all.</summary>
    public string Encoding { get; init; } = "";
}

/// <summary>ClickHouse's HTTP interface as far as the sink uses it, with faults to order.</summary>
internal sealed class FaultyClickHouse : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<InsertRequest> _requests = new();
    private readonly ConcurrentQueue<InsertRequest> _taken = new();

    private FaultyClickHouse(Func<InsertRequest, Fault?> faults, int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _web = builder.Build();
        _web.Run(context => AnswerAsync(context, faults));
    }

    public string Url => _web.Urls.First();

    public IReadOnlyCollection<InsertRequest> Requests => _requests;

    public IReadOnlyCollection<InsertRequest> Taken => _taken;

    public IEnumerable<string> RowsOf(string table) => _taken.Where(insert => insert.Table == table).SelectMany(insert => insert.Rows);

    /// <param name="faults">Null: the rows are taken.</param>
    /// <param name="port">0: a free one.</param>
    public static async Task<FaultyClickHouse> StartAsync(Func<InsertRequest, Fault?> faults, int port = 0)
    {
        var server = new FaultyClickHouse(faults, port);
        await server._web.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private async Task AnswerAsync(HttpContext context, Func<InsertRequest, Fault?> faults)
    {
        using var body = new MemoryStream();
        string encoding = context.Request.Headers.ContentEncoding.ToString();
        await using Stream plain = encoding switch
        {
            "lz4" => Lz4Compressor.Default.Decompress(context.Request.Body, leaveOpen: true),
            "gzip" => new GZipStream(context.Request.Body, CompressionMode.Decompress),
            _ => context.Request.Body,
        };
        await plain.CopyToAsync(body);
        context.Response.Headers["X-ClickHouse-Query-Id"] = "q";
        if (Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)Math.Min(body.Length, 100)).Split(' ') is ["DESCRIBE", "TABLE", var described, ..])
        {
            await context.Response.WriteAsync(WrittenRows.Describe(described));
            return;
        }
        (string table, List<string> rows) = WrittenRows.Read(body.ToArray());
        var insert = new InsertRequest(table, context.Request.Query["insert_deduplication_token"].ToString(), rows) { QueryId = context.Request.Query["query_id"].ToString(), Encoding = encoding };
        _requests.Enqueue(insert);
        Fault? fault = faults(insert);
        if (fault == Fault.Hang)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }
        if (fault is null)
            _taken.Enqueue(insert);
        context.Response.StatusCode = fault?.Status ?? 200;
        if (fault is { IsOfProxy: true })
            context.Response.Headers.Remove("X-ClickHouse-Query-Id");
        if (fault?.Code is { } code)
            context.Response.Headers["X-ClickHouse-Exception-Code"] = code.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal))
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using var zipped = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await zipped.WriteAsync(Encoding.UTF8.GetBytes(fault?.Text ?? ""));
            return;
        }
        await context.Response.WriteAsync(fault?.Text ?? "");
    }
}
