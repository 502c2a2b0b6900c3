using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.Monitoring;

/// <summary>Tells machines how a process is: metrics as a page and over OTLP, and whether it is alive and ready.</summary>
public sealed class MonitoringServer : IAsyncDisposable
{
    /// <summary>Boundaries of times in seconds: those of commits and answers lie between a millisecond and some seconds.</summary>
    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    /// <summary>
    /// What .NET counts of itself, of requests and of connections. No label holds a path, a query or a header, any of which may hold a key: a request has the
    /// pattern of its route, or none; an outgoing request has the address of its server, which is one of the settings.
    /// </summary>
    private static readonly string[] Framework = ["System.Runtime", "System.Net.Http", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    private readonly MeterProvider _metrics;
    private readonly WebApplication? _web;

    private MonitoringServer(MeterProvider metrics, WebApplication? web) => (_metrics, _web) = (metrics, web);

    /// <summary>The address that is listened on, with the port that was taken where 0 was asked for; null where none is.</summary>
    public string? Url => _web?.Urls.First();

    /// <param name="settings">What is told, and where.</param>
    /// <param name="isAlive">Whether it can go on by itself; where not, it should be started again.</param>
    /// <param name="isReady">Whether it does its work.</param>
    /// <param name="state">What it is doing, for a person.</param>
    /// <param name="logs">Where warnings go.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public static async Task<MonitoringServer> StartAsync(
        MonitoringSettings settings, Func<bool> isAlive, Func<bool> isReady, Func<string> state, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var builder = Sdk.CreateMeterProviderBuilder().ConfigureResource(r => r.AddService("streamdeploy"))
            .AddMeter([WorkerMetrics.MeterName, .. Framework])
            .AddView(i => i.Unit == "s" && i.GetType().Name.StartsWith("Histogram", StringComparison.Ordinal) ? new ExplicitBucketHistogramConfiguration { Boundaries = Seconds } : null);
        if (settings.Listen is not null)
            builder.AddPrometheusExporter(page =>
            {
                // Each request reads every instrument. Two requests at the same time share one reading.
                page.ScrapeResponseCacheDurationMilliseconds = 0;
                page.ScopeInfoEnabled = false;
                page.TargetInfoEnabled = false;
            });
        if (settings.Otlp is { } otlp)
            builder.AddOtlpExporter((exporter, periodic) =>
            {
                exporter.Endpoint = otlp;
                periodic.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)settings.OtlpInterval.TotalMilliseconds;
            });
        var metrics = builder.Build();
        try
        {
            return new(metrics, settings.Listen is null ? null : await ListenAsync(settings, metrics, isAlive, isReady, state, logs, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            metrics.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_web is not null)
            await _web.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
    }

    private static async Task<WebApplication> ListenAsync(
        MonitoringSettings settings, MeterProvider metrics, Func<bool> isAlive, Func<bool> isReady, Func<string> state, ILoggerFactory logs,
        CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(logs);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(settings.Listen!));
        var web = builder.Build();
        // The exporter itself answers any method.
        web.MapPrometheusScrapingEndpoint("/metrics", metrics, null, null).WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
        web.MapGet("/healthz", () => Answer(isAlive(), state()));
        web.MapGet("/readyz", () => Answer(isReady(), state()));
        await web.StartAsync(cancellationToken).ConfigureAwait(false);
        return web;
    }

    private static IResult Answer(bool isGood, string state) => Results.Text(state + "\n", statusCode: isGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
}
