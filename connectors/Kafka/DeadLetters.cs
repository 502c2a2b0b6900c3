using System.Globalization;
using System.Text;
using Confluent.Kafka;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What a dead letter looks like: key, value and headers as they were, and in further headers where it was and what is wrong with it.</summary>
public static class DeadLetters
{
    public const string TopicHeader = "streamdeploy-topic";
    public const string PartitionHeader = "streamdeploy-partition";
    public const string OffsetHeader = "streamdeploy-offset";
    public const string TimestampHeader = "streamdeploy-timestamp";
    public const string ReasonHeader = "streamdeploy-reason";
    public const string ErrorHeader = "streamdeploy-error";

    internal static Message<byte[]?, byte[]?> Letter(RawRecord raw, string reason, string error)
    {
        var headers = new Headers();
        foreach (var header in raw.Headers ?? [])
            headers.Add(header.Key, header.GetValueBytes());
        Add(TopicHeader, raw.Topic);
        Add(PartitionHeader, raw.Partition.ToString(CultureInfo.InvariantCulture));
        Add(OffsetHeader, raw.Offset.ToString(CultureInfo.InvariantCulture));
        Add(TimestampHeader, raw.TimestampMs.ToString(CultureInfo.InvariantCulture));
        Add(ReasonHeader, reason);
        Add(ErrorHeader, error);
        // The letter's own time is now: with the record's, which may be long ago, retention would take it away at once.
        return new() { Key = raw.Key, Value = raw.Value, Headers = headers };

        void Add(string name, string text) => headers.Add(name, Encoding.UTF8.GetBytes(text));
    }

    internal static string ReasonOf(Verdict verdict) => verdict switch
    {
        Verdict.Late => "LATE",
        Verdict.ImpossibleTime => "IMPOSSIBLE_TIME",
        Verdict.MissingId => "MISSING_ID",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "not a reason to reject a record"),
    };

    internal static string ReasonOf(PoisonReason reason) => reason switch
    {
        PoisonReason.NotWireFormat => "NOT_AVRO",
        PoisonReason.UnknownSchema => "UNKNOWN_SCHEMA",
        PoisonReason.UnreadableSchema => "UNREADABLE_SCHEMA",
        PoisonReason.IncompatibleSchema => "INCOMPATIBLE_SCHEMA",
        _ => "MALFORMED",
    };

    internal static string Explain(Verdict verdict, long eventTimeMs, long timestampMs, long? streamTimeMs = null) => verdict switch
    {
        Verdict.Late => $"event time {eventTimeMs} is too far behind stream time {streamTimeMs}",
        Verdict.ImpossibleTime => $"event time {eventTimeMs} cannot be: the record's Kafka timestamp is {timestampMs}",
        _ => "it does not say of which deployment or alert, or which event, it is",
    };
}
