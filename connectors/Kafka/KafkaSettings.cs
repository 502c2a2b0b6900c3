using System.Text;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>How to reach Kafka and the schema registry, and under which names.</summary>
public sealed record KafkaSettings
{
    public required string BootstrapServers { get; init; }
    public required SchemaRegistrySettings Registry { get; init; }
    public string TopicPrefix { get; init; } = "";
    public string GroupId { get; init; } = "streamdeploy";

    /// <summary>"consumer" (KIP-848, brokers 4.0 and later) or "classic".</summary>
    public string GroupProtocol { get; init; } = "consumer";

    /// <summary>Static membership: a worker that comes back under the same id within the session timeout keeps its partitions.</summary>
    public string? GroupInstanceId { get; init; }

    /// <summary>How long a record may wait for its acknowledgement.</summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// librdkafka properties, passed on as they are to every client; with the prefix <c>consumer.</c>, <c>producer.</c> or <c>admin.</c>
    /// to clients of that kind only.
    /// </summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    public TopicNames Topics => new(TopicPrefix);

    /// <summary>What is wrong, or null.</summary>
    public string? Problem() =>
        string.IsNullOrWhiteSpace(BootstrapServers) ? "BootstrapServers is empty: give host:port of at least one broker"
        : string.IsNullOrWhiteSpace(GroupId) ? "GroupId is empty"
        : GroupProtocol is not ("consumer" or "classic") ? $"GroupProtocol is \"{GroupProtocol}\": it must be consumer or classic"
        : DeliveryTimeout < TimeSpan.FromMilliseconds(100) ? $"DeliveryTimeout is {DeliveryTimeout}: it must be at least 100 ms"
        : Registry.Problem();

    // A record prints all its properties: here they may hold passwords.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"BootstrapServers = {BootstrapServers}, TopicPrefix = {TopicPrefix}, GroupId = {GroupId}, Properties = [");
        text.AppendJoin(", ", Properties.Keys).Append(']');
        return true;
    }
}
