using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary>Where an insert is when its sink dies.</summary>
internal enum Step
{
    /// <summary>ClickHouse has not seen it.</summary>
    BeforeInsert,

    /// <summary>ClickHouse has half of its bytes, and never gets the rest.</summary>
    WithinInsert,

    /// <summary>ClickHouse has the rows; its sink does not know.</summary>
    BeforeAnswer,

    /// <summary>The sink knows, and may or may not have committed.</summary>
    AfterAnswer,
}

/// <summary>Between a sink and ClickHouse: stops an insert at a step, once, and tells.</summary>
internal sealed class StepProxy : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(1) };
    private readonly Uri _clickHouse;
    private (string Table, Step Step, TaskCompletionSource Reached)? _ordered;

    private StepProxy(Uri clickHouse)
    {
        _clickHouse = clickHouse;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _web = builder.Build();
        _web.Run(AnswerAsync);
    }

    public string Url => _web.Urls.First();

    public static async Task<StepProxy> StartAsync(Uri clickHouse)
    {
        var proxy = new StepProxy(clickHouse);
        await proxy._web.StartAsync();
        return proxy;
    }

    /// <summary>Completes when the next insert into the table is at the step. It goes no further.</summary>
    public Task OrderAsync(string table, Step step)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ordered = (table, step, reached);
        return reached.Task;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _web.StopAsync(limit.Token);
        await _web.DisposeAsync();
        _http.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        // The statement is the first line of an insert's body.
        Step? step = TakeOrder(System.Text.Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)Math.Min(body.Length, 100)), out TaskCompletionSource? reached);
        if (step is Step.BeforeInsert or Step.WithinInsert)
        {
            if (step == Step.WithinInsert)
                await SendHalfAsync(context, body.ToArray());
            reached!.SetResult();
            await HangAsync(context);
            return;
        }
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_clickHouse, "/" + context.Request.QueryString)) { Content = new ByteArrayContent(body.ToArray()) };
        if (context.Request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding)
            request.Content.Headers.ContentEncoding.Add(encoding);
        using HttpResponseMessage response = await _http.SendAsync(request);
        if (step == Step.BeforeAnswer)
        {
            reached!.SetResult();
            await HangAsync(context);
            return;
        }
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var header in response.Headers.Where(header => header.Key.StartsWith("X-ClickHouse", StringComparison.Ordinal)))
            context.Response.Headers[header.Key] = header.Value.First();
        await context.Response.WriteAsync(await response.Content.ReadAsStringAsync());
        await context.Response.CompleteAsync();
        reached?.SetResult();
    }

    private Step? TakeOrder(string query, out TaskCompletionSource? reached)
    {
        reached = null;
        if (_ordered is not { } ordered || !query.StartsWith($"INSERT INTO {ordered.Table} ", StringComparison.Ordinal))
            return null;
        _ordered = null;
        reached = ordered.Reached;
        return ordered.Step;
    }

    /// <summary>Half of the insert's bytes, and then the end of the connection.</summary>
    private async Task SendHalfAsync(HttpContext context, byte[] body)
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _clickHouse.Port);
        string head = $"POST /{context.Request.QueryString} HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: {context.Request.Headers.ContentEncoding}\r\nContent-Length: {body.Length}\r\n\r\n";
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(head));
        await socket.SendAsync(body.AsMemory(0, body.Length / 2));
    }

    /// <summary>Until its sink is dead.</summary>
    private static async Task HangAsync(HttpContext context) =>
        await Task.Delay(TimeSpan.FromMinutes(1), context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
