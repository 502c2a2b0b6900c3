using System.Diagnostics;
using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Writes a batch, waits until the broker has acknowledged all of it, then commits the offsets: for brokers without transactions.</summary>
/// <remarks>In this order nothing is lost. After a crash between the two, answers are written twice.</remarks>
internal sealed class AtLeastOnceWriter(IProducer<byte[]?, byte[]?> producer, IConsumer<byte[]?, byte[]?> consumer, TimeSpan limit)
{
    /// <exception cref="BrokerUnavailableException">Some of it may be there; to be tried again from what is committed.</exception>
    /// <exception cref="KafkaSettingsException">Someone has to change something.</exception>
    public void Write(Batch batch)
    {
        var waited = Stopwatch.StartNew();
        var acknowledgements = new Acknowledgements();
        foreach (var record in batch.Records)
            Send(record, batch.Written, acknowledgements, waited);
        if (!acknowledgements.Wait(limit))
            throw new BrokerUnavailableException($"no acknowledgement within {limit}");
        try
        {
            if (batch.Offsets.Count > 0)
                consumer.Commit(batch.Offsets);
        }
        catch (KafkaException e) when (!e.Error.IsFatal)
        {
            throw new BrokerUnavailableException($"offsets not committed: {e.Error.Reason} ({e.Error.Code})", e);
        }
        WorkerMetrics.CommitDuration.Record(waited.Elapsed.TotalSeconds);
    }

    public void Close() => producer.Dispose();

    private void Send(in BatchRecord record, ReadOnlySpan<byte> bytes, Acknowledgements acknowledgements, Stopwatch waited)
    {
        var message = record.Message ?? new()
        {
            Key = bytes.Slice(record.Start, record.KeyLength).ToArray(),
            Value = bytes.Slice(record.Start + record.KeyLength, record.ValueLength).ToArray(),
        };
        while (true)
        {
            acknowledgements.Expect();
            try
            {
                producer.Produce(new TopicPartition(record.Topic, record.Partition), message, acknowledgements.OnReport);
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> e)
            {
                acknowledgements.Unexpect();
                if (e.Error.Code != ErrorCode.Local_QueueFull || waited.Elapsed > limit)
                    throw new BrokerUnavailableException($"{record.Topic}: {e.Error.Reason}", e);
            }
            Thread.Sleep(1);
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

        public bool Wait(TimeSpan limit)
        {
            var waited = Stopwatch.StartNew();
            lock (_gate)
            {
                while (_expected > 0 && _failure is null && limit - waited.Elapsed is { Ticks: > 0 } left)
                    Monitor.Wait(_gate, left);
                return _failure is null ? _expected == 0 : throw Explain(_failure, _failedTopic);
            }
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
