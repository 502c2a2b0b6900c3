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
    // Of each group, to ask for what it has committed; that of the join looks for the rest besides.
    private readonly IConsumer<byte[]?, byte[]?> _join;
    private readonly IConsumer<byte[]?, byte[]?> _sink;
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
        _join = new KafkaClients(settings with { GroupId = joinGroup }, logs).OpenConsumer();
        _sink = new KafkaClients(settings with { GroupId = sinkGroup }, logs).OpenConsumer();
        _marks = new(_join);
        StartedMs = NowMs;
        _run = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
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
        _join.Dispose();
        _sink.Dispose();
        _admin.Dispose();
        _stopping.Dispose();
    }

    private void Run()
    {
        do
        {
            try
            {
                var look = Look();
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
        while (!_stopping.Token.WaitHandle.WaitOne(_interval));
    }

    private ClusterLook Look()
    {
        _partitions ??= _questions.PartitionsOf(_topics.CoPartitioned);
        var before = _latest;
        var joinPartitions = _partitions.Where(p => p.Topic != _topics.Enrichments).ToList();
        // First what is done, then the end: the other way round a group that keeps up would seem to be ahead.
        var joinDone = ClusterQuestions.Committed(_join, joinPartitions);
        var sinkDone = ClusterQuestions.Committed(_sink, _partitions);
        var bounds = ClusterQuestions.Bounds(_join, _partitions);
        var join = new GroupState(_joinGroup, LagsOf(_joinGroup, joinPartitions, joinDone, bounds, before?.Join), _questions.Members(_joinGroup));
        var sink = new GroupState(_sinkGroup, LagsOf(_sinkGroup, _partitions, sinkDone, bounds, before?.Sink), _questions.Members(_sinkGroup));
        KnowsDeadLetters = ReadDeadLetters();
        return new(NowMs, join, sink);
    }

    private List<PartitionLag> LagsOf(
        string group, IReadOnlyList<TopicPartition> partitions, Dictionary<TopicPartition, long> done, Dictionary<TopicPartition, (long Start, long End)> bounds, GroupState? before)
    {
        var committedBefore = before?.Partitions.ToDictionary(p => (p.Topic, p.Partition), p => p.Committed);
        var lags = new List<PartitionLag>();
        var gaps = new Dictionary<TopicPartition, (long From, long End)>();
        foreach (var partition in partitions)
        {
            long? committed = done.TryGetValue(partition, out var next) ? next : null;
            // What retention has taken away nobody can read any more.
            var (from, end) = (Math.Max(committed ?? 0, bounds[partition].Start), bounds[partition].End);
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
