using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>ClickHouse's HTTP interface: <c>/</c> takes a statement, <c>/ping</c> says Ok.</summary>
internal sealed partial class ClickHouseEndpoints(ClickHouseQueries queries, EmbeddedClickHouseSettings settings, string timezone, ILogger<ClickHouseEndpoints> log)
{
    /// <summary>Of a statement without the data of an INSERT. The engine's own max_query_size is 256 KiB.</summary>
    private const int StatementBytesMax = 1 << 20;

    /// <summary>For sending and receiving what comes before and after a query that may itself take the whole limit.</summary>
    private static readonly TimeSpan TransferLimit = TimeSpan.FromSeconds(30);

    public async Task HandleAsync(HttpContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, queries.Stopping);
        limit.CancelAfter(settings.QueryTimeLimit + TransferLimit);
        context.Response.Headers["X-ClickHouse-Server-Display-Name"] = "streamdeploy";
        try
        {
            RefuseOtherSites(context.Request);
            await RouteAsync(context, limit.Token);
        }
        catch (ClickHouseRefusal refusal)
        {
            await SendErrorAsync(context, refusal.Code, refusal.Text);
        }
        catch (ChdbException e)
        {
            await SendErrorAsync(context, ClickHouseErrors.CodeIn(e.Message), e.Message);
        }
        catch (BadHttpRequestException e)
        {
            int code = e.StatusCode == StatusCodes.Status413PayloadTooLarge ? ClickHouseErrors.QueryIsTooLarge : ClickHouseErrors.CannotParseText;
            await SendErrorAsync(context, code, $"Code: {code}. DB::Exception: {e.Message} ({ClickHouseErrors.NameOf(code)})");
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            const int code = ClickHouseErrors.TimeoutExceeded;
            await SendErrorAsync(context, code, $"Code: {code}. DB::Exception: The request took too long, or the server is stopping. (TIMEOUT_EXCEEDED)");
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            LogClientGone(log, e);
        }
        catch (Exception e)
        {
            LogFailed(log, context.Request.Method, context.Request.Path, e);
            const int code = ClickHouseErrors.UnknownException;
            await SendErrorAsync(context, code, $"Code: {code}. DB::Exception: {e.GetType().Name}: {e.Message} (UNKNOWN_EXCEPTION)");
        }
    }

    /// <summary>
    /// A page of another site, open in a browser on this machine, can post to loopback; SQL can read files. ClickHouse leaves this to its password.
    /// </summary>
    private static void RefuseOtherSites(HttpRequest request)
    {
        bool otherOrigin = request.Headers.Origin.ToString() is { Length: > 0 } origin
            && !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && IsLoopback(uri.Host));
        bool crossSite = request.Headers["Sec-Fetch-Site"].ToString() is "cross-site";
        if (!IsLoopback(request.Host.Host) || otherOrigin || crossSite)
            throw new ClickHouseRefusal(ClickHouseErrors.AuthenticationFailed, "Requests are taken from this machine only, not from other sites");
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));

    private async Task RouteAsync(HttpContext context, CancellationToken cancellation)
    {
        HttpRequest request = context.Request;
        bool isGet = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (request.Path == "/ping" || request.Path == "/replicas_status" || (isGet && request.Path == "/" && request.Query["query"].ToString() is ""))
            await SendTextAsync(context, StatusCodes.Status200OK, "Ok.\n", "text/html; charset=UTF-8");
        else if (request.Path != "/")
            await SendTextAsync(context, StatusCodes.Status404NotFound,
                $"There is no handle {request.Path}\n\nUse / or /ping for health checks.\n\nSend queries from your program with POST method or GET /?query=...\n");
        else if (!isGet && !HttpMethods.IsPost(request.Method))
            await SendTextAsync(context, StatusCodes.Status501NotImplemented, "Only GET and POST are supported\n");
        else
            await RunAsync(context, cancellation);
    }

    private async Task RunAsync(HttpContext context, CancellationToken cancellation)
    {
        IFormCollection? form = await ReadFormAsync(context.Request, cancellation);
        ClickHouseRequest request = ClickHouseRequest.Read(context.Request, form);
        context.Response.Headers["X-ClickHouse-Query-Id"] = request.QueryId;
        context.Response.Headers["X-ClickHouse-Timezone"] = timezone;
        await using var body = new ClickHouseBody(context.Request, request.Query, settings.BodyBytesMax,
            () => form is null ? OpenBodyAsync(context.Request, request, cancellation) : Task.FromResult(Stream.Null));
        (ReadOnlyMemory<byte> head, bool isWhole) = await body.ReadHeadAsync(StatementBytesMax, cancellation);
        ClickHouseStatement statement = ClickHouseStatement.Parse(head.Span);
        if (!statement.TakesData && !isWhole)
            throw new ClickHouseRefusal(ClickHouseErrors.QueryIsTooLarge, $"The statement is larger than {StatementBytesMax} bytes");
        ClickHouseKill? kill = statement.TakesData ? null : ClickHouseKill.Parse(statement.Sql);
        using IDisposable turn = await queries.WaitForTurnAsync(kill is not null, cancellation);
        using ChdbResult result = kill is null
            ? await ExecuteAsync(request, statement, head, body, cancellation)
            : await queries.KillAsync(request, statement, kill, cancellation);
        context.Response.Headers["X-ClickHouse-Format"] = statement.TakesData ? request.DefaultFormat : statement.Format ?? request.DefaultFormat;
        context.Response.Headers["X-ClickHouse-Summary"] = Summary(result, statement.TakesData);
        await SendResultAsync(context, request, result, cancellation);
    }

    /// <summary>Null where the body is no form.</summary>
    private static async Task<IFormCollection?> ReadFormAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) != true)
            return null;
        try
        {
            // Its own limits hold: 1,024 fields of 4 MB, 128 MB in all.
            IFormCollection form = await request.ReadFormAsync(cancellation);
            return form.Files.Count == 0 ? form : throw new ClickHouseRefusal(ClickHouseErrors.UnsupportedMediaType, "External tables (files in multipart/form-data) are not supported");
        }
        catch (InvalidDataException e)
        {
            throw new ClickHouseRefusal(ClickHouseErrors.CannotParseText, $"The form cannot be read: {e.Message}");
        }
    }

    private async Task<Stream> OpenBodyAsync(HttpRequest http, ClickHouseRequest request, CancellationToken cancellation)
    {
        Stream body = await ClickHouseEncoding.DecompressAsync(http, queries.Compression, waiting => queries.WaitForTurnAsync(isKill: false, waiting), cancellation);
        return request.BodyIsBlocks ? new CompressedBlocksReader(body) : body;
    }

    private async Task<ChdbResult> ExecuteAsync(ClickHouseRequest request, ClickHouseStatement statement, ReadOnlyMemory<byte> head, ClickHouseBody body,
        CancellationToken cancellation)
    {
        try
        {
            return statement.TakesData
                ? await queries.InsertAsync(request, statement, head[statement.DataStart..], body, cancellation)
                : await queries.QueryAsync(request, statement, cancellation);
        }
        catch (ChdbException e) when (request.IsGet && ClickHouseErrors.CodeIn(e.Message) == ClickHouseErrors.Readonly)
        {
            throw new ChdbException(e.Message + " For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries.");
        }
    }

    private async Task SendResultAsync(HttpContext context, ClickHouseRequest request, ChdbResult result, CancellationToken cancellation)
    {
        context.Response.ContentType = ContentTypeOf(context.Response.Headers["X-ClickHouse-Format"].ToString());
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        await using Stream rows = result.OpenRead();
        if (request.ResultAsBlocks)
        {
            await CompressedBlocks.WriteAsync(rows, context.Response.Body, cancellation);
            return;
        }
        string? encoding = result.Length == 0 ? null : request.ResultEncoding;
        if (encoding is null)
            context.Response.ContentLength = result.Length;
        await ClickHouseEncoding.SendAsync(rows, encoding, context.Response, queries.Compression, cancellation);
    }

    private static string Summary(ChdbResult result, bool isInsert) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"read_rows":"{{result.RowsRead}}","read_bytes":"{{result.BytesRead}}","written_rows":"{{result.RowsWritten}}","written_bytes":"{{result.BytesWritten}}","total_rows_to_read":"0","result_rows":"{{(isInsert ? result.RowsWritten : result.RowsInResult)}}","result_bytes":"{{(isInsert ? result.BytesWritten : (ulong)result.Length)}}","elapsed_ns":"{{(long)result.Elapsed.TotalNanoseconds}}"}""");

    private static string ContentTypeOf(string format) => format switch
    {
        "JSONEachRow" or "JSONLines" or "NDJSON" or "JSONCompactEachRow" or "JSONStringsEachRow" => "application/x-ndjson; charset=UTF-8",
        "Parquet" or "Native" or "RowBinary" or "ArrowStream" or "Arrow" or "ORC" => "application/octet-stream",
        _ when format.StartsWith("JSON", StringComparison.Ordinal) => "application/json; charset=UTF-8",
        _ when format.StartsWith("CSV", StringComparison.Ordinal) => "text/csv; charset=UTF-8",
        _ when format.StartsWith("TabSeparated", StringComparison.Ordinal) || format.StartsWith("TSV", StringComparison.Ordinal) =>
            "text/tab-separated-values; charset=UTF-8",
        _ => "text/plain; charset=UTF-8",
    };

    private static Task SendErrorAsync(HttpContext context, int code, string text)
    {
        if (context.RequestAborted.IsCancellationRequested)
            return Task.CompletedTask;
        if (context.Response.HasStarted)
        {
            // Too late for a status: a broken connection is the only honest end.
            context.Abort();
            return Task.CompletedTask;
        }
        context.Response.Headers["X-ClickHouse-Exception-Code"] = code.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.Remove("X-ClickHouse-Format");
        context.Response.Headers.ContentEncoding = default;
        return SendTextAsync(context, ClickHouseErrors.StatusOf(code), text + "\n");
    }

    private static Task SendTextAsync(HttpContext context, int status, string text, string contentType = "text/plain; charset=UTF-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = Encoding.UTF8.GetByteCount(text);
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text, context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A request to the embedded ClickHouse failed: {Method} {Path}")]
    private static partial void LogFailed(ILogger log, string method, string path, Exception e);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A client of ClickHouse went away")]
    private static partial void LogClientGone(ILogger log, Exception e);
}
