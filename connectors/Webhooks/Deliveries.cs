using System.Diagnostics.Metrics;
using System.Threading.Channels;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Whom a delivery was for: a pipeline, an alert source, or neither where an account's API key came without naming one.</summary>
internal readonly record struct Addressee(string AccountId, long? PipelineId = null, long? AlertSourceId = null)
{
    public static Addressee Of(IKeyOwner owner) => owner is CatalogPipeline ? new(owner.AccountId, owner.Id) : new(owner.AccountId, null, owner.Id);
}

/// <summary>Writes down what became of deliveries that were not taken, so that the account they were for can see it.</summary>
/// <remarks>
/// Answers never wait for it and never fail with it: what finds no place among those on their way, or is one too many of its pipeline's, is counted and left out.
/// What failed here is not written down: it says nothing about the sender, who is told to try again.
/// </remarks>
internal sealed partial class Deliveries : IAsyncDisposable
{
    private const int WaitingMax = 256;
    private const int EventMax = 100;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    // What the senders call the delivery: GitHub; whoever repeats one; Standard Webhooks; CloudEvents.
    private static readonly string[] IdHeaders = [GitHub.DeliveryHeader, RequestIdentity.IdempotencyHeader, GitLabProof.IdHeader, "ce-id"];

    private static readonly Meter Meter = new(WorkerMetrics.MeterName);

    private static readonly Counter<long> Untaken = Meter.CreateCounter<long>(
        "streamdeploy.ingest.deliveries", "{delivery}", "Deliveries with a known key that were not taken, by outcome: RECORDED in their topic, or left out of it: OVER_LIMIT, BUSY, FAILED");

    private readonly IngestSettings _settings;
    private readonly EventProducer _producer;
    private readonly ILogger _log;
    private readonly PartitionedRateLimiter<Addressee> _perAddressee;
    private readonly Channel<Delivery> _waiting = Channel.CreateBounded<Delivery>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly Task _writing;
    private int _isFailing;

    public Deliveries(IngestSettings settings, EventProducer producer, ILogger<Deliveries> log)
    {
        (_settings, _producer, _log) = (settings, producer, log);
        _perAddressee = PartitionedRateLimiter.Create<Addressee, Addressee>(addressee => RequestLimits.Window(addressee, settings.DeliveriesRecordedMax, settings.RateWindow));
        _writing = Task.Run(WriteAllAsync);
    }

    public async Task Watch(HttpContext context, Func<Task> next)
    {
        var arrivedAtMs = _settings.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        await next();
        if (HttpMethods.IsPost(context.Request.Method) && DeliveryOf(context, arrivedAtMs) is { } delivery)
            Record(delivery);
    }

    /// <summary>Gives those on their way a moment: the topic may be missing.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing.WaitAsync(StopTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _perAddressee.Dispose();
    }

    private static Delivery? DeliveryOf(HttpContext context, long arrivedAtMs)
    {
        var outcome = RequestOutcome.Of(context);
        var status = context.Response.StatusCode;
        if (outcome.Addressee is not { } addressee || outcome.Refused is not [var first, ..] || status >= 500)
            return null;
        var address = context.Connection.RemoteIpAddress;
        return new Delivery
        {
            AccountId = addressee.AccountId,
            PipelineId = addressee.PipelineId,
            AlertSourceId = addressee.AlertSourceId,
            OccurredAtMs = arrivedAtMs,
            Outcome = status == StatusCodes.Status200OK ? DeliveryOutcome.FILTERED : DeliveryOutcome.REFUSED,
            Status = status,
            Code = first.Code,
            // A refusal names what it is about, and that may be a header or a field of any length.
            Message = Texts.Cut(outcome.Refused.Count == 1 ? first.Message : $"{outcome.Refused.Count} events refused, the first: {first.Message}", Texts.SummaryMax),
            Field = Cut(first.Field, Texts.NameMax),
            Event = Cut(outcome.Event, EventMax),
            DeliveryId = Cut(IdHeaders.Select(name => context.Request.Headers[name].ToString()).FirstOrDefault(id => id.Length > 0), JsonFields.IdMax),
            Address = (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString(),
        };
    }

    private static string? Cut(string? text, int max) => string.IsNullOrEmpty(text) ? null : Texts.Cut(text, max);

    private void Record(Delivery delivery)
    {
        using var lease = _perAddressee.AttemptAcquire(new(delivery.AccountId, delivery.PipelineId, delivery.AlertSourceId));
        if (!lease.IsAcquired)
            Count("OVER_LIMIT");
        else if (!_waiting.Writer.TryWrite(delivery))
            Count("BUSY");
    }

    private async Task WriteAllAsync()
    {
        var batch = new List<Task>(WaitingMax);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (batch.Count < WaitingMax && _waiting.Reader.TryRead(out var delivery))
                batch.Add(WriteAsync(delivery));
            await Task.WhenAll(batch);
            batch.Clear();
        }
    }

    private async Task WriteAsync(Delivery delivery)
    {
        try
        {
            await _producer.ProduceAsync(delivery, CancellationToken.None);
            Count("RECORDED");
            Volatile.Write(ref _isFailing, 0);
        }
        catch (Exception problem)
        {
            // Whatever it is, the next one is tried; it is told once until one succeeds.
            Count("FAILED");
            if (Interlocked.Exchange(ref _isFailing, 1) == 0)
                NotRecorded(_log, problem.Message);
        }
    }

    private static void Count(string outcome) => Untaken.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    [LoggerMessage(LogLevel.Warning, "What becomes of refused and filtered deliveries is not recorded, all else goes on: {Problem}")]
    private static partial void NotRecorded(ILogger log, string problem);
}
