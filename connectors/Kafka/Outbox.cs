using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What a worker writes: answers, dead letters, records sent on. Nothing is committed before all of it is acknowledged.</summary>
internal sealed class Outbox(IProducer<byte[]?, byte[]?> producer, RecordEncoder<Enrichment> encoder, TopicNames topics, TimeSpan timeout, CancellationToken stopping) : IDisposable
{
    // A failed batch leaves reports behind that must not count for the next one.
    private Acknowledgements _batch = new();

    /// <summary>Whether nothing was sent since the last flush.</summary>
    public bool IsEmpty { get; private set; } = true;

    public void Answer(Enrichment answer, int partition)
    {
        var key = Encoding.UTF8.GetBytes(RecordKey.Of(answer.AccountId, answer.AlertId));
        Send(new(topics.Enrichments, partition), new() { Key = key, Value = encoder.Encode(answer) });
        WorkerMetrics.Answers.Add(1, new KeyValuePair<string, object?>("settled", answer.Settled));
    }

    public void Dead(ConsumeResult<byte[]?, byte[]?> raw, string reason, string error)
    {
        Send(new(topics.DeadLetters, Partition.Any), DeadLetters.Letter(raw, reason, error));
        WorkerMetrics.DeadLetters.Add(1, WorkerMetrics.Topic(raw.Topic), new("reason", reason));
    }

    public void Reroute(ConsumeResult<byte[]?, byte[]?> raw, int partition)
    {
        Send(new(raw.Topic, partition), Rerouting.Forward(raw));
        WorkerMetrics.Rerouted.Add(1, WorkerMetrics.Topic(raw.Topic));
    }

    /// <summary>Waits until the broker has acknowledged everything.</summary>
    /// <exception cref="BrokerUnavailableException">It has not; what was sent since the last call may or may not be there.</exception>
    /// <exception cref="OperationCanceledException">What was sent still counts.</exception>
    public void Flush(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (!_batch.Wait(limit, cancellationToken))
            throw new BrokerUnavailableException($"no acknowledgement within {limit}");
        IsEmpty = true;
    }

    /// <summary>Forgets what was sent: it will be sent again.</summary>
    public void Reset()
    {
        _batch = new();
        IsEmpty = true;
    }

    public void Dispose() => producer.Dispose();

    private void Send(TopicPartition to, Message<byte[]?, byte[]?> message)
    {
        IsEmpty = false;
        var batch = _batch;
        var waited = Stopwatch.StartNew();
        while (true)
        {
            batch.Expect();
            try
            {
                producer.Produce(to, message, batch.OnReport);
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> e)
            {
                batch.Unexpect();
                if (e.Error.Code != ErrorCode.Local_QueueFull || waited.Elapsed > timeout)
                    throw new BrokerUnavailableException($"{to.Topic}: {e.Error.Reason}", e);
            }
            // The broker takes nothing: a stop must not wait for it.
            stopping.ThrowIfCancellationRequested();
            batch.WaitForSome(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>Counts what is on its way. Reports come in on librdkafka's thread.</summary>
    private sealed class Acknowledgements
    {
        private readonly object _gate = new();
        private int _expected;
        private Error? _failure;
        private string _failedTopic = "";

        public void Expect()
        {
            lock (_gate)
                _expected++;
        }

        public void Unexpect()
        {
            lock (_gate)
                _expected--;
        }

        public void OnReport(DeliveryReport<byte[]?, byte[]?> report)
        {
            lock (_gate)
            {
                _expected--;
                if (report.Error.IsError && _failure is null)
                    (_failure, _failedTopic) = (report.Error, report.Topic);
                Monitor.PulseAll(_gate);
            }
        }

        public void WaitForSome(TimeSpan limit)
        {
            lock (_gate)
                Monitor.Wait(_gate, limit);
        }

        public bool Wait(TimeSpan limit, CancellationToken cancellationToken)
        {
            var waited = Stopwatch.StartNew();
            using var wake = cancellationToken.Register(Wake);
            lock (_gate)
            {
                while (_expected > 0 && _failure is null && limit - waited.Elapsed is { Ticks: > 0 } left)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Monitor.Wait(_gate, left);
                }
                return _failure is null ? _expected == 0 : throw Explain(_failure, _failedTopic);
            }
        }

        private void Wake()
        {
            lock (_gate)
                Monitor.PulseAll(_gate);
        }

        private static Exception Explain(Error error, string topic) => error.Code switch
        {
            // No second attempt will do better, and leaving an answer out is no way either.
            ErrorCode.MsgSizeTooLarge => new KafkaSettingsException($"topic {topic}: {error.Reason}: raise its max.message.bytes"),
            ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => new KafkaSettingsException($"topic {topic}: {error.Reason}"),
            _ => new BrokerUnavailableException($"topic {topic}: {error.Reason} ({error.Code})"),
        };
    }
}
