using System.Text;
using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Marks records that were sent on to the partition they belong to, so that none is sent on twice.</summary>
internal static class Rerouting
{
    public const string Header = "streamdeploy-rerouted-from";

    public static bool WasRerouted(Headers? headers) => headers?.TryGetLastBytes(Header, out _) ?? false;

    /// <summary>The record as it was, time included: whether its event time can be is judged by it again.</summary>
    public static Message<byte[]?, byte[]?> Forward(RawRecord raw)
    {
        var headers = new Headers();
        foreach (var header in raw.Headers ?? [])
            headers.Add(header.Key, header.GetValueBytes());
        headers.Add(Header, Encoding.UTF8.GetBytes($"{raw.Topic}/{raw.Partition}/{raw.Offset}"));
        return new() { Key = raw.Key, Value = raw.Value, Headers = headers, Timestamp = new(raw.TimestampMs, TimestampType.CreateTime) };
    }
}
