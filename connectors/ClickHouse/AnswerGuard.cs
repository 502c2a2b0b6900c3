using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Stands between the driver and the network, and lets only ClickHouse's own answers of success through.</summary>
/// <remarks>
/// ClickHouse.Driver 1.5.0 takes every answer with a status of 2xx for success, a proxy's page too; it keeps no HTTP status; and it takes the first digits
/// of any text for ClickHouse's error code: a page that names the W3C is its error 3. Rows would be lost, or would go to dead-letters.
/// The whole answer is read here, so the time limit of a request covers it, and an error that comes late is met before the driver reads a row.
/// </remarks>
internal sealed partial class AnswerGuard(string url, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string HeaderPrefix = "X-ClickHouse-";
    private const string LateErrorMark = "__exception__";
    private const int ErrorCharsMax = 2000;

    /// <summary>A page of the history is some megabytes.</summary>
    private const int AnswerBytesMax = 512 << 20;

    /// <exception cref="ClickHouseException">The answer is an error, or not ClickHouse's.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            var body = new MemoryStream();
            IOException? brokenOff = await ReadAsync(response.Content, body, cancellationToken).ConfigureAwait(false);
            ThrowIfError(response, body, brokenOff);
            body.Position = 0;
            var content = new StreamContent(body);
            foreach ((string name, IEnumerable<string> values) in response.Content.Headers)
                content.Headers.TryAddWithoutValidation(name, values);
            response.Content = content;
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private void ThrowIfError(HttpResponseMessage response, MemoryStream body, IOException? brokenOff)
    {
        HttpResponseHeaders headers = response.Headers;
        if (CodeOf(headers) is { } code)
            throw Failure(Text(body), code, response.StatusCode);
        if (!response.IsSuccessStatusCode)
            throw Failure(Text(body), null, response.StatusCode);
        if (!headers.Any(header => header.Key.StartsWith(HeaderPrefix, StringComparison.OrdinalIgnoreCase)))
            throw Failure("the answer is not ClickHouse's: " + Text(body), null, HttpStatusCode.BadGateway);
        if (headers.TryGetValues(HeaderPrefix + "Exception-Tag", out IEnumerable<string>? tags) && LateError(body, tags.First()) is { } error)
            throw Failure(error, LateCode().Match(error) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null, HttpStatusCode.InternalServerError);
        if (brokenOff is not null)
            throw new ClickHouseException($"{url}: {brokenOff.Message}", null, null, brokenOff);
    }

    private static int? CodeOf(HttpResponseHeaders headers) => headers.TryGetValues(HeaderPrefix + "Exception-Code", out IEnumerable<string>? codes)
        && int.TryParse(codes.First(), NumberStyles.None, CultureInfo.InvariantCulture, out int code) ? code : null;

    /// <summary>What broke the answer off, null where nothing did: with an error in its head, or at its end, the answer still says what is wrong.</summary>
    private async Task<IOException?> ReadAsync(HttpContent content, MemoryStream body, CancellationToken cancellation)
    {
        try
        {
            using Stream answer = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            var part = new byte[64 << 10];
            for (int read; (read = await answer.ReadAsync(part, cancellation).ConfigureAwait(false)) > 0;)
            {
                if (body.Length + read > AnswerBytesMax)
                    throw Failure($"the answer is longer than {AnswerBytesMax} bytes: ask for fewer rows", null, HttpStatusCode.RequestEntityTooLarge);
                body.Write(part, 0, read);
            }
            return null;
        }
        catch (IOException e)
        {
            return e;
        }
    }

    /// <summary>What ClickHouse writes behind the rows, and then ends the connection, where the status was sent before the error came.</summary>
    /// <remarks>The tag is a random one of the answer's head, so no text of a row passes for an error.</remarks>
    private static string? LateError(MemoryStream body, string tag)
    {
        string mark = $"{LateErrorMark}\r\n{tag}";
        string end = Encoding.UTF8.GetString(body.GetBuffer().AsSpan(0, (int)body.Length)[Math.Max(0, (int)body.Length - (ErrorCharsMax * 4))..]);
        int at = end.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? null : end[(at + mark.Length)..].Trim();
    }

    private static string Text(MemoryStream body) => Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)Math.Min(body.Length, ErrorCharsMax * 4));

    private ClickHouseException Failure(string text, int? code, HttpStatusCode status) =>
        new($"{url}: {(text.Length <= ErrorCharsMax ? text.TrimEnd() : text[..ErrorCharsMax] + " …")}", code, status);

    [GeneratedRegex(@"Code: (\d{1,9})\.")]
    private static partial Regex LateCode();
}
