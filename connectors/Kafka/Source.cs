using Confluent.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What to do with a record before the join sees it.</summary>
internal enum FateKind { Join, Dead, Reroute }

/// <summary>What to do with a record before the join sees it, and why.</summary>
internal readonly record struct Fate(FateKind Kind, int Partition = -1, string Reason = "", string Error = "")
{
    public static readonly Fate Join = new(FateKind.Join);

    public static Fate Dead(string reason, string error) => new(FateKind.Dead, Reason: reason, Error: error);
}

/// <summary>One of the two topics that are joined: how to read its records and which of them belong in the join.</summary>
internal sealed class Source<T>(
    string topic, RecordDecoder<T> decoder, int partitions, Func<T, string> accountOf, Func<T, long> eventTimeOf, Func<T, long, Verdict?> reject)
{
    public string Topic => topic;

    public RecordDecoder<T> Decoder => decoder;

    public string AccountOf(T record) => accountOf(record);

    public long EventTimeOf(T record) => eventTimeOf(record);

    /// <summary>Decided before the merge: what cannot be joined must not wait its turn by a time that cannot be.</summary>
    public Fate Judge(T record, int at, long timestampMs, Headers? headers)
    {
        var accountId = accountOf(record);
        if (accountId.Length == 0)
            return Fate.Dead("MISSING_ACCOUNT", "accountId is empty");
        if (reject(record, timestampMs) is { } verdict)
            return Fate.Dead(DeadLetters.ReasonOf(verdict), DeadLetters.Explain(verdict, eventTimeOf(record), timestampMs));
        var partition = Murmur2.PartitionOf(accountId, partitions);
        if (partition == at)
            return Fate.Join;
        // A record that was sent on once and is wrong again: workers disagree about the number of partitions. Round it must not go.
        return Rerouting.WasRerouted(headers)
            ? Fate.Dead("MISROUTED", $"sent on once already, but account {accountId} belongs to partition {partition} of {partitions}")
            : new Fate(FateKind.Reroute, partition);
    }
}

/// <summary>The two topics that are joined. What the join never asks for is not read, only passed over.</summary>
internal static class Sources
{
    public static Source<Deployment> Deployments(TopicNames topics, SchemaRegistryClient registry, int partitions, JoinSettings join)
    {
        var decoder = new RecordDecoder<Deployment>(registry,
            nameof(Deployment.Source), nameof(Deployment.CommittedAtMs), nameof(Deployment.Branch), nameof(Deployment.Author), nameof(Deployment.CustomDetails),
            nameof(Deployment.ReceivedAtMs));
        return new(topics.Deployments, decoder, partitions, d => d.AccountId, d => d.OccurredAtMs, (d, ms) => CorrelationTask.Reject(join, d, ms));
    }

    public static Source<Alert> Alerts(TopicNames topics, SchemaRegistryClient registry, int partitions, JoinSettings join)
    {
        var decoder = new RecordDecoder<Alert>(registry,
            nameof(Alert.Status), nameof(Alert.Priority), nameof(Alert.ResolvedAtMs), nameof(Alert.Labels), nameof(Alert.Link));
        return new(topics.Alerts, decoder, partitions, a => a.AccountId, a => a.UpdatedAtMs, (a, ms) => CorrelationTask.Reject(join, a, ms));
    }
}
