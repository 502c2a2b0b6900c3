using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>A Kafka cluster inside this process: librdkafka's mock cluster, real on the wire, on loopback.</summary>
/// <remarks>
/// Its limits: topics come into being on first use with <see cref="PartitionsPerTopic"/> partitions and creating them by request times out; 5 MB or
/// 100,000 records a partition are kept, in memory; a group join takes seconds, so consumers assign by hand; transactions are not to be relied on.
/// </remarks>
public sealed class EmbeddedKafka : IDisposable
{
    public const int PartitionsPerTopic = 4;

    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(10);

    // The mock brokers live as long as this handle does.
    private readonly IProducer<byte[], byte[]> _cluster;
    private readonly IAdminClient _admin;

    private EmbeddedKafka(IProducer<byte[], byte[]> cluster)
    {
        _cluster = cluster;
        _admin = new DependentAdminClientBuilder(cluster.Handle).Build();
        BootstrapServers = string.Join(',', _admin.GetMetadata(MetadataTimeout).Brokers.OrderBy(b => b.BrokerId).Select(b => $"{b.Host}:{b.Port}"));
    }

    /// <summary>Where any Kafka client of this machine can connect.</summary>
    public string BootstrapServers { get; }

    public static EmbeddedKafka Start(int brokers = 1)
    {
        LibRdKafkaCheck.ThrowUnlessUsable();
        var config = new Dictionary<string, string>
        {
            ["test.mock.num.brokers"] = brokers.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["client.id"] = "embedded-kafka",
        };
        return new EmbeddedKafka(new ProducerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).Build());
    }

    /// <summary>Creates topics by asking for them.</summary>
    public void CreateTopics(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            var topic = _admin.GetMetadata(name, MetadataTimeout).Topics.Single(t => t.Topic == name);
            if (topic.Error.IsError)
                throw new CreateTopicsException([new CreateTopicReport { Topic = name, Error = topic.Error }]);
        }
    }

    public void Dispose()
    {
        _admin.Dispose();
        _cluster.Dispose();
    }
}
