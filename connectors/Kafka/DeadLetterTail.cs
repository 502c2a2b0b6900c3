using System.Diagnostics;
using System.Text;
using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Follows dead-letters and counts what comes. For one thread; outside of any group.</summary>
internal sealed class DeadLetterTail : IDisposable
{
    private const int ErrorMax = 500;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(200);

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly TopicNames _topics;
    private readonly DeadLetterCounts _counts;
    private readonly long _fromMs;

    private DeadLetterTail(IConsumer<byte[]?, byte[]?> consumer, TopicNames topics, DeadLetterCounts counts, long fromMs) =>
        (_consumer, _topics, _counts, _fromMs) = (consumer, topics, counts, fromMs);

    /// <exception cref="KafkaException">Kafka does not answer.</exception>
    public static DeadLetterTail Open(KafkaClients clients, ClusterQuestions questions, TopicNames topics, DeadLetterCounts counts, long fromMs)
    {
        var partitions = questions.PartitionsOf(topics.DeadLetters);
        var consumer = clients.OpenConsumer();
        try
        {
            consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(partition, BoundedRead.StartOf(consumer, partition, fromMs))).ToList());
            return new(consumer, topics, counts, fromMs);
        }
        catch
        {
            consumer.Dispose();
            throw;
        }
    }

    /// <summary>Reads what has come, for no longer than that.</summary>
    /// <exception cref="KafkaException">Kafka does not answer.</exception>
    public void Read(TimeSpan limit)
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < limit && _consumer.Consume(Turn) is { } raw)
        {
            // Where Kafka does not find a place by time, reading began too early.
            if (!raw.IsPartitionEOF && raw.Message.Timestamp.UnixTimestampMs >= _fromMs)
                _counts.Add(LetterOf(raw));
        }
    }

    public void Dispose() => _consumer.Dispose();

    private DeadLetter LetterOf(ConsumeResult<byte[]?, byte[]?> raw)
    {
        var topic = Text(raw, DeadLetters.TopicHeader) ?? "";
        // Only there the key is the account and nothing else.
        var account = (topic == _topics.Deployments || topic == _topics.Alerts) && raw.Message.Key is { Length: > 0 } key ? Encoding.UTF8.GetString(key) : null;
        var error = Text(raw, DeadLetters.ErrorHeader) ?? "";
        return new(
            raw.Message.Timestamp.UnixTimestampMs, account, topic, Text(raw, DeadLetters.PartitionHeader) ?? "?", Text(raw, DeadLetters.OffsetHeader) ?? "?",
            Text(raw, DeadLetters.ReasonHeader) ?? "OTHER", error.Length <= ErrorMax ? error : error[..ErrorMax] + "…", Text(raw, DeadLetterProducer.ReaderHeader));
    }

    private static string? Text(ConsumeResult<byte[]?, byte[]?> raw, string header) =>
        raw.Message.Headers?.TryGetLastBytes(header, out var bytes) == true ? Encoding.UTF8.GetString(bytes) : null;
}
