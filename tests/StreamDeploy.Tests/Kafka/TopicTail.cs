using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Kafka;

/// <summary>Reads a whole topic from its beginning, without a group.</summary>
internal sealed class TopicTail : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly List<ConsumeResult<byte[]?, byte[]?>> _read = [];
    private readonly string _topic;

    public TopicTail(string bootstrapServers, string topic, int partitions)
    {
        _topic = topic;
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig { BootstrapServers = bootstrapServers, GroupId = "tail", EnableAutoCommit = false }).Build();
        _consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
    }

    /// <summary>Everything read so far, once it is at least so many.</summary>
    public IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> Read(int count) => ReadUntil(read => read.Count >= count, $"{count} records");

    public IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> ReadUntil(Func<IReadOnlyList<ConsumeResult<byte[]?, byte[]?>>, bool> enough, string what)
    {
        var waited = Stopwatch.StartNew();
        while (!enough(_read))
        {
            if (waited.Elapsed > Limit)
                throw new TimeoutException($"{_topic}: {what} did not come within {Limit}, only {_read.Count} records");
            // All there is, before the condition is asked again: it may look at everything read.
            for (var raw = _consumer.Consume(TimeSpan.FromMilliseconds(100)); raw is not null; raw = _consumer.Consume(TimeSpan.Zero))
                _read.Add(raw);
        }
        return _read;
    }

    public static string Header(ConsumeResult<byte[]?, byte[]?> raw, string name) => Encoding.UTF8.GetString(raw.Message.Headers.GetLastBytes(name));

    public void Dispose() => _consumer.Dispose();
}

/// <summary>Reads the answers.</summary>
internal sealed class AnswerTail(TopicTail tail, SchemaRegistryClient registry) : IDisposable
{
    private readonly RecordDecoder<Enrichment> _decoder = new(registry);
    private readonly List<Enrichment> _answers = [];

    public IReadOnlyList<Enrichment> ReadUntil(Func<IReadOnlyList<Enrichment>, bool> enough, string what)
    {
        tail.ReadUntil(
            read =>
            {
                for (var i = _answers.Count; i < read.Count; i++)
                    _answers.Add(_decoder.DecodeAsync(read[i].Message.Value, CancellationToken.None).AsTask().GetAwaiter().GetResult());
                return enough(_answers);
            },
            what);
        return _answers;
    }

    /// <summary>Waits until there is an answer to each of these alerts.</summary>
    public IReadOnlyList<Enrichment> ReadAll(params IReadOnlyCollection<string> alertIds) =>
        ReadUntil(answers => alertIds.Except(answers.Select(a => a.AlertId)).Any() is false, "an answer to every alert");

    public Enrichment ReadFirst(string alertId) => ReadAll(alertId).First(a => a.AlertId == alertId);

    public Enrichment ReadSettled(string alertId) =>
        ReadUntil(answers => answers.Any(a => a.AlertId == alertId && a.Settled), $"the settled answer to {alertId}").First(a => a.AlertId == alertId && a.Settled);

    public void Dispose() => tail.Dispose();
}
