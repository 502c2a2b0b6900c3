using System.Diagnostics;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Where a transaction is; for tests that end the process there.</summary>
internal enum CommitStep { BeforeProduce, AfterProduce, BeforeCommit, AfterCommit }

/// <summary>Writes a batch and its offsets in one Kafka transaction.</summary>
/// <remarks>
/// The offsets carry the group's membership, so the broker refuses those of a worker that lost its partitions, whatever its transactional id. Whatever goes
/// wrong, the transaction is aborted; where even that fails the producer is opened anew, and its InitTransactions ends what its predecessor left behind.
/// A batch without records and offsets only sees to it that nothing of ours is open.
/// </remarks>
internal sealed unsafe class TransactionalWriter(KafkaClients clients, string transactionalId, TimeSpan limit, ILogger log, Action<CommitStep>? onStep = null)
{
    private const int QueueFull = -184; // RD_KAFKA_RESP_ERR__QUEUE_FULL
    private const int FencedMax = 5;
    private const int AbandonedMax = 8;
    private static readonly TimeSpan FencedSpan = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Overtime = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, IntPtr> _topics = new(StringComparer.Ordinal);
    private readonly Queue<long> _fenced = new();
    private IProducer<byte[]?, byte[]?>? _producer;
    private int _abandoned;

    /// <exception cref="BrokerUnavailableException">Nothing of it will be seen; to be tried again from what is committed.</exception>
    /// <exception cref="KafkaSettingsException">Someone has to change something.</exception>
    public void Write(Batch batch)
    {
        var waited = Stopwatch.StartNew();
        try
        {
            var producer = _producer ??= Open(waited);
            if (batch.Records.Count == 0 && batch.Offsets.Count == 0)
                return;
            producer.BeginTransaction();
            onStep?.Invoke(CommitStep.BeforeProduce);
            Send(producer, batch, waited);
            onStep?.Invoke(CommitStep.AfterProduce);
            if (batch.Offsets.Count > 0)
                Patiently(left => SendOffsets(producer, batch, left), waited);
            onStep?.Invoke(CommitStep.BeforeCommit);
            Patiently(producer.CommitTransaction, waited);
            onStep?.Invoke(CommitStep.AfterCommit);
            WorkerMetrics.CommitDuration.Record(waited.Elapsed.TotalSeconds);
        }
        catch (KafkaException e)
        {
            WorkerMetrics.Aborted.Add(1);
            Abort(e);
            throw Explain(e);
        }
    }

    public void Close()
    {
        if (_producer is { } producer)
            Close(producer, TakeTopics());
        _producer = null;
    }

    /// <summary>The one call of a transaction that librdkafka does not end when its time is over.</summary>
    /// <remarks>
    /// github.com/confluentinc/librdkafka/issues/5456 and 5511, open in 2.16.0 too: it waits for a change of the connection to the group's coordinator, which may never come,
    /// for example after all brokers were out of reach for some seconds. So the producer is left behind with the call. The next one has the same transactional id:
    /// the broker ends what this one left open, and refuses whatever it may still send.
    /// </remarks>
    private void SendOffsets(IProducer<byte[]?, byte[]?> producer, Batch batch, TimeSpan left)
    {
        var call = Task.Run(() => producer.SendOffsetsToTransaction(batch.Offsets, batch.Group, left));
        if (Task.WaitAny([call], left + Overtime) == 0)
        {
            call.GetAwaiter().GetResult();
            return;
        }
        Abandon(producer, call);
        throw new KafkaException(new Error(ErrorCode.Local_TimedOut, "Kafka's client does not end the sending of offsets, and is replaced"));
    }

    private void Abandon(IProducer<byte[]?, byte[]?> producer, Task call)
    {
        _producer = null;
        var topics = TakeTopics();
        if (Interlocked.Increment(ref _abandoned) > AbandonedMax)
            throw new IOException($"Kafka's client has not ended the sending of offsets in {AbandonedMax} transactions, each with threads of its own: start the worker again.");
        _ = call.ContinueWith(
            ended =>
            {
                _ = ended.Exception;
                Close(producer, topics);
                Interlocked.Decrement(ref _abandoned);
            },
            TaskScheduler.Default);
    }

    private IProducer<byte[]?, byte[]?> Open(Stopwatch waited)
    {
        var producer = clients.OpenTransactionalProducer(transactionalId);
        try
        {
            Patiently(producer.InitTransactions, waited);
            return producer;
        }
        catch
        {
            producer.Dispose();
            throw;
        }
    }

    private void Send(IProducer<byte[]?, byte[]?> producer, Batch batch, Stopwatch waited)
    {
        fixed (byte* bytes = batch.Written)
        {
            foreach (var record in batch.Records)
            {
                if (record.Message is { } message)
                    Retry(() => TryProduce(producer, record, message), waited);
                else
                    Send(producer, record, bytes, waited);
            }
        }
    }

    private void Send(IProducer<byte[]?, byte[]?> producer, in BatchRecord record, byte* bytes, Stopwatch waited)
    {
        var topic = TopicOf(producer, record.Topic);
        var key = bytes + record.Start;
        while (LibRdKafka.Produce(topic, record.Partition, LibRdKafka.FlagCopy, key + record.KeyLength, (nuint)record.ValueLength, key, (nuint)record.KeyLength, IntPtr.Zero) != 0)
        {
            var error = new Error((ErrorCode)LibRdKafka.LastError());
            if ((int)error.Code != QueueFull || waited.Elapsed > limit)
                throw new KafkaException(new Error(error.Code, $"topic {record.Topic}: {error.Reason}"));
            Thread.Sleep(1);
        }
    }

    private static bool TryProduce(IProducer<byte[]?, byte[]?> producer, BatchRecord record, Message<byte[]?, byte[]?> message)
    {
        try
        {
            producer.Produce(new TopicPartition(record.Topic, record.Partition), message);
            return true;
        }
        catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    private void Retry(Func<bool> attempt, Stopwatch waited)
    {
        while (!attempt())
        {
            if (waited.Elapsed > limit)
                throw new KafkaException(new Error(ErrorCode.Local_QueueFull));
            Thread.Sleep(1);
        }
    }

    /// <summary>Some errors say that the same call may be made again: a coordinator that is loading or moving.</summary>
    private void Patiently(Action<TimeSpan> attempt, Stopwatch waited)
    {
        while (true)
        {
            var left = limit - waited.Elapsed;
            try
            {
                attempt(left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1));
                return;
            }
            catch (KafkaRetriableException) when (waited.Elapsed < limit)
            {
                Thread.Sleep(10);
            }
        }
    }

    private void Abort(KafkaException cause)
    {
        if (_producer is not { } producer)
            return;
        if (cause is KafkaTxnRequiresAbortException && TryAbort(producer))
            return;
        Close();
    }

    private bool TryAbort(IProducer<byte[]?, byte[]?> producer)
    {
        try
        {
            Patiently(producer.AbortTransaction, Stopwatch.StartNew());
            return true;
        }
        catch (KafkaException e)
        {
            log.AbortFailed(e.Error.Reason);
            return false;
        }
    }

    private IntPtr TopicOf(IProducer<byte[]?, byte[]?> producer, string name)
    {
        ref var topic = ref CollectionsMarshal.GetValueRefOrAddDefault(_topics, name, out var known);
        return known ? topic : topic = LibRdKafka.OpenTopic(LibRdKafka.HandleOf(producer), name, IntPtr.Zero);
    }

    private IntPtr[] TakeTopics()
    {
        IntPtr[] topics = [.. _topics.Values];
        _topics.Clear();
        return topics;
    }

    private static void Close(IProducer<byte[]?, byte[]?> producer, IntPtr[] topics)
    {
        foreach (var topic in topics)
            LibRdKafka.CloseTopic(topic);
        producer.Dispose();
    }

    private Exception Explain(KafkaException e)
    {
        var code = e.Error.Code;
        var text = $"transaction {transactionalId}: {e.Error.Reason} ({code})";
        if (code is ErrorCode.TransactionalIdAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed)
            return new KafkaSettingsException(text, e);
        if (code is ErrorCode.MsgSizeTooLarge)
            return new KafkaSettingsException($"{text}: raise the topic's max.message.bytes", e);
        if (code is ErrorCode.InvalidTransactionTimeout)
            return new KafkaSettingsException($"{text}: lower the delivery timeout, or raise the brokers' transaction.max.timeout.ms", e);
        if (code is ErrorCode.UnsupportedVersion or ErrorCode.Local_UnsupportedFeature)
            return new KafkaSettingsException($"{text}: these brokers have no transactions, run with --at-least-once", e);
        // Once is a transaction that took too long, or a broker that forgot us. Again and again is someone else.
        if (e.Error.IsFatal && IsFencedOften())
            return new KafkaSettingsException($"{text}: {FencedMax} times within a minute. Another worker runs with the same transactional id: give each a group instance id of its own", e);
        return new BrokerUnavailableException(text, e);
    }

    private bool IsFencedOften()
    {
        var now = Stopwatch.GetTimestamp();
        while (_fenced.TryPeek(out var first) && Stopwatch.GetElapsedTime(first, now) > FencedSpan)
            _fenced.Dequeue();
        _fenced.Enqueue(now);
        return _fenced.Count >= FencedMax;
    }
}
