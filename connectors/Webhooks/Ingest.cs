using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Web;
using StreamDeploy.Connectors.Webhooks.Management;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>A running HTTP server that takes deployment events and alerts and writes them to Kafka.</summary>
/// <remarks>The producer stays the caller's: dispose of it after the ingest, so that requests being worked on get their answer.</remarks>
public sealed partial class Ingest : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RequestLimits _limits;
    private readonly IngestEndpoints _endpoints;
    private readonly ManagementEndpoints _management;
    private readonly TableTail _tail;
    private readonly TableWriter _writer;
    private readonly Deliveries _deliveries;
    private readonly ILogger _log;
    private int _disposed;

    private Ingest(IngestSettings settings, Entities entities, TableTail tail, TableWriter writer, EventProducer producer, ILoggerFactory logs)
    {
        _log = logs.CreateLogger<Ingest>();
        (_tail, _writer) = (tail, writer);
        _limits = new RequestLimits(settings);
        _deliveries = new Deliveries(settings, producer, logs.CreateLogger<Deliveries>());
        var budget = new BodyBudget(settings.BodyBytesInFlightMax);
        _endpoints = new IngestEndpoints(settings, entities, tail.CatchUpAsync, _limits, budget, producer, logs.CreateLogger<IngestEndpoints>());
        _management = new ManagementEndpoints(
            settings, entities, tail, writer, new Authentication(settings, entities), _limits, budget, () => settings.PublicUrl ?? Address.ToString().TrimEnd('/'),
            logs.CreateLogger<ManagementEndpoints>());
        _app = Build(settings, _limits, logs);
        if (settings.TrustedProxies.Count > 0)
            _app.UseForwardedHeaders(ForwardedHeaders(settings));
        var access = new Access(settings, logs.CreateLogger<Access>());
        _app.Use((context, next) => access.Watch(context, () => _deliveries.Watch(context, () => AnswerProblems(context, next))));
        _app.UseRouting();
        _app.UseRateLimiter();
        _endpoints.Map(_app);
        _management.Map(_app);
    }

    /// <summary>Where it listens, with the port that was found when 0 was asked for.</summary>
    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>Whether events can be written, as far as is known.</summary>
    public bool IsReady => _endpoints.IsReady;

    /// <summary>Method and pattern of every route.</summary>
    internal IEnumerable<(string Method, string Pattern)> Routes =>
        from source in ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)_app).DataSources
        from endpoint in source.Endpoints.OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()!.HttpMethods
        select (method, endpoint.RoutePattern.RawText!);

    internal long BodyBytesInFlight => _endpoints.BodyBytesInFlight;

    /// <param name="settings">Where it listens and what it takes.</param>
    /// <param name="kafka">Where the tables are.</param>
    /// <param name="catalog">What was published of a file before: its secrets stay in this process.</param>
    /// <param name="producer">By which events are written.</param>
    /// <param name="logs">Where it tells.</param>
    /// <param name="cancellationToken">Ends the waiting for Kafka.</param>
    /// <exception cref="BrokerUnavailableException">The tables cannot be read.</exception>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public static async Task<Ingest> StartAsync(
        IngestSettings settings, KafkaSettings kafka, Catalog catalog, EventProducer producer, ILoggerFactory logs, CancellationToken cancellationToken = default)
    {
        if (settings.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(settings));
        var entities = new Entities(catalog, settings.MasterKeys, settings.Clock, logs.CreateLogger<Entities>());
        var tail = await TableTail.StartAsync(kafka, entities.Apply, logs, cancellationToken);
        var ingest = new Ingest(settings, entities, tail, new TableWriter(kafka, tail, logs), producer, logs);
        try
        {
            await tail.CatchUpAsync(cancellationToken);
            if (settings.MasterKeys.CanSeal)
                await ingest._management.ResealAsync(cancellationToken);
            await ingest._app.StartAsync(cancellationToken);
        }
        catch
        {
            await ingest.DisposeAsync();
            throw;
        }

        var addresses = ingest._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        ingest.Address = new Uri(addresses.Addresses.First());
        if (entities.ApiKeys.All().Count == 0 && entities.Pipelines.All().Count + entities.Sources.All().Count == 0 && settings.OperatorKeyHash is null)
            NobodyMaySend(ingest._log);
        Started(ingest._log, ingest.Address, entities.Pipelines.All().Count, entities.Sources.All().Count);
        return ingest;
    }

    /// <summary>Takes no more requests and waits for those being worked on, at most as long as the settings say.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _deliveries.DisposeAsync();
        _limits.Dispose();
        await _writer.DisposeAsync();
        await _tail.DisposeAsync();
    }

    private static WebApplication Build(IngestSettings settings, RequestLimits limits, ILoggerFactory logs)
    {
        // Empty: no environment variables, no appsettings, no console logs decide anything here.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(new FrameworkLogs(logs));
        builder.Services.AddRoutingCore();
        builder.Services.AddRateLimiter(options =>
        {
            options.GlobalLimiter = limits.PerAddress;
            options.OnRejected = (rejected, _) => new ValueTask(Answers.Refused(rejected.HttpContext, limits.TooMany));
        });
        builder.Services.AddSingleton<IHostLifetime, OwnerLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.StopTimeout);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(settings.ListenAddress, settings.Port);
            kestrel.Limits.MaxConcurrentConnections = settings.ConnectionsMax;
            kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
            kestrel.Limits.RequestHeadersTimeout = settings.HeadersTimeout;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 100;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(settings.BodyBytesPerSecondMin, TimeSpan.FromSeconds(5));
            // Routes have limits of their own, which answer with a body. This one bounds what is drained after a refusal, and counts the framing
            // of chunks too: hence twice.
            kestrel.Limits.MaxRequestBodySize = 2L * Math.Max(settings.WebhookBodyBytesMax, settings.GenericBodyBytesMax);
        });
        return builder.Build();
    }

    private async Task AnswerProblems(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException problem)
        {
            // Kestrel's texts say what is wrong with the protocol; they may quote the request, so they stay here.
            var code = problem.StatusCode switch { 408 => "TOO_SLOW", 413 => "TOO_LARGE", _ => "BAD_REQUEST" };
            await Answers.Refused(context, new Refusal(problem.StatusCode, code, "the request does not keep to HTTP or to this server's limits"));
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The sender is gone: there is nobody to answer.
        }
        catch (Exception problem)
        {
            Failed(_log, (context.GetEndpoint() as Microsoft.AspNetCore.Routing.RouteEndpoint)?.RoutePattern.RawText, problem);
            await Answers.Refused(context, new Refusal(500, "INTERNAL", "the request failed here; nothing is wrong with it"));
        }
    }

    private static ForwardedHeadersOptions ForwardedHeaders(IngestSettings settings)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = Microsoft.AspNetCore.HttpOverrides.ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in settings.TrustedProxies)
        {
            if (IngestSettings.TryParseNetwork(proxy, out var network))
                options.KnownIPNetworks.Add(network);
        }

        return options;
    }

    [LoggerMessage(LogLevel.Information, "Taking deployment events and alerts at {Address}: {Pipelines} pipelines, {Sources} alert sources")]
    private static partial void Started(ILogger log, Uri address, int pipelines, int sources);

    [LoggerMessage(LogLevel.Warning, "Nobody may send and nobody may change that: the tables hold no keys, and there is neither a catalog file nor an operator's key")]
    private static partial void NobodyMaySend(ILogger log);

    [LoggerMessage(LogLevel.Error, "A request to {Route} failed")]
    private static partial void Failed(ILogger log, string? route, Exception problem);
}
