using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Session;

/// <summary>What the management API answered.</summary>
/// <param name="Status">0 where it did not answer.</param>
/// <param name="Body">Null where there is none, or it is no JSON.</param>
/// <param name="ETag">Of the version that was read or written.</param>
public sealed record ManagementAnswer(int Status, JsonElement? Body, string? ETag)
{
    public bool IsDone => Status is >= 200 and < 300;

    /// <summary>What is wrong, in a sentence for a person.</summary>
    public string Problem => Text("message") ?? (Status == 0 ? "The ingest, which keeps pipelines, does not answer now; nothing was changed as far as is known." : $"The ingest answered {Status}.");

    /// <summary>The field that is wrong, where it is one.</summary>
    public string? Field => Text("field");

    public string? Text(string property) =>
        Body is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>The ingest's management API, asked in the viewer's name: what they may do is decided there alone.</summary>
public sealed class ManagementApi : IDisposable
{
    private const int AnswerBytesMax = 4 * 1024 * 1024;

    private readonly HttpClient _http;

    public ManagementApi(Uri address) => _http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(3), AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    /// <summary>Whose token it is.</summary>
    /// <returns>The viewer; null with the answer that says why not.</returns>
    public async Task<(Viewer? Viewer, ManagementAnswer Answer)> WhoAsync(string token, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Get, "api/caller", token, null, null, cancellationToken).ConfigureAwait(false);
        if (!answer.IsDone || answer.Text("accountId") is not { Length: > 0 } account)
            return (null, answer);
        ApiScope[] scopes = answer.Body!.Value.TryGetProperty("scopes", out var given) && given.ValueKind == JsonValueKind.Array
            ? [.. given.EnumerateArray().Select(scope => Enum.TryParse<ApiScope>(scope.GetString(), out var known) ? known : ApiScope.NONE)]
            : [];
        return (new(account, answer.Text("accountName") ?? account, answer.Text("actor") ?? "", scopes, token), answer);
    }

    /// <param name="method">What is to be done.</param>
    /// <param name="path">From api/ on, encoded.</param>
    /// <param name="token">The viewer's.</param>
    /// <param name="body">JSON; null for none.</param>
    /// <param name="ifMatch">The version that is to be changed; null for any.</param>
    /// <param name="cancellationToken">After it, whether something was changed is not known.</param>
    public async Task<ManagementAnswer> SendAsync(HttpMethod method, string path, string token, JsonElement? body, string? ifMatch, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        // What a person pasted may hold characters that no header may.
        if (!request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token) || token.Any(c => c is < '!' or > '~'))
            return new((int)HttpStatusCode.Unauthorized, null, null);
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (body is { } json)
            request.Content = new StringContent(json.GetRawText(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var text = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return new((int)response.StatusCode, Parse(text), response.Headers.ETag?.ToString());
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new(0, null, null);
        }
    }

    public void Dispose() => _http.Dispose();

    private static JsonElement? Parse(byte[] text)
    {
        if (text.Length == 0)
            return null;
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
