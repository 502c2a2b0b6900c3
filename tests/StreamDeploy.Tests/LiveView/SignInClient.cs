using System.Net;
using System.Text.RegularExpressions;

namespace StreamDeploy.Tests.LiveView;

internal sealed record SignInAnswer(HttpStatusCode Status, string Html, string? Location)
{
    public string Text => Regex.Replace(WebUtility.HtmlDecode(Regex.Replace(Html, "<[^>]*>", " ")), @"\s+", " ");

    public string FormToken => WebUtility.HtmlDecode(Regex.Match(Html, "name=\"form-token\" value=\"([^\"]*)\"").Groups[1].Value);
}

/// <summary>A visitor whose cookies the test can see and change; redirects are followed only when asked for.</summary>
internal sealed class SignInClient(Uri view) : IDisposable
{
    public const string Session = "streamdeploy-session";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Limit };

    /// <summary>The values, by name.</summary>
    public Dictionary<string, string> Cookies { get; } = [];

    /// <summary>How each was last set, in full.</summary>
    public Dictionary<string, string> SetCookies { get; } = [];

    public Task<SignInAnswer> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(view, path)));

    public Task<SignInAnswer> PostAsync(string path, params (string Name, string Value)[] fields) => SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(view, path))
    {
        Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
    });

    public async Task<SignInAnswer> SignInAsync(string key, string next = "") =>
        await PostAsync("/sign-in", ("key", key), ("next", next), ("form-token", (await GetAsync("/sign-in")).FormToken));

    /// <summary>Begins at the live view, goes to the provider and comes back, up to the answer of the callback.</summary>
    public async Task<SignInAnswer> SignInAtProviderAsync(string next = "") => await GetAsync(await CallbackAsync(next));

    /// <summary>The address that the provider sends the visitor back to.</summary>
    public async Task<string> CallbackAsync(string next = "")
    {
        var begun = await GetAsync("/sign-in/oidc?next=" + Uri.EscapeDataString(next));
        Assert.Equal(HttpStatusCode.Redirect, begun.Status);
        using var there = await _http.GetAsync(begun.Location);
        Assert.Equal(HttpStatusCode.Redirect, there.StatusCode);
        return there.Headers.Location!.PathAndQuery;
    }

    public void Dispose() => _http.Dispose();

    private async Task<SignInAnswer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            if (Cookies.Count > 0)
                request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
            using var response = await _http.SendAsync(request);
            foreach (var set in response.Headers.TryGetValues("Set-Cookie", out var sets) ? sets : [])
            {
                var (name, value) = (set[..set.IndexOf('=')], set[(set.IndexOf('=') + 1)..].Split(';')[0]);
                SetCookies[name] = set;
                if (value.Length > 0)
                    Cookies[name] = value;
                else
                    Cookies.Remove(name);
            }

            return new(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Location?.ToString());
        }
    }
}
