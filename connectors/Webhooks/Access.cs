using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>What is known of a request while it is worked on, for the count and the log of what became of it.</summary>
internal sealed class RequestOutcome
{
    /// <summary>The code of the answer's body, or ACCEPTED.</summary>
    public string Code { get; set; } = "";

    /// <summary>Whose it was, as account/id.</summary>
    public string? Owner { get; set; }

    public int Events { get; set; }

    /// <summary>Whom the delivery is for; null where it is none, or nobody's.</summary>
    public Addressee? Addressee { get; set; }

    /// <summary>What the provider calls the event.</summary>
    public string? Event { get; set; }

    /// <summary>Why it, or some of it, was not taken.</summary>
    public IReadOnlyList<Refusal> Refused { get; set; } = [];

    public static RequestOutcome Of(HttpContext context)
    {
        if (context.Features.Get<RequestOutcome>() is { } known)
            return known;
        var outcome = new RequestOutcome();
        context.Features.Set(outcome);
        return outcome;
    }
}

/// <summary>Counts what becomes of requests, by route (which names the provider) and outcome, and logs them where that is asked for.</summary>
/// <remarks>
/// Neither holds a path, a query or a header: any of them may hold a key. What stands for the path is the route's pattern, and for a path that is none's "none",
/// so that there are not more series than routes.
/// </remarks>
internal sealed partial class Access(IngestSettings settings, ILogger<Access> log)
{
    private static readonly Meter Meter = new(WorkerMetrics.MeterName);

    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("streamdeploy.ingest.requests", "{request}", "Requests answered, by route and outcome: ACCEPTED, OK or the code of the answer");

    private static readonly Counter<long> Events = Meter.CreateCounter<long>("streamdeploy.ingest.events", "{event}", "Deployment events and alerts that the broker has acknowledged, by route");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("streamdeploy.ingest.duration", "s", "From the headers of a request until its answer, by route");

    private static readonly UpDownCounter<long> InFlight = Meter.CreateUpDownCounter<long>("streamdeploy.ingest.in_flight", "{request}", "Requests being worked on");

    public async Task Watch(HttpContext context, Func<Task> next)
    {
        var start = Stopwatch.GetTimestamp();
        InFlight.Add(1);
        try
        {
            await next();
        }
        finally
        {
            InFlight.Add(-1);
            Tell(context, Stopwatch.GetElapsedTime(start));
        }
    }

    private void Tell(HttpContext context, TimeSpan took)
    {
        var endpoint = context.GetEndpoint() as RouteEndpoint;
        var outcome = RequestOutcome.Of(context);
        var code = context.RequestAborted.IsCancellationRequested ? "ABORTED" : outcome.Code.Length > 0 ? outcome.Code : context.Response.StatusCode < 400 ? "OK" : "REFUSED";
        var route = new KeyValuePair<string, object?>("route", endpoint?.RoutePattern.RawText ?? "none");
        Requests.Add(1, route, new("outcome", code));
        Duration.Record(took.TotalSeconds, route);
        if (outcome.Events > 0)
            Events.Add(outcome.Events, route);
        if (settings.AccessLog)
            Request(log, Method(context), (string)route.Value!, context.Response.StatusCode, code, outcome.Owner ?? "-", (long)took.TotalMilliseconds, RequestLimits.Sender(context.Connection.RemoteIpAddress));
    }

    // A method is whatever the sender writes.
    private static string Method(HttpContext context) => HttpMethods.GetCanonicalizedValue(context.Request.Method) is var method && method.Length <= 7 && method.All(char.IsAsciiLetterUpper) ? method : "OTHER";

    [LoggerMessage(LogLevel.Information, "{Method} {Route} {Status} {Code} {Owner} {Milliseconds} ms {Address}")]
    private static partial void Request(ILogger log, string method, string route, int status, string code, string owner, long milliseconds, System.Net.IPAddress address);
}
