using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Looks every ten seconds how far the join and the sink are, who shares their work and what was given up, and keeps the last hour of it.</summary>
/// <remarks>
/// It asks the brokers alone, so nothing else need be set up. While they are away it goes on looking, and keeps that they did not answer. Records are counted against
/// what a reader of committed records can read.
/// </remarks>
public sealed partial class ClusterWatch : IAsyncDisposable
{
    public const int SamplesMax = 360;

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>A gap so small may hold nothing but the marks of transactions, and costs little to look into.</summary>
    private const int SmallGap = 8;

    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly KafkaClients _clients;
    private readonly TopicNames _topics;
    private readonly string _joinGroup;
    private readonly string _sinkGroup;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly IAdminClient _admin;
    private readonly ClusterQuestions _questions;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly TransactionMarks _marks;
    private readonly RingBuffer<ClusterSample> _samples = new(SamplesMax);
    private readonly Task _run;

    // Of the loop alone.
    private IReadOnlyList<TopicPartition>? _partitions;
    private DeadLetterTail? _deadLetters;
    private bool _isAway;
    private volatile ClusterLook? _latest;

    private ClusterWatch(KafkaSettings settings, string joinGroup, string sinkGroup, ILoggerFactory logs, TimeProvider clock, TimeSpan interval)
    {
        (_topics, _joinGroup, _sinkGroup, _clock, _interval, _log) = (settings.Topics, joinGroup, sinkGroup, clock, interval, logs.CreateLogger("StreamDeploy.Kafka"));
        _clients = new KafkaClients(settings, logs);
        _admin = _clients.OpenAdmin();
        _questions = new(_admin);
        _consumer = _clients.OpenConsumer();
        _marks = new(_consumer);
        StartedMs = NowMs;
        _run = Task.Run(RunAsync);
    }

    /// <summary>When it began to look.</summary>
    public long StartedMs { get; }

    /// <summary>The last look that Kafka answered; null before the first.</summary>
    public ClusterLook? Latest => _latest;

    /// <summary>The last hour, the oldest first.</summary>
    public IReadOnlyList<ClusterSample> Samples => _samples.ToList();

    public DeadLetterCounts DeadLetters { get; } = new();

    /// <summary>Whether what was given up could be read at the last look.</summary>
    public bool KnowsDeadLetters { get; private set; }

    private long NowMs => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <param name="settings">Where Kafka is.</param>
    /// <param name="joinGroup">Of the workers.</param>
    /// <param name="sinkGroup">Of the sinks.</param>
    /// <param name="logs">Where it tells.</param>
    /// <param name="clock">By which looks are dated.</param>
    /// <param name="interval">Other than <see cref="Interval"/>, for tests.</param>
    /// <exception cref="KafkaSettingsException">A property is wrong.</exception>
    public static ClusterWatch Start(KafkaSettings settings, string joinGroup, string sinkGroup, ILoggerFactory logs, TimeProvider clock, TimeSpan? interval = null) =>
        new(settings, joinGroup, sinkGroup, logs, clock, interval ?? Interval);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _deadLetters?.Dispose();
        _consumer.Dispose();
        _admin.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_interval);
        do
        {
            try
            {
                var look = await LookAsync().ConfigureAwait(false);
                _samples.Add(new(look.AtMs, look.Join.Figures, look.Sink.Figures));
                _latest = look;
                if (_isAway)
                    IsBack(_log);
                _isAway = false;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _samples.Add(new(NowMs, null, null));
                // Once, not with every look.
                if (!_isAway)
                    IsAway(_log, e.Message);
                _isAway = true;
                _partitions = null;
            }
        }
        while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false));
    }

    private async Task<ClusterLook> LookAsync()
    {
        _partitions ??= _questions.PartitionsOf(_topics.CoPartitioned);
        var before = _latest;
        // First what is done, then the end: the other way round a group that keeps up would seem to be ahead.
        var joinTopics = _partitions.Where(p => p.Topic != _topics.Enrichments).ToList();
        var joinDone = await _questions.CommittedAsync(_joinGroup, joinTopics).ConfigureAwait(false);
        var sinkDone = await _questions.CommittedAsync(_sinkGroup, _partitions).ConfigureAwait(false);
        var starts = await _questions.StartsAsync(_partitions).ConfigureAwait(false);
        var ends = await _questions.EndsAsync(_partitions).ConfigureAwait(false);
        var join = new GroupState(_joinGroup, LagsOf(_joinGroup, joinTopics, joinDone, starts, ends, before?.Join), await _questions.MembersAsync(_joinGroup).ConfigureAwait(false));
        var sink = new GroupState(_sinkGroup, LagsOf(_sinkGroup, _partitions, sinkDone, starts, ends, before?.Sink), await _questions.MembersAsync(_sinkGroup).ConfigureAwait(false));
        KnowsDeadLetters = ReadDeadLetters();
        return new(NowMs, join, sink);
    }

    private List<PartitionLag> LagsOf(
        string group, IReadOnlyList<TopicPartition> partitions, Dictionary<TopicPartition, long> done, Dictionary<TopicPartition, long> starts, Dictionary<TopicPartition, long> ends, GroupState? before)
    {
        var committedBefore = before?.Partitions.ToDictionary(p => (p.Topic, p.Partition), p => p.Committed);
        var lags = new List<PartitionLag>();
        var gaps = new Dictionary<TopicPartition, (long From, long End)>();
        foreach (var partition in partitions)
        {
            long? committed = done.TryGetValue(partition, out var next) ? next : null;
            // What retention has taken away nobody can read any more.
            var (from, end) = (Math.Max(committed ?? 0, starts[partition]), ends[partition]);
            lags.Add(new(partition.Topic, partition.Partition.Value, committed, Math.Max(0, end - from)));
            var stands = committedBefore is not null && committedBefore.GetValueOrDefault((partition.Topic, partition.Partition.Value)) == committed;
            if (end > from && (stands || end - from <= SmallGap))
                gaps.Add(partition, (from, end));
        }

        var empty = _marks.WithoutRecords(group, gaps);
        return [.. lags.Select(lag => empty.Contains(new(lag.Topic, lag.Partition)) ? lag with { Lag = 0 } : lag)];
    }

    private bool ReadDeadLetters()
    {
        try
        {
            _deadLetters ??= DeadLetterTail.Open(_clients, _questions, _topics, DeadLetters, StartedMs - (DeadLetterCounts.Minutes * 60_000L));
            _deadLetters.Read(ReadLimit);
            return true;
        }
        catch (KafkaException)
        {
            // Such as a topic that one may not read. The lag is known all the same.
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "How far the groups are cannot be found out: {Reason}")]
    private static partial void IsAway(ILogger log, string reason);

    [LoggerMessage(LogLevel.Information, "How far the groups are can be found out again")]
    private static partial void IsBack(ILogger log);
}
