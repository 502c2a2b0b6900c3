using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamDeploy.Cli;

/// <summary>No ingest is to be reached, or it cannot take events now. Its message is for the user.</summary>
internal sealed class IngestUnavailableException(string message) : Exception(message);

/// <summary>What an ingest answered.</summary>
internal sealed record IngestAnswer(int Status, string? Code, string? Message, string? Field)
{
    public bool IsAccepted => Status == (int)HttpStatusCode.Accepted;

    public bool MayBeSentAgain => Status is (int)HttpStatusCode.TooManyRequests or (int)HttpStatusCode.ServiceUnavailable;
}

/// <summary>Posts events to an ingest, each again for as long as it is told to, within bounds.</summary>
/// <remarks>All attempts of an event have the same Idempotency-Key: taken twice it is one event.</remarks>
internal sealed class IngestClient : IDisposable
{
    private const int AttemptsMax = 4;
    private const int AnswerBytesMax = 1 << 20;
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WaitUntold = TimeSpan.FromSeconds(1);

    private readonly Uri _address;
    private readonly HttpClient _http;

    public IngestClient(Uri address, string key, TimeSpan timeout)
    {
        _address = address;
        // Not redirected: the key is for this address alone.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = timeout, MaxResponseContentBufferSize = AnswerBytesMax };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public void Dispose() => _http.Dispose();

    /// <param name="route">Below the address, as in <c>api/alerts</c>.</param>
    /// <param name="eventId">What the event is known by.</param>
    /// <param name="body">The event.</param>
    /// <param name="tell">Hears of each wait.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The first answer that is not for now only, or the last one.</returns>
    public async Task<IngestAnswer> PostAsync(string route, string eventId, JsonObject body, Action<string> tell, CancellationToken cancellationToken)
    {
        var url = new Uri($"{_address.AbsoluteUri.TrimEnd('/')}/{route}");
        for (var attempt = 1; ; attempt++)
        {
            var (answer, wait) = await PostOnceAsync(url, eventId, body, cancellationToken).ConfigureAwait(false);
            if (!answer.MayBeSentAgain || attempt == AttemptsMax)
                return answer;
            tell($"{answer.Status} {answer.Code}: trying again in {wait.TotalSeconds:0.#} s ({attempt} of {AttemptsMax - 1})");
            await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(IngestAnswer Answer, TimeSpan Wait)> PostOnceAsync(Uri url, string eventId, JsonObject body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", eventId);
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            return (Read((int)response.StatusCode, text), Wait(response.Headers.RetryAfter));
        }
        catch (HttpRequestException e)
        {
            throw new IngestUnavailableException($"{_address} is not to be reached: {e.Message}. Is `streamdeploy ingest` running there? --to says where it is.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IngestUnavailableException(
                $"{_address} did not answer in {_http.Timeout.TotalSeconds:0.###} s (--timeout). To send it again as the same event: --event-id {eventId}");
        }
    }

    private static TimeSpan Wait(RetryConditionHeaderValue? told)
    {
        var wait = told?.Delta ?? told?.Date - DateTimeOffset.UtcNow ?? WaitUntold;
        return wait > WaitMax ? WaitMax : wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static IngestAnswer Read(int status, string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return new IngestAnswer(status, Text(json.RootElement, "code"), Text(json.RootElement, "message") ?? Text(json.RootElement, "reason"), Text(json.RootElement, "field"));
        }
        catch (JsonException)
        {
            return new IngestAnswer(status, null, null, null);
        }
    }

    private static string? Text(JsonElement answer, string name) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
