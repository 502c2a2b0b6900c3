using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using ClickHouse.Driver;
using ClickHouse.Driver.ADO;
using ClickHouse.Driver.Compression;
using ClickHouse.Driver.Copy;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>The history's database, through the official client. Safe for concurrent use.</summary>
/// <remarks>What fails is always a <see cref="ClickHouseException"/>: <see cref="AnswerGuard"/> says what ClickHouse answered, and here is what never got an answer.</remarks>
public sealed class ClickHouseHttp : IDisposable
{
    private const int QueryIdCharsMax = 200;

    private readonly ClickHouseSettings _settings;
    private readonly HttpClient _http;
    private readonly ClickHouseClient _client;
    private readonly WrittenColumns _columns;

    private readonly bool _compresses;

    public ClickHouseHttp(ClickHouseSettings settings)
        // Between processes of one machine it would only cost both of them time.
        : this(settings, compresses: !new Uri(settings.Url).IsLoopback)
    {
    }

    internal ClickHouseHttp(ClickHouseSettings settings, bool compresses)
    {
        (_settings, _compresses) = (settings, compresses);
        var url = new Uri(settings.Url);
        _http = new HttpClient(new AnswerGuard(settings.Url, new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // A name may come to mean another server.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // The guard reads errors, so answers are unpacked before it.
            AutomaticDecompression = _compresses ? DecompressionMethods.GZip : DecompressionMethods.None,
        }))
        { Timeout = settings.RequestTimeout };
        _client = new ClickHouseClient(new ClickHouseClientSettings
        {
            Protocol = url.Scheme,
            Host = url.Host,
            Port = (ushort)url.Port,
            Path = url.AbsolutePath.TrimEnd('/') + "/",
            Username = settings.User,
            Password = settings.Password,
            Database = settings.Database,
            UseCompression = _compresses,
            AcceptEncoding = _compresses ? "gzip" : null,
            // Else it sets these on each request, which a user who may only read is refused.
            JsonReadMode = JsonReadMode.None,
            JsonWriteMode = JsonWriteMode.None,
            HttpClient = _http,
            Timeout = settings.RequestTimeout,
        });
        _columns = new WrittenColumns(this);
    }

    /// <summary>Runs a statement in the history's database and gives back what it says, in the format that it names, else TabSeparated.</summary>
    /// <exception cref="ClickHouseException" />
    public Task<string> QueryAsync(string sql, CancellationToken cancellation, IReadOnlyDictionary<string, string>? parameters = null) =>
        TextAsync(sql, _settings.Database, parameters, cancellation);

    /// <summary>As <see cref="QueryAsync"/> before there is a database.</summary>
    public Task<string> QueryOutsideAsync(string sql, CancellationToken cancellation) => TextAsync(sql, "", null, cancellation);

    /// <summary>The rows that a SELECT without a FORMAT gives: a column goes into the property of its name.</summary>
    /// <exception cref="ClickHouseException" />
    public async IAsyncEnumerable<T> RowsAsync<T>(string sql, IReadOnlyDictionary<string, string>? parameters, [EnumeratorCancellation] CancellationToken cancellation) where T : class
    {
        _client.RegisterPocoType<T>();
        var options = new QueryOptions { CustomSettings = Asking(parameters) };
        await using IAsyncEnumerator<T> rows = _client.QueryAsync<T>(sql, null, options, cancellation).GetAsyncEnumerator(cancellation);
        while (true)
        {
            try
            {
                if (!await rows.MoveNextAsync().ConfigureAwait(false))
                    yield break;
            }
            catch (Exception e) when (IsUnanswered(e, cancellation))
            {
                throw Unanswered(e);
            }
            catch (InvalidOperationException e)
            {
                throw new ClickHouseException($"{_settings.Url}: a column is not of the type that this version reads: {e.Message}", null, HttpStatusCode.OK, e);
            }
            yield return rows.Current;
        }
    }

    /// <summary>Inserts rows. When this returns they are there.</summary>
    /// <param name="table">A table of the history's database.</param>
    /// <param name="rows">The rows: all go in one request, so one token names them.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="token">The same rows under the same token are inserted once, as long as ClickHouse remembers the token.</param>
    /// <param name="cancellation">After it, whether they are there is not known.</param>
    /// <exception cref="ClickHouseException" />
    /// <exception cref="ClickHouseBulkCopySerializationException">A row holds a value that its column cannot; none of the rows is there.</exception>
    public async Task InsertAsync<T>(string table, IEnumerable<T> rows, int count, string token, CancellationToken cancellation) where T : class
    {
        await _columns.CheckAsync<T>(table, cancellation).ConfigureAwait(false);
        _client.RegisterBinaryInsertType<T>();
        var options = new InsertOptions
        {
            BatchSize = count,
            MaxDegreeOfParallelism = 1,
            Compressor = _compresses ? Lz4Compressor.Default : null,
            // The server's log then names the offsets. While an attempt that was given up here is still at work there, ClickHouse refuses the next one (216):
            // so a slow server gets each batch once at a time.
            QueryId = QueryIdOf(token),
            CustomSettings = new Dictionary<string, object>
            {
                ["insert_deduplication_token"] = token,
                // Where the table has the rows and a materialized view has failed, the next attempt still feeds the view.
                ["deduplicate_blocks_in_dependent_materialized_views"] = "1",
                // Acknowledged means written, not queued.
                ["async_insert"] = "0",
                ["wait_end_of_query"] = "1",
            },
        };
        await GuardedAsync(() => _client.InsertBinaryAsync(table, rows, options, cancellation), cancellation).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }

    /// <summary>The token, or where that is long because it names many partitions, its beginning and a hash of all of it.</summary>
    internal static string QueryIdOf(string token) => token.Length <= QueryIdCharsMax ? token
        : $"{token[..(QueryIdCharsMax - 17)]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))[..16]}";

    private async Task<string> TextAsync(string sql, string database, IReadOnlyDictionary<string, string>? parameters, CancellationToken cancellation)
    {
        Dictionary<string, object> asking = Asking(parameters);
        asking["default_format"] = "TabSeparated";
        var options = new QueryOptions { Database = database, CustomSettings = asking };
        return await GuardedAsync(async () =>
        {
            using ClickHouseRawResult answer = await _client.ExecuteRawResultAsync(sql, options, cancellation).ConfigureAwait(false);
            return await answer.ReadAsStringAsync().ConfigureAwait(false);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Errors that come late would otherwise follow a status of 200.</summary>
    private static Dictionary<string, object> Asking(IReadOnlyDictionary<string, string>? parameters)
    {
        var asking = new Dictionary<string, object> { ["wait_end_of_query"] = "1" };
        foreach ((string name, string value) in parameters ?? new Dictionary<string, string>())
            asking["param_" + name] = Escaped(value);
        return asking;
    }

    /// <summary>Values of parameters are read as a field of TabSeparated is.</summary>
    private static string Escaped(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\0", "\\0", StringComparison.Ordinal);

    private async Task<T> GuardedAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (IsUnanswered(e, cancellation))
        {
            throw Unanswered(e);
        }
    }

    private static bool IsUnanswered(Exception e, CancellationToken cancellation) => e switch
    {
        OperationCanceledException => !cancellation.IsCancellationRequested,
        // Rows are written to the network as they are taken apart, so a connection that breaks can look like a row that cannot be written.
        ClickHouseBulkCopySerializationException { InnerException: { } inner } => IsUnanswered(inner, cancellation),
        _ => e is HttpRequestException or IOException or SocketException or ObjectDisposedException,
    };

    private ClickHouseException Unanswered(Exception e) =>
        new($"{_settings.Url}: {(e is OperationCanceledException ? $"no answer within {_settings.RequestTimeout}" : e.Message)}", null, null, e);
}
