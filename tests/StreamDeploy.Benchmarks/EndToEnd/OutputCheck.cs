using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>How many answers came out.</summary>
internal sealed record AnswerCount(long All, long Settled);

/// <summary>Reads a worker's output as its readers do, and compares it with what the records must give: a fast wrong worker is no figure.</summary>
internal sealed class OutputCheck(Cluster cluster, SourceTopics source)
{
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    /// <exception cref="BenchException">An answer is missing, is there twice, or says something else.</exception>
    public AnswerCount Run(CancellationToken cancellationToken)
    {
        using var registry = new SchemaRegistryClient(source.Settings.Registry);
        var decoder = new RecordDecoder<Enrichment>(registry);
        var counts = Task.WhenAll(source.Expected.Select((expected, p) => Task.Run(() => Check(p, expected, decoder, cancellationToken), cancellationToken)));
        return counts.GetAwaiter().GetResult().Aggregate((a, b) => new(a.All + b.All, a.Settled + b.Settled));
    }

    private AnswerCount Check(int partition, Expectation expected, RecordDecoder<Enrichment> decoder, CancellationToken cancellationToken)
    {
        var answered = new HashSet<string>(StringComparer.Ordinal);
        var settled = new HashSet<string>(StringComparer.Ordinal);
        var all = 0L;
        foreach (var value in Values(partition, cancellationToken))
        {
            all++;
            var answer = decoder.DecodeAsync(value, cancellationToken).AsTask().GetAwaiter().GetResult();
            answered.Add(answer.AlertId);
            if (!answer.Settled) continue;
            if (!settled.Add(answer.AlertId)) throw Wrong(answer, "settled twice");
            if (!expected.Settled.TryGetValue(answer.AlertId, out var digest)) throw Wrong(answer, "settled, which it must not yet");
            if (digest != Expectation.Digest(answer)) throw Wrong(answer, "settled with another answer than the join gives without Kafka");
        }
        if (!answered.SetEquals(expected.Alerts)) throw new BenchException($"partition {partition}: {answered.Count} alerts were answered, {expected.Alerts.Count} were raised");
        if (settled.Count != expected.Settled.Count) throw new BenchException($"partition {partition}: {settled.Count} answers settled, {expected.Settled.Count} must");
        return new(all, settled.Count);
    }

    private IEnumerable<byte[]> Values(int partition, CancellationToken cancellationToken)
    {
        using var consumer = cluster.Consumer("none");
        consumer.Assign(new TopicPartitionOffset(source.Settings.Topics.Enrichments, partition, Offset.Beginning));
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = consumer.Consume(IdleLimit) ?? throw new BenchException($"the answers of partition {partition} could not be read: nothing came within {IdleLimit}");
            if (read.IsPartitionEOF) yield break;
            yield return read.Message.Value;
        }
    }

    private static BenchException Wrong(Enrichment answer, string what) => new($"the worker's answers are wrong: {answer.AlertId} of {answer.AccountId} {what}");
}
