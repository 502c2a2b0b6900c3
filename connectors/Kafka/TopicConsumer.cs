using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Reads whole topics in a consumer group, in batches; the caller says what is done and when to pause.</summary>
/// <remarks>
/// For one thread. Offsets are kept in the group <see cref="KafkaSettings.GroupId"/>, and a partition without one is read from its beginning.
/// Records of aborted transactions are not seen. A partition that goes to another member takes its uncommitted records along: they are read again there.
/// </remarks>
public sealed partial class TopicConsumer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly OffsetCommit _commit;
    private readonly bool _commits;
    private readonly ILogger _log;
    private readonly Dictionary<TopicPartition, int> _assigned = [];
    private readonly Dictionary<PartitionId, long> _ends = [];
    private readonly HashSet<string> _paused = [];
    private int _assignments;
    private bool _pauseAgain;
    private Error? _fatal;

    /// <summary>Of each partition that has been read to its end: the next offset there. What comes after it was not there yet.</summary>
    internal IReadOnlyDictionary<PartitionId, long> Ends => _ends;

    /// <summary>Whether everything that was there has been given out.</summary>
    internal bool IsAtEnd => _assigned.Keys.All(partition => _ends.ContainsKey(PartitionId.Of(partition)));

    private TopicConsumer(KafkaSettings settings, bool member, bool commits, ILoggerFactory logs)
    {
        _commits = commits;
        _log = logs.CreateLogger("StreamDeploy.Kafka");
        _consumer = new KafkaClients(settings, logs).OpenConsumer(
            builder => builder.SetPartitionsAssignedHandler((_, partitions) => OnAssigned(partitions))
                .SetPartitionsRevokedHandler((_, partitions) => OnGone(partitions.Select(p => p.TopicPartition)))
                .SetPartitionsLostHandler((_, partitions) => OnGone(partitions.Select(p => p.TopicPartition))),
            member,
            error => _fatal = error.IsFatal ? error : _fatal);
        _commit = new OffsetCommit(_consumer);
    }

    /// <param name="settings">How to reach Kafka, and the group.</param>
    /// <param name="topics">All of their partitions are shared by the members of the group.</param>
    /// <param name="assignAll">Take all partitions without joining the group: for a member that is alone, where joining takes seconds (the embedded cluster).</param>
    /// <param name="logs">Where librdkafka's lines go.</param>
    /// <exception cref="KafkaSettingsException">Names the property or setting that is wrong.</exception>
    /// <exception cref="BrokerUnavailableException">With <paramref name="assignAll"/>: no broker answers, or a topic does not exist.</exception>
    public static TopicConsumer Open(KafkaSettings settings, IReadOnlyList<string> topics, bool assignAll, ILoggerFactory logs) =>
        Open(settings, !assignAll, commits: true, logs, consumer =>
        {
            if (assignAll)
                consumer.AssignAll(topics, consumer._consumer.Committed);
            else
                consumer._consumer.Subscribe(topics);
        });

    /// <summary>Reads all partitions from where <paramref name="from"/> says, else from their beginning, outside of any group: nothing is committed.</summary>
    /// <exception cref="KafkaSettingsException">Names the property or setting that is wrong.</exception>
    /// <exception cref="BrokerUnavailableException">No broker answers, or a topic does not exist.</exception>
    internal static TopicConsumer OpenAt(KafkaSettings settings, IReadOnlyList<string> topics, IReadOnlyDictionary<PartitionId, long> from, ILoggerFactory logs) =>
        Open(settings, member: false, commits: false, logs, consumer => consumer.AssignAll(topics, (partitions, _) =>
            [.. partitions.Select(partition => new TopicPartitionOffset(partition, from.TryGetValue(PartitionId.Of(partition), out long offset) ? offset : Offset.Beginning))]));

    private static TopicConsumer Open(KafkaSettings settings, bool member, bool commits, ILoggerFactory logs, Action<TopicConsumer> start)
    {
        var consumer = new TopicConsumer(settings, member, commits, logs);
        try
        {
            start(consumer);
            return consumer;
        }
        catch (KafkaException e)
        {
            consumer.Dispose();
            throw new BrokerUnavailableException($"{settings.BootstrapServers}: {e.Error.Reason}", e);
        }
        catch
        {
            consumer.Dispose();
            throw;
        }
    }

    /// <summary>What has come: waits up to <paramref name="timeout"/> for the first record, for no other.</summary>
    /// <exception cref="KafkaSettingsException">The brokers do not let us in, or the client cannot go on.</exception>
    public IReadOnlyList<ConsumedRecord> Poll(int recordsMax, TimeSpan timeout)
    {
        var records = new List<ConsumedRecord>();
        while (records.Count < recordsMax && Consume(records.Count == 0 ? timeout : TimeSpan.Zero) is { } raw)
        {
            if (!raw.IsPartitionEOF && _assigned.TryGetValue(raw.TopicPartition, out int assignment))
            {
                records.Add(new ConsumedRecord(raw, assignment));
                continue;
            }
            if (_assigned.ContainsKey(raw.TopicPartition))
                _ends[PartitionId.Of(raw.TopicPartition)] = raw.Offset.Value;
            timeout = TimeSpan.Zero;
        }
        if (_fatal is { } fatal)
            throw new KafkaSettingsException($"the Kafka client cannot go on: {fatal.Reason}");
        if (_pauseAgain)
            PauseAgain();
        return records;
    }

    /// <summary>The partitions that are ours, and for each the offset that the broker's next record will have, as far as the last fetch knows.</summary>
    internal IEnumerable<(PartitionId Partition, long High)> Highs() =>
        _assigned.Keys.Select(partition => (partition, _consumer.GetWatermarkOffsets(partition).High)).Where(known => !known.High.IsSpecial).Select(known => (PartitionId.Of(known.partition), known.High.Value));

    /// <summary>Stops fetching a topic, partitions that are assigned later included, until it is resumed.</summary>
    public void Pause(string topic)
    {
        if (_paused.Add(topic))
            PauseAgain();
    }

    public void Resume(string topic)
    {
        if (_paused.Remove(topic))
            _consumer.Resume(_assigned.Keys.Where(partition => partition.Topic == topic));
    }

    /// <summary>Commits that these records and all before them in their partitions are done. Partitions that went away since they were read are left out.</summary>
    /// <returns>False: the broker did not take it, and the records may be read again after a restart.</returns>
    public bool Commit(IEnumerable<ConsumedRecord> done)
    {
        if (!_commits)
            return true;
        TopicPartitionOffset[] offsets = [.. done.Where(record => _assigned.TryGetValue(record.Raw.TopicPartition, out int assignment) && assignment == record.Assignment)
            .Select(record => new TopicPartitionOffset(record.Raw.TopicPartition, record.Offset + 1, record.Raw.LeaderEpoch))];
        if (offsets.Length == 0)
            return true;
        // Told already. What comes after it is covered by the next one.
        if (_commit.IsPending)
            return false;
        try
        {
            _commit.Commit(offsets, Patience, CancellationToken.None);
            return true;
        }
        catch (KafkaException e)
        {
            LogCommitFailed(_log, offsets[0].Topic, e.Error.Reason);
            return false;
        }
    }

    /// <summary>Leaves the group at once, so that others need not wait for it to time out; if Kafka does not answer within a limit, without its leave.</summary>
    public void Dispose()
    {
        // Not on this thread, because leaving a group cannot be given a limit.
        if (!Task.Factory.StartNew(Close, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait(Patience))
            LogCloseFailed(_log, $"no answer within {Patience}");
    }

    private void Close()
    {
        try
        {
            _consumer.Close();
        }
        catch (KafkaException e)
        {
            LogCloseFailed(_log, e.Error.Reason);
        }
        // Not under a commit's feet: then it stays until the process ends.
        if (_commit.Settle(Patience))
            _consumer.Dispose();
    }

    private ConsumeResult<byte[]?, byte[]?>? Consume(TimeSpan timeout)
    {
        try
        {
            return _consumer.Consume(timeout);
        }
        catch (ConsumeException e) when (e.Error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed)
        {
            throw new KafkaSettingsException($"Kafka: {e.Error.Reason}", e);
        }
        catch (ConsumeException e)
        {
            // Such as a topic that does not exist yet: librdkafka goes on trying.
            LogConsumeFailed(_log, e.Error.Reason);
            return null;
        }
    }

    private void AssignAll(IReadOnlyList<string> topics, Func<IEnumerable<TopicPartition>, TimeSpan, List<TopicPartitionOffset>> startsOf)
    {
        using IAdminClient admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        TopicPartition[] partitions = [.. topics.SelectMany(topic => PartitionsOf(admin, topic))];
        List<TopicPartitionOffset> committed = startsOf(partitions, Patience);
        OnAssigned(partitions);
        _consumer.Assign(committed.Select(offset => offset.Offset.IsSpecial ? new(offset.TopicPartition, Offset.Beginning) : offset));
    }

    private static IEnumerable<TopicPartition> PartitionsOf(IAdminClient admin, string topic)
    {
        TopicMetadata metadata = admin.GetMetadata(topic, Patience).Topics.Single(found => found.Topic == topic);
        if (metadata.Error.IsError)
            throw new BrokerUnavailableException($"topic {topic}: {metadata.Error.Reason}");
        return metadata.Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId));
    }

    private void OnAssigned(IEnumerable<TopicPartition> partitions)
    {
        _assignments++;
        foreach (TopicPartition partition in partitions)
        {
            _assigned[partition] = _assignments;
            _ends.Remove(PartitionId.Of(partition));
        }
        // They are fetched only once this handler has returned, and can be paused only then.
        _pauseAgain = true;
    }

    private void OnGone(IEnumerable<TopicPartition> partitions)
    {
        foreach (TopicPartition partition in partitions)
            _assigned.Remove(partition);
    }

    private void PauseAgain()
    {
        _pauseAgain = false;
        TopicPartition[] partitions = [.. _assigned.Keys.Where(partition => _paused.Contains(partition.Topic))];
        if (partitions.Length > 0)
            _consumer.Pause(partitions);
    }

    [LoggerMessage(LogLevel.Warning, "Offsets of {Topic} not committed, the records may be read again: {Reason}")]
    private static partial void LogCommitFailed(ILogger log, string topic, string reason);

    [LoggerMessage(LogLevel.Warning, "The group could not be left: {Reason}")]
    private static partial void LogCloseFailed(ILogger log, string reason);

    [LoggerMessage(LogLevel.Warning, "Kafka: {Reason}")]
    private static partial void LogConsumeFailed(ILogger log, string reason);
}
