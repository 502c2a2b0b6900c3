using System.Net;
using System.Text.RegularExpressions;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.Tests.LiveView;

/// <summary>What a page answered.</summary>
internal sealed record Page(HttpStatusCode Status, string Html, string? Location)
{
    /// <summary>As a reader sees it: without tags, with characters for their entities.</summary>
    public string Text => Regex.Replace(WebUtility.HtmlDecode(Regex.Replace(Html, "<[^>]*>", " ")), @"\s+", " ");

    /// <summary>A hidden field's value.</summary>
    public string Field(string name) => WebUtility.HtmlDecode(Regex.Match(Html, $"name=\"{name}\" value=\"([^\"]*)\"").Groups[1].Value);

    /// <summary>The text of an element that holds nothing but text.</summary>
    public string TextOf(string id) => WebUtility.HtmlDecode(Regex.Match(Html, $"id=\"{id}\"[^>]*>([^<]*)<").Groups[1].Value);
}

/// <summary>Somebody who is signed in, without a script: cookies, forms and links.</summary>
internal sealed class ViewClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;

    private ViewClient(Uri view) =>
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = view, Timeout = Limit };

    public static async Task<ViewClient> SignInAsync(Uri view, string key)
    {
        var client = new ViewClient(view);
        var answer = await client.SendAsync("/sign-in", "/sign-in", ("key", key));
        Assert.Equal(HttpStatusCode.Redirect, answer.Status);
        return client;
    }

    public Task<Page> GetAsync(string path) => AnswerOf(_http.GetAsync(path));

    /// <summary>As htmx asks for a part of a page.</summary>
    public async Task<Page> GetPartAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("HX-Request", "true");
        return await AnswerOf(_http.SendAsync(request));
    }

    /// <summary>Sends the form of a page, with its token.</summary>
    public async Task<Page> SendAsync(string formPath, string path, params (string Name, string Value)[] fields) =>
        await PostAsync(path, [.. fields, ("form-token", (await GetAsync(formPath)).Field("form-token"))]);

    public Task<Page> PostAsync(string path, params (string Name, string Value)[] fields) =>
        AnswerOf(_http.PostAsync(path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)))));

    /// <summary>Waits until a page says something.</summary>
    public async Task<Page> UntilAsync(string path, string text)
    {
        Page? page = null;
        await Eventually.True(async () => (page = await GetAsync(path)).Text.Contains(text, StringComparison.Ordinal), $"{path} says '{text}'", () => page!.Text);
        return page!;
    }

    /// <summary>Follows a stream of server-sent events until what came satisfies the condition.</summary>
    public async Task<string> FollowAsync(string path, Func<string, bool> isEnough, Func<Task>? onceOpen = null)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(limit.Token));
        var (all, buffer) = ("", new char[4096]);
        while (!isEnough(all))
        {
            var count = await reader.ReadAsync(buffer, limit.Token);
            if (count == 0)
                return all;
            all += new string(buffer, 0, count);
            if (onceOpen is not null)
                await onceOpen();
            onceOpen = null;
        }

        return all;
    }

    public void Dispose() => _http.Dispose();

    private static async Task<Page> AnswerOf(Task<HttpResponseMessage> sending)
    {
        using var response = await sending;
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Location?.ToString());
    }
}
