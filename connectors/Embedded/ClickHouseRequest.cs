using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>Who asks: ClickHouse's own default user, or one that can only read.</summary>
internal enum ClickHouseUser { Default, Reader }

/// <summary>What a request's URL and headers say about the statement in it.</summary>
/// <remarks>
/// There are two users, both without a password: <c>default</c> may do anything, <c>reader</c> has readonly = 1 (SQL can read the files of the
/// machine, so not even a dashboard should have more than it needs). Others are refused as ClickHouse refuses them.
/// </remarks>
internal sealed record ClickHouseRequest
{
    public required ClickHouseUser User { get; init; }
    public required string QueryId { get; init; }
    public required string Query { get; init; }
    public string? Database { get; init; }
    public string DefaultFormat { get; init; } = "TabSeparated";
    public string? ResultEncoding { get; init; }
    public bool ResultAsBlocks { get; init; }
    public bool BodyIsBlocks { get; init; }
    public bool IsGet { get; init; }
    public ClickHouseSessionId? Session { get; init; }
    public required IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; }
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>0: anything; 1: reading only, settings fixed; 2: reading only. As ClickHouse has it for a GET and for a user that only reads.</summary>
    public int Readonly => User == ClickHouseUser.Reader ? 1 : IsGet ? 2 : 0;

    /// <param name="http">The request.</param>
    /// <param name="form">The fields of its body where that is a form: a client may send its statement and its parameters so.</param>
    public static ClickHouseRequest Read(HttpRequest http, IFormCollection? form)
    {
        IQueryCollection url = http.Query;
        foreach (string refused in (string[])["role", "quota_key"])
        {
            if (url.ContainsKey(refused))
                throw new ClickHouseRefusal(ClickHouseErrors.NotImplemented, $"The embedded ClickHouse has no roles or quotas: leave out {refused}");
        }
        bool compress = url["enable_http_compression"] is not [.., "0" or "false"];
        ClickHouseUser user = ReadUser(http);
        return new()
        {
            User = user,
            QueryId = ReadQueryId(First(http.Headers["X-ClickHouse-Query-Id"], url["query_id"])),
            Session = ReadSession(url, user),
            Query = url["query"].ToString() is { Length: > 0 } query ? query : form?["query"].ToString() ?? "",
            Database = First(http.Headers["X-ClickHouse-Database"], url["database"]),
            DefaultFormat = ReadFormat(First(http.Headers["X-ClickHouse-Format"], url["default_format"])),
            // Blocks are compressed by themselves.
            ResultAsBlocks = IsOne(url["compress"]),
            ResultEncoding = compress && !IsOne(url["compress"]) ? ClickHouseEncoding.Choose(http) : null,
            BodyIsBlocks = IsOne(url["decompress"]),
            IsGet = HttpMethods.IsGet(http.Method) || HttpMethods.IsHead(http.Method),
            Settings = [.. url.Where(pair => IsSetting(pair.Key)).Select(pair => KeyValuePair.Create(pair.Key, pair.Value[^1] ?? ""))],
            Parameters = url.Concat(form?.ExceptBy(url.Keys, pair => pair.Key) ?? []).Where(pair => pair.Key.StartsWith("param_", StringComparison.Ordinal))
                .ToDictionary(pair => pair.Key["param_".Length..], pair => pair.Value[^1] ?? "", StringComparer.Ordinal),
        };
    }

    /// <summary>"SET name = 'value'", in order. A wrong name or value is the engine's to refuse; what could end the string is not let through.</summary>
    public IEnumerable<string> SetStatements(TimeSpan timeLimit)
    {
        foreach ((string name, string value) in Settings)
        {
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.'))
                throw new ClickHouseRefusal(ClickHouseErrors.BadArguments, $"'{name}' cannot be the name of a setting");
            yield return $"SET {name} = '{(name == "max_execution_time" ? Shorter(value, timeLimit) : Escape(value))}'";
        }
    }

    public static string Quote(string name) => $"`{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal)}`";

    public static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);

    /// <summary>0 is "no limit" to ClickHouse; what is not a number is left for the engine to refuse.</summary>
    private static string Shorter(string value, TimeSpan limit) =>
        !double.TryParse(value, CultureInfo.InvariantCulture, out double seconds) ? Escape(value)
            : seconds > 0 && seconds < limit.TotalSeconds ? value
            : limit.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    private static bool IsSetting(string key) => !key.StartsWith("param_", StringComparison.Ordinal) && key is not (
        "query" or "query_id" or "database" or "default_format" or "user" or "password" or "compress" or "decompress" or "stacktrace"
        or "session_id" or "session_timeout" or "session_check" or "close_session"
        // Whether a read is ended when its client goes away: always.
        or "cancel_http_readonly_queries_on_client_close"
        // How the server sends a result, which here is always held whole and then sent.
        or "buffer_size" or "wait_end_of_query" or "enable_http_compression" or "http_zlib_compression_level" or "send_progress_in_http_headers");

    /// <summary>It goes into a header, a setting and a statement: what has no place in a header is refused.</summary>
    private static string ReadQueryId(string? given) => given switch
    {
        null => Guid.NewGuid().ToString(),
        { Length: <= 256 } when given.All(c => c is >= ' ' and <= '~') => given,
        _ => throw new ClickHouseRefusal(ClickHouseErrors.BadArguments, "The query_id must be at most 256 printable characters of ASCII"),
    };

    private static string ReadFormat(string? given) => given switch
    {
        null => "TabSeparated",
        _ when given.All(char.IsAsciiLetterOrDigit) => given,
        _ => throw new ClickHouseRefusal(ClickHouseErrors.UnknownFormat, $"Unknown format {given}"),
    };

    private static ClickHouseSessionId? ReadSession(IQueryCollection url, ClickHouseUser user)
    {
        const int timeoutSecondsMax = 3600;
        if (url["session_id"].ToString() is not { Length: > 0 } id)
            return null;
        if (user == ClickHouseUser.Reader)
            throw new ClickHouseRefusal(ClickHouseErrors.NotImplemented, "reader can change nothing, not even in a session: leave out session_id");
        string timeout = First(url["session_timeout"]) ?? "60";
        if (!int.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds > timeoutSecondsMax)
            throw new ClickHouseRefusal(ClickHouseErrors.InvalidSessionTimeout, $"Session timeout '{timeout}' must be a number of seconds, and at most {timeoutSecondsMax}");
        return new(id, TimeSpan.FromSeconds(seconds), IsOne(url["session_check"]), IsOne(url["close_session"]));
    }

    private static ClickHouseUser ReadUser(HttpRequest http)
    {
        string? user = First(http.Headers["X-ClickHouse-User"], http.Query["user"]);
        string? password = First(http.Headers["X-ClickHouse-Key"], http.Query["password"]);
        if (http.Headers.Authorization.ToString() is { Length: > 0 } authorization)
            (user, password) = ReadBasic(authorization);
        return (user ?? "default", password ?? "") switch
        {
            ("default", "") => ClickHouseUser.Default,
            ("reader", "") => ClickHouseUser.Reader,
            var (name, _) => throw new ClickHouseRefusal(ClickHouseErrors.AuthenticationFailed,
                $"{name}: Authentication failed: password is incorrect, or there is no user with such name. The embedded ClickHouse knows default and reader, without a password"),
        };
    }

    private static (string User, string Password) ReadBasic(string authorization)
    {
        try
        {
            if (authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)
                && Encoding.UTF8.GetString(Convert.FromBase64String(authorization["Basic ".Length..].Trim())).Split(':', 2) is [var user, var password])
            {
                return (user, password);
            }
        }
        catch (FormatException)
        {
            // Told below: it is the same mistake as any other header that is not Basic.
        }
        throw new ClickHouseRefusal(ClickHouseErrors.AuthenticationFailed, "The Authorization header must be Basic");
    }

    private static string? First(params IEnumerable<Microsoft.Extensions.Primitives.StringValues> candidates) =>
        candidates.Select(values => values.ToString()).FirstOrDefault(value => value.Length > 0);

    private static bool IsOne(Microsoft.Extensions.Primitives.StringValues value) => value.ToString() is "1" or "true";
}
