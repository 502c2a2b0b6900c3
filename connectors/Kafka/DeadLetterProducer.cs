using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Writes records to dead-letters for readers other than the worker. Safe for concurrent use.</summary>
/// <remarks>
/// A reader does not know what another one has given up on, so a record that nobody can read is there once for each: <see cref="ReaderHeader"/>
/// says whose letter it is (the worker's have none), and topic, partition and offset say that it is the same record.
/// </remarks>
public sealed class DeadLetterProducer : IDisposable
{
    public const string ReaderHeader = "streamdeploy-reader";

    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly string _topic;
    private readonly byte[] _reader;
    private readonly ILogger _log;

    private DeadLetterProducer(KafkaSettings settings, string reader, ILoggerFactory logs)
    {
        _producer = new KafkaClients(settings, logs).OpenProducer();
        _topic = settings.Topics.DeadLetters;
        _reader = Encoding.UTF8.GetBytes(reader);
        _log = logs.CreateLogger("StreamDeploy.Kafka");
    }

    /// <param name="settings">How to reach Kafka.</param>
    /// <param name="reader">Who gives up on the records: "history".</param>
    /// <param name="logs">Where librdkafka's lines and one for each letter go.</param>
    /// <exception cref="KafkaSettingsException">Names the property or setting that is wrong.</exception>
    public static DeadLetterProducer Open(KafkaSettings settings, string reader, ILoggerFactory logs) => new(settings, reader, logs);

    /// <summary>Completes when the brokers have it.</summary>
    /// <exception cref="BrokerUnavailableException">They have not acknowledged it in time: try again later.</exception>
    /// <exception cref="RecordTooLargeException">They never will.</exception>
    public async Task WriteAsync(ConsumedRecord record, string reason, string error, CancellationToken cancellation)
    {
        Message<byte[]?, byte[]?> letter = DeadLetters.Letter(RawRecord.Of(record.Raw), reason, error);
        letter.Headers.Add(ReaderHeader, _reader);
        try
        {
            await _producer.ProduceAsync(_topic, letter, cancellation);
        }
        catch (KafkaException e)
        {
            throw e.Error.Code is ErrorCode.MsgSizeTooLarge
                ? new RecordTooLargeException($"topic {_topic}: {e.Error.Reason}: raise its max.message.bytes", e)
                : new BrokerUnavailableException($"topic {_topic}: {e.Error.Reason} ({e.Error.Code})", e);
        }
        _log.DeadLetter(record.Topic, record.Partition, record.Offset, reason, error);
    }

    public void Dispose()
    {
        _producer.Flush(FlushTimeout);
        _producer.Dispose();
    }
}
