using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>What a <see cref="FaultyClickHouse"/> answers instead of taking the rows.</summary>
internal sealed record Fault(int Status, int? Code, string Text)
{
    /// <summary>No answer at all.</summary>
    public static readonly Fault Hang = new(0, null, "");
}

/// <summary>An INSERT as it came in.</summary>
internal sealed record InsertRequest(string Table, string Token, IReadOnlyList<string> Rows);

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
        await using Stream body = context.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;
        string rows = await new StreamReader(body, Encoding.UTF8).ReadToEndAsync();
        var insert = new InsertRequest(
            context.Request.Query["query"].ToString().Split(' ')[2],
            context.Request.Query["insert_deduplication_token"].ToString(),
            rows.Split('\n', StringSplitOptions.RemoveEmptyEntries));
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
        context.Response.Headers["X-ClickHouse-Query-Id"] = "q";
        if (fault?.Code is { } code)
            context.Response.Headers["X-ClickHouse-Exception-Code"] = code.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await context.Response.WriteAsync(fault?.Text ?? "");
    }
}
