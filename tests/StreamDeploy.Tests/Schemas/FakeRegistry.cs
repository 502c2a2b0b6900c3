using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Schemas;

/// <summary>A registry that answers whatever a test wants, and remembers what it was asked.</summary>
public sealed class FakeRegistry : IAsyncDisposable
{
    public const string Schema = """{"schema":"{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}"}""";

    private readonly WebApplication app;

    private FakeRegistry(WebApplication app) => this.app = app;

    public string Url => app.Urls.First();

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Answers with status and body; a status of 0 hangs until the client goes.</summary>
    /// <param name="answer">Gets the number of the request, from 1.</param>
    /// <param name="certificate">For TLS.</param>
    /// <param name="trusts">Where a client has to show a certificate: whether that one is right, given those that came with it.</param>
    public static async Task<FakeRegistry> StartAsync(
        Func<int, HttpRequest, Task<(int Status, string Body)>> answer, X509Certificate2? certificate = null,
        Func<X509Certificate2, X509Certificate2Collection, bool>? trusts = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (certificate is not null)
            {
                listen.UseHttps(certificate, https =>
                {
                    if (trusts is null)
                        return;
                    https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                    https.ClientCertificateValidation = (shown, chain, _) => trusts(shown, chain!.ChainPolicy.ExtraStore);
                });
            }
        }));
        WebApplication app = builder.Build();
        var registry = new FakeRegistry(app);
        int count = 0;
        app.Run(async context =>
        {
            registry.Requests.Enqueue($"{context.Request.Method} {context.Request.Path}");
            (int status, string body) = await answer(Interlocked.Increment(ref count), context.Request);
            if (status == 0)
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            context.Response.StatusCode = status == 0 ? 500 : status;
            await context.Response.WriteAsync(body);
        });
        await app.StartAsync();
        return registry;
    }

    public static Task<FakeRegistry> StartAsync(Func<int, (int Status, string Body)> answer) => StartAsync((i, _) => Task.FromResult(answer(i)));

    public SchemaRegistrySettings Settings => new() { Url = Url, RetryFor = TimeSpan.FromSeconds(30), RequestTimeout = TimeSpan.FromSeconds(20) };

    public SchemaRegistryClient Client(TimeProvider? clock = null) => new(Settings, clock);

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
