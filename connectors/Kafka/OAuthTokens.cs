using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Gets bearer tokens from a token endpoint and keeps the last one for most of its life.</summary>
/// <remarks>Safe to share between threads: those that need a token at once share one request. What is thrown never holds the secret or a token.</remarks>
internal sealed class OAuthTokens : IDisposable
{
    private const int AnswerBytesMax = 256 << 10;
    private const int TokenCharsMax = 32 << 10;

    /// <summary>As Confluent's clients: the rest is for requests under way and for clocks that differ.</summary>
    private const double FreshFor = 0.8;
    private static readonly TimeSpan LifeUnlessTold = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LifeMax = TimeSpan.FromDays(1);

    private readonly OAuthSettings settings;
    private readonly TimeSpan timeout;
    private readonly TimeProvider clock;
    private readonly HttpClient http;
    private readonly string endpoint;
    private readonly SemaphoreSlim turn = new(1);
    private volatile Token? last;

    public OAuthTokens(OAuthSettings settings, TimeSpan timeout, TimeProvider clock)
    {
        (this.settings, this.timeout, this.clock) = (settings, timeout, clock);
        endpoint = new Uri(settings.TokenEndpoint).GetLeftPart(UriPartial.Path);
        // A redirect would take the secret elsewhere.
        var transport = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            SslOptions = Tls.Options(settings.CaLocation),
        };
        http = new HttpClient(transport) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = AnswerBytesMax };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    public void Dispose()
    {
        http.Dispose();
        turn.Dispose();
    }

    /// <exception cref="SchemaRegistryUnavailableException">The endpoint gives none for now.</exception>
    public async Task<string> GetAsync(CancellationToken ct)
    {
        if (last is { } known && IsFresh(known))
            return known.Text;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        try
        {
            await turn.WaitAsync(limit.Token);
            try
            {
                if (last is { } others && IsFresh(others))
                    return others.Text;
                Token token = await FetchAsync(limit.Token);
                last = token;
                return token.Text;
            }
            finally
            {
                turn.Release();
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            throw Unavailable(e is OperationCanceledException ? $"no answer within {timeout.TotalSeconds:0.###} s" : e.GetBaseException().Message, e);
        }
    }

    /// <summary>The registry did not take this token: the next caller gets another.</summary>
    public void Drop(string token)
    {
        if (last is { } known && known.Text == token)
            last = null;
    }

    private bool IsFresh(Token token) => clock.GetElapsedTime(token.Since) < token.Life * FreshFor;

    private async Task<Token> FetchAsync(CancellationToken ct)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = settings.ClientId, ["client_secret"] = settings.ClientSecret };
        if (settings.Scope is { } scope)
            form["scope"] = scope;
        long since = clock.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Post, settings.TokenEndpoint) { Content = new FormUrlEncodedContent(form) };
        using HttpResponseMessage response = await http.SendAsync(request, ct);
        JsonElement answer = Parse(await response.Content.ReadAsByteArrayAsync(ct));
        if (!response.IsSuccessStatusCode)
            throw Unavailable($"{(int)response.StatusCode} {Text(answer, "error")} {Text(answer, "error_description")}".TrimEnd());
        string token = Text(answer, "access_token");
        if (token.Length is 0 or > TokenCharsMax || token.Any(c => c is < '!' or > '~'))
            throw Unavailable("its answer holds no usable access_token");
        if (Text(answer, "token_type") is { Length: > 0 } type && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            throw Unavailable($"its tokens are of type {type}, not Bearer");
        return new Token(token, LifeIn(answer), since);
    }

    private static TimeSpan LifeIn(JsonElement answer)
    {
        // Some providers write the number as a string.
        if (answer.TryGetProperty("expires_in", out JsonElement life)
            && double.TryParse(life.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds >= 0)
            return TimeSpan.FromSeconds(Math.Min(seconds, LifeMax.TotalSeconds));
        return LifeUnlessTold;
    }

    private static JsonElement Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static string Text(JsonElement answer, string member) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private SchemaRegistryUnavailableException Unavailable(string why, Exception? inner = null)
    {
        string what = SchemaRegistryConnection.OneLine(why.Replace(settings.ClientSecret, "***", StringComparison.Ordinal));
        return new SchemaRegistryUnavailableException($"the token endpoint {endpoint} gives no token for the schema registry: {what}", inner);
    }

    private sealed record Token(string Text, TimeSpan Life, long Since);
}
