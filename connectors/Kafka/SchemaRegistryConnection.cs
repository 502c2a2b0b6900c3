using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What the registry said.</summary>
/// <param name="Json">Null where what was asked for is not there.</param>
/// <param name="ErrorCode">Why it is not there.</param>
internal readonly record struct RegistryAnswer(JsonElement? Json, int ErrorCode);

/// <summary>Asks the registry until it answers or the time is up, and tells the kinds of failure apart.</summary>
/// <remarks>
/// Transient is whatever may be another answer later: the network, 5xx, 408, 429, and also what a registry never says, such as a proxy's 404 page.
/// What is thrown never holds a header of the request.
/// </remarks>
internal sealed class SchemaRegistryConnection : IDisposable
{
    /// <summary>Instead of the error code of an answer that has none.</summary>
    public const int NoErrorCode = 0;

    private const int ResponseBytesMax = 8 << 20;
    private static readonly TimeSpan BackoffMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(3);
    private const string MediaType = "application/vnd.schemaregistry.v1+json";

    private readonly SchemaRegistrySettings settings;
    private readonly IReadOnlyList<string> urls;
    private readonly HttpClient http;

    /// <summary>Null where no token is fetched.</summary>
    private readonly OAuthTokens? tokens;
    private readonly string deniedHint;

    /// <summary>The URL that answered last. Any thread may move it on; a lost update costs one more failed request.</summary>
    private int urlAt;

    public SchemaRegistryConnection(SchemaRegistrySettings settings, TimeProvider clock)
    {
        if (settings.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(settings));
        this.settings = settings;
        urls = settings.Urls;
        http = new HttpClient(Transport(settings)) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = ResponseBytesMax };
        http.DefaultRequestHeaders.Accept.ParseAdd(MediaType);
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        if (settings.BasicAuthUserInfo is { } user)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user)));
        if (settings.BearerToken is { } token)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (settings.OAuth is { } oauth)
            tokens = new OAuthTokens(oauth, settings.RequestTimeout, clock);
        // The names are Confluent's: its clients send them with every bearer token.
        if (settings.LogicalCluster is { } cluster)
            http.DefaultRequestHeaders.Add("target-sr-cluster", cluster);
        if (settings.IdentityPool is { } pool)
            http.DefaultRequestHeaders.Add("Confluent-Identity-Pool-Id", pool);
        deniedHint = settings switch
        {
            { OAuth: not null } => "check the OAuth client, its scope and rights, the logical cluster and the identity pool",
            { BearerToken: not null } => "check the bearer token, the logical cluster and the identity pool",
            { BasicAuthUserInfo: not null } => "check its user and password",
            _ => "no user and password and no token are set",
        };
    }

    public void Dispose()
    {
        http.Dispose();
        tokens?.Dispose();
    }

    /// <summary>The answer's body, which is JSON, or none for a 404 whose error code is one of <paramref name="absentCodes"/>.</summary>
    public async Task<RegistryAnswer> AskAsync(HttpMethod method, string path, string? body, IReadOnlyList<int> absentCodes, CancellationToken ct)
    {
        long started = Stopwatch.GetTimestamp();
        for (int attempt = 0; ; attempt++)
        {
            string url = urls[(int)((uint)urlAt % (uint)urls.Count)] + path;
            SchemaRegistryUnavailableException failure;
            TimeSpan pause = Backoff(attempt);
            try
            {
                Answer answer = await AskOnceAsync(method, url, body, absentCodes, ct);
                if (answer.Denied is { } denied)
                    throw new SchemaRegistryDeniedException($"{denied.What}: the registry does not let us in; {deniedHint}");
                if (answer.Failure is null)
                    return new RegistryAnswer(answer.Json, answer.ErrorCode);
                failure = answer.Failure;
                pause = answer.RetryAfter is { } asked && asked > pause ? asked : pause;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
            {
                // What TLS complains of is inside.
                string what = e is OperationCanceledException ? $"no answer within {settings.RequestTimeout.TotalSeconds:0.###} s" : e.GetBaseException().Message;
                failure = new SchemaRegistryUnavailableException($"{method} {url}: {what}", e);
            }
            catch (SchemaRegistryUnavailableException e)
            {
                // From the token endpoint.
                failure = e;
            }
            Interlocked.Increment(ref urlAt);
            if (Stopwatch.GetElapsedTime(started) + pause > settings.RetryFor)
                throw failure;
            await Task.Delay(pause, ct);
        }
    }

    /// <summary>With a token that the registry does not take, once more with a new one: it may have been revoked, or its key changed.</summary>
    private async Task<Answer> AskOnceAsync(HttpMethod method, string url, string? body, IReadOnlyList<int> absentCodes, CancellationToken ct)
    {
        if (tokens is null)
            return await SendAsync(method, url, body, absentCodes, null, ct);
        string token = await tokens.GetAsync(ct);
        Answer answer = await SendAsync(method, url, body, absentCodes, token, ct);
        if (answer.Denied is not { Status: HttpStatusCode.Unauthorized })
            return answer;
        tokens.Drop(token);
        return await SendAsync(method, url, body, absentCodes, await tokens.GetAsync(ct), ct);
    }

    private async Task<Answer> SendAsync(HttpMethod method, string url, string? body, IReadOnlyList<int> absentCodes, string? token, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(settings.RequestTimeout);
        using var request = new HttpRequestMessage(method, url);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, MediaType);
        using HttpResponseMessage response = await http.SendAsync(request, limit.Token);
        string text = await response.Content.ReadAsStringAsync(limit.Token);
        return Answer.Of($"{method} {url}", response, text, absentCodes);
    }

    /// <summary>Half of it is chance, so that workers that lost the registry together do not come back together.</summary>
    private static TimeSpan Backoff(int attempt)
    {
        double most = Math.Min(BackoffMax.TotalMilliseconds, BackoffMin.TotalMilliseconds * Math.Pow(2, attempt));
        return TimeSpan.FromMilliseconds(most * (0.5 + Random.Shared.NextDouble() / 2));
    }

    private static SocketsHttpHandler Transport(SchemaRegistrySettings settings)
    {
        var transport = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), ConnectTimeout = settings.RequestTimeout };
        transport.SslOptions = Tls.Options(settings.CaLocation, Tls.Certificate(settings));
        return transport;
    }

    /// <summary>What others wrote, on one line.</summary>
    public static string OneLine(string text)
    {
        const int CharsMax = 500;
        string line = string.Concat(text.Take(CharsMax + 1).Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length <= CharsMax ? line : line[..CharsMax] + "…";
    }

    private sealed record Denial(HttpStatusCode Status, string What);

    /// <summary>What one request came back with.</summary>
    private sealed record Answer(
        JsonElement? Json, SchemaRegistryUnavailableException? Failure = null, TimeSpan? RetryAfter = null, int ErrorCode = NoErrorCode, Denial? Denied = null)
    {
        public static Answer Of(string request, HttpResponseMessage response, string text, IReadOnlyList<int> absentCodes)
        {
            JsonElement json = Parse(text);
            string what = $"{request}: {(int)response.StatusCode} {Reason(json)}".TrimEnd();
            switch (response.StatusCode)
            {
                case >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices when json.ValueKind is JsonValueKind.Object or JsonValueKind.Array:
                    return new Answer(json);
                case HttpStatusCode.NotFound when absentCodes.Contains(CodeOf(json) ?? NoErrorCode):
                    return new Answer(Json: null, ErrorCode: CodeOf(json) ?? NoErrorCode);
                case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                    return new Answer(json, Denied: new Denial(response.StatusCode, what));
                case HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity:
                    throw new SchemaRejectedException(what);
                default:
                    string hint = CodeOf(json) is null ? "; this is no registry's answer, is the URL right?" : "";
                    return new Answer(json, new SchemaRegistryUnavailableException(what + hint), response.Headers.RetryAfter?.Delta);
            }
        }

        private static JsonElement Parse(string text)
        {
            try
            {
                using var document = JsonDocument.Parse(text);
                return document.RootElement.Clone();
            }
            catch (JsonException)
            {
                return default;
            }
        }

        private static int? CodeOf(JsonElement json) =>
            json.ValueKind == JsonValueKind.Object && json.TryGetProperty("error_code", out JsonElement code) && code.TryGetInt32(out int number) ? number : null;

        /// <summary>The registry's words, on one line.</summary>
        private static string Reason(JsonElement json)
        {
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("message", out JsonElement message) || message.ValueKind != JsonValueKind.String)
                return "";
            return OneLine(message.GetString()!);
        }
    }
}
