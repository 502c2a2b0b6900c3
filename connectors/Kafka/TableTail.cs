using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Where a version of a table's entry stands: what it is told apart by.</summary>
/// <param name="Partition">Of its topic.</param>
/// <param name="Offset">In it.</param>
/// <param name="ChangeId">The change it was written by; null where it was no change of the management API's.</param>
public readonly record struct TableVersion(int Partition, long Offset, string? ChangeId);

/// <summary>One record of a table's topic: a new version of an entry, or its end.</summary>
/// <param name="Type">Of the entry.</param>
/// <param name="AccountId">Whose it is.</param>
/// <param name="Id">0 for an account itself.</param>
/// <param name="Value">Null where it was deleted.</param>
/// <param name="Version">Where it stands.</param>
/// <param name="TimestampMs">Kafka's: from when on it holds, unless the value says otherwise.</param>
public sealed record TableChange(Type Type, string AccountId, long Id, object? Value, TableVersion Version, long TimestampMs);

/// <summary>Reads the tables' topics whole, keeps up with them, and says when all that was written by now is read.</summary>
/// <remarks>
/// A thread of its own applies the changes, in the order of their partitions. Only committed records are seen. Records that cannot be read are logged and
/// left out: they stay in their compacted topic. With the registry down, or the broker, it waits; who asks to have caught up is told so.
/// </remarks>
public sealed class TableTail : IAsyncDisposable
{
    public const string ChangeIdHeader = "change-id";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    // A question that got lost on the way is asked again.
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    /// <summary>A broker does not end the wait of a fetch when a transaction is committed, so this is how long a change may go unseen.</summary>
    private const int FetchWaitMs = 20;

    private readonly Lock _waiting = new();
    private readonly List<(Dictionary<TopicPartition, long> Ends, TaskCompletionSource Reached)> _waiters = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<TopicPartition, long> _received = [];
    private readonly TableDecoder _decoder;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly IAdminClient _admin;
    private readonly SchemaRegistryClient _registry;
    private readonly Action<TableChange> _apply;
    private readonly ILogger _log;
    private readonly UntilRegistry _untilRegistry;
    private readonly Task _run;
    private Task<Dictionary<TopicPartition, long>>? _asking;
    private Exception? _fault;
    private Task<Dictionary<TopicPartition, long>>? _askingNext;

    private TableTail(KafkaSettings settings, KafkaClients clients, IAdminClient admin, IEnumerable<TopicPartition> partitions, Action<TableChange> apply, ILogger log)
    {
        (_admin, _apply, _log) = (admin, apply, log);
        _registry = new SchemaRegistryClient(settings.Registry);
        _untilRegistry = new UntilRegistry(log, _stopping.Token);
        _decoder = new TableDecoder(_registry, settings.Topics);
        foreach (var partition in partitions)
            _received[partition] = 0;
        _consumer = clients.OpenConsumer(fetchWaitMs: FetchWaitMs);
        _consumer.Assign(_received.Keys.Select(partition => new TopicPartitionOffset(partition, 0)));
        _run = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <exception cref="BrokerUnavailableException">Kafka does not answer, or a topic is missing.</exception>
    /// <exception cref="KafkaSettingsException">Names the property or setting that is wrong.</exception>
    public static async Task<TableTail> StartAsync(KafkaSettings settings, Action<TableChange> apply, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var clients = new KafkaClients(settings, logs);
        var admin = clients.OpenAdmin();
        try
        {
            var partitions = await Task.Run(() => settings.Topics.Tables.SelectMany(topic => PartitionsOf(admin, topic)).ToList(), cancellationToken).ConfigureAwait(false);
            return new TableTail(settings, clients, admin, partitions, apply, logs.CreateLogger("StreamDeploy.Kafka"));
        }
        catch
        {
            admin.Dispose();
            throw;
        }
    }

    /// <summary>Completes when everything is applied that was committed before the call.</summary>
    /// <remarks>Many callers at once share a question to the broker: the one that is asked after they came.</remarks>
    /// <exception cref="BrokerUnavailableException">Kafka or the registry do not answer in time.</exception>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            var ends = await AskEnds().WaitAsync(Timeout, cancellationToken).ConfigureAwait(false);
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_waiting)
            {
                if (_fault is { } fault)
                    throw new InvalidOperationException("the tables are not read any more", fault);
                if (AreReached(ends))
                    return;
                _waiters.Add((ends, reached));
            }

            try
            {
                await reached.Task.WaitAsync(Timeout, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException e)
            {
                throw new BrokerUnavailableException($"the tables cannot be read up to their end: {Behind(ends)}", e);
            }
            finally
            {
                lock (_waiting)
                    _waiters.RemoveAll(waiter => waiter.Reached == reached);
            }
        }
        catch (Exception e) when (e is KafkaException or TimeoutException)
        {
            var reason = e is ListOffsetsException { Result: var result } ? result.ResultInfos.First(info => info.TopicPartitionOffsetError.Error.IsError).TopicPartitionOffsetError.Error.Reason : e.Message;
            throw new BrokerUnavailableException($"the tables cannot be read up to their end: {reason}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _consumer.Dispose();
        _admin.Dispose();
        _registry.Dispose();
        _stopping.Dispose();
    }

    private static IEnumerable<TopicPartition> PartitionsOf(IAdminClient admin, string topic)
    {
        TopicMetadata found;
        try
        {
            found = admin.GetMetadata(topic, Timeout).Topics.Single(known => known.Topic == topic);
        }
        catch (KafkaException e)
        {
            throw new BrokerUnavailableException($"Kafka does not answer: {e.Error.Reason}", e);
        }

        if (found.Error.IsError || found.Partitions.Count == 0)
            throw new BrokerUnavailableException($"topic {topic}: {found.Error.Reason}: run streamdeploy topics create");
        return found.Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId));
    }

    // A question on its way may have been answered before the caller's record was written: callers wait for the one after it.
    private Task<Dictionary<TopicPartition, long>> AskEnds()
    {
        lock (_waiting)
        {
            if (_asking is null || _asking.IsCompleted)
                return _asking = EndsAsync();
            return _askingNext ??= AskNextAsync(_asking);
        }
    }

    private async Task<Dictionary<TopicPartition, long>> AskNextAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_waiting)
        {
            _asking = EndsAsync();
            _askingNext = null;
        }

        return await _asking.ConfigureAwait(false);
    }

    private async Task<Dictionary<TopicPartition, long>> EndsAsync()
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await AskOnceAsync().ConfigureAwait(false);
            }
            catch (KafkaException) when (waited.Elapsed < Timeout && !_stopping.IsCancellationRequested)
            {
                // Partitions that were made or moved this moment have no leader yet. And after a broker was away, librdkafka goes on asking with the leader's epoch
                // of before, for as long as its metadata are not fetched anew.
                await Task.Run(() => _admin.GetMetadata(Timeout)).ConfigureAwait(false);
                await Task.Delay(Turn).ConfigureAwait(false);
            }
        }
    }

    private async Task<Dictionary<TopicPartition, long>> AskOnceAsync()
    {
        var asked = _received.Keys.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() });
        // The end for those who read what is not committed: a commit is answered before its records can be seen, but not before they are there.
        var answer = await _admin.ListOffsetsAsync(asked, new() { IsolationLevel = IsolationLevel.ReadUncommitted, RequestTimeout = AskTimeout }).ConfigureAwait(false);
        return answer.ResultInfos.ToDictionary(info => info.TopicPartitionOffsetError.TopicPartition, info => info.TopicPartitionOffsetError.Offset.Value);
    }

    private void Run()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (_consumer.Consume(Turn) is { } raw)
                    Receive(raw);
            }
            catch (ConsumeException e)
            {
                _log.ConsumeFailed(e.Error.Reason);
                _stopping.Token.WaitHandle.WaitOne(Turn);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                // A fault of ours: who waits must hear of it, and no more is applied on top of what is wrong.
                lock (_waiting)
                {
                    _fault = e;
                    foreach (var (_, reached) in _waiters)
                        reached.TrySetException(e);
                }

                return;
            }
        }
    }

    private void Receive(ConsumeResult<byte[]?, byte[]?> raw)
    {
        if (!raw.IsPartitionEOF && Decode(raw) is { } change)
            _apply(change);
        lock (_waiting)
        {
            _received[raw.TopicPartition] = raw.IsPartitionEOF ? Math.Max(_received[raw.TopicPartition], raw.Offset.Value) : raw.Offset.Value + 1;
            foreach (var (ends, reached) in _waiters)
            {
                if (AreReached(ends))
                    reached.TrySetResult();
            }
        }
    }

    private string Behind(Dictionary<TopicPartition, long> ends)
    {
        lock (_waiting)
            return string.Join(", ", ends.Where(end => _received[end.Key] < end.Value).Select(end => $"{end.Key.Topic}[{end.Key.Partition.Value}] at {_received[end.Key]} of {end.Value}"));
    }

    private bool AreReached(Dictionary<TopicPartition, long> ends)
    {
        foreach (var (partition, end) in ends)
        {
            if (_received[partition] < end)
                return false;
        }

        return true;
    }

    private TableChange? Decode(ConsumeResult<byte[]?, byte[]?> raw) => _untilRegistry.Decode(
        raw, () => _decoder.DecodeAsync(raw, _stopping.Token), e => _log.TableRejected(raw.Topic, raw.Partition.Value, raw.Offset.Value, DeadLetters.ReasonOf(e.Reason), e.Message));
}
