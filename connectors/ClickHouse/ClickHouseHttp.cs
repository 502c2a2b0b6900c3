using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>ClickHouse's HTTP interface, as far as the history needs it. Safe for concurrent use.</summary>
public sealed class ClickHouseHttp : IDisposable
{
    private const int ErrorCharsMax = 2000;

    private readonly ClickHouseSettings _settings;
    private readonly HttpClient _http;
    private readonly string _url;

    /// <summary>Between processes of one machine it would only cost both of them time.</summary>
    private readonly bool _compresses;

    public ClickHouseHttp(ClickHouseSettings settings)
    {
        _settings = settings;
        _url = settings.Url.TrimEnd('/') + "/?";
        _compresses = !new Uri(settings.Url).IsLoopback;
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // A name may come to mean another server.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AutomaticDecompression = DecompressionMethods.GZip,
        })
        { Timeout = settings.RequestTimeout };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes(settings.User + ":" + settings.Password)));
    }

    /// <summary>Runs a statement in the history's database and gives back what it says, in the format that it names, else TabSeparated.</summary>
    /// <exception cref="ClickHouseException" />
    public Task<string> QueryAsync(string sql, CancellationToken cancellation, IReadOnlyDictionary<string, string>? parameters = null) =>
        SendAsync(Query([.. (parameters ?? new Dictionary<string, string>()).Select(p => ("param_" + p.Key, Escaped(p.Value))), ("database", _settings.Database)]),
            new StringContent(sql), cancellation);

    /// <summary>As <see cref="QueryAsync"/> before there is a database.</summary>
    public Task<string> QueryOutsideAsync(string sql, CancellationToken cancellation) => SendAsync(Query(), new StringContent(sql), cancellation);

    /// <summary>Inserts rows of JSON, one a line. When this returns they are there.</summary>
    /// <param name="table">A table of the history's database.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="token">The same rows under the same token are inserted once, as long as ClickHouse remembers the token.</param>
    /// <param name="cancellation">After it, whether they are there is not known.</param>
    /// <exception cref="ClickHouseException" />
    public async Task InsertAsync(string table, ReadOnlyMemory<byte> rows, string token, CancellationToken cancellation)
    {
        using HttpContent content = _compresses ? Zipped(rows.Span) : new ReadOnlyMemoryContent(rows);
        await SendAsync(Query(
            ("query", $"INSERT INTO {table} FORMAT JSONEachRow"),
            ("database", _settings.Database),
            ("insert_deduplication_token", token),
            // Where the table has the rows and a materialized view has failed, the next attempt still feeds the view.
            ("deduplicate_blocks_in_dependent_materialized_views", "1"),
            // Acknowledged means written, not queued.
            ("async_insert", "0"),
            // A column that the table lacks is a mistake to be told, not to be dropped.
            ("input_format_skip_unknown_fields", "0")), content, cancellation);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Values of parameters are read as a field of TabSeparated is.</summary>
    private static string Escaped(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\0", "\\0", StringComparison.Ordinal);

    /// <summary>Errors that come late would otherwise follow a status of 200.</summary>
    private static string Query(params IEnumerable<(string Name, string Value)> parameters) =>
        string.Join('&', parameters.Append(("wait_end_of_query", "1")).Select(p => $"{p.Item1}={Uri.EscapeDataString(p.Item2)}"));

    private async Task<string> SendAsync(string query, HttpContent content, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage response = await _http.PostAsync(new Uri(_url + query), content, cancellation);
            string text = await response.Content.ReadAsStringAsync(cancellation);
            int? code = response.Headers.TryGetValues("X-ClickHouse-Exception-Code", out var codes)
                && int.TryParse(codes.First(), NumberStyles.None, CultureInfo.InvariantCulture, out int parsed) ? parsed : null;
            if (!response.IsSuccessStatusCode || code is not null)
                throw new ClickHouseException($"{_settings.Url}: {Shorten(text)}", code, response.StatusCode);
            // A proxy's page with status 200 must not pass for an acknowledgement.
            if (!response.Headers.Any(header => header.Key.StartsWith("X-ClickHouse-", StringComparison.OrdinalIgnoreCase)))
                throw new ClickHouseException($"{_settings.Url}: the answer is not ClickHouse's: {Shorten(text)}", null, HttpStatusCode.BadGateway);
            return text;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            string why = e is OperationCanceledException ? $"no answer within {_settings.RequestTimeout}" : e.Message;
            throw new ClickHouseException($"{_settings.Url}: {why}", null, null, e);
        }
    }

    private static string Shorten(string text) => text.Length <= ErrorCharsMax ? text.TrimEnd() : text[..ErrorCharsMax] + " …";

    private static ByteArrayContent Zipped(ReadOnlySpan<byte> rows)
    {
        var zipped = new MemoryStream(rows.Length / 4);
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(rows);
        var content = new ByteArrayContent(zipped.GetBuffer(), 0, (int)zipped.Length);
        content.Headers.ContentEncoding.Add("gzip");
        return content;
    }
}
