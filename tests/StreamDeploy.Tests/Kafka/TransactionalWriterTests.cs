using System.Diagnostics;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Kafka;

/// <summary>What the writer does where librdkafka does not keep its time limit, on a mock cluster whose group coordinator is down.</summary>
public sealed class TransactionalWriterTests : IDisposable
{
    private const string Group = "g", TransactionalId = "t";
    private const int TransactionCoordinator = 1, GroupCoordinator = 2;

    private readonly IProducer<byte[], byte[]> _brokers;
    private readonly IntPtr _cluster;
    private readonly KafkaClients _clients;

    public TransactionalWriterTests()
    {
        _brokers = new ProducerBuilder<byte[], byte[]>(new Dictionary<string, string> { ["test.mock.num.brokers"] = "3" }).SetLogHandler((_, _) => { }).Build();
        _cluster = Function<HandleMockCluster>("rd_kafka_handle_mock_cluster")(LibRdKafka.HandleOf(_brokers));
        Assert.Equal(0, Function<MockCoordinatorSet>("rd_kafka_mock_coordinator_set")(_cluster, "transaction", TransactionalId, TransactionCoordinator));
        Assert.Equal(0, Function<MockCoordinatorSet>("rd_kafka_mock_coordinator_set")(_cluster, "group", Group, GroupCoordinator));
        using (var admin = new DependentAdminClientBuilder(_brokers.Handle).Build())
            admin.GetMetadata("deployments", TimeSpan.FromSeconds(10));
        var bootstrap = Marshal.PtrToStringUTF8(Function<HandleMockCluster>("rd_kafka_mock_cluster_bootstraps")(_cluster))!;
        _clients = new KafkaClients(new KafkaSettings { BootstrapServers = bootstrap, GroupId = Group, GroupProtocol = "classic", Registry = new() { Url = "http://127.0.0.1:1" } }, NullLoggerFactory.Instance);
    }

    public void Dispose() => _brokers.Dispose();

    [Fact]
    public void A_batch_whose_offsets_cannot_be_sent_is_given_up_in_time_and_the_next_one_is_written()
    {
        using var consumer = _clients.OpenConsumer();
        var writer = new TransactionalWriter(_clients, TransactionalId, TimeSpan.FromSeconds(2), NullLogger.Instance);
        Assert.Equal(0, Function<MockBroker>("rd_kafka_mock_broker_set_down")(_cluster, GroupCoordinator));
        var waited = Stopwatch.StartNew();

        Assert.Throws<BrokerUnavailableException>(() => writer.Write(Offsets(consumer)));

        Assert.InRange(waited.Elapsed.TotalSeconds, 1, 30);
        Assert.Equal(0, Function<MockBroker>("rd_kafka_mock_broker_set_up")(_cluster, GroupCoordinator));
        while (true)
        {
            try
            {
                writer.Write(Offsets(consumer));
                break;
            }
            catch (BrokerUnavailableException) when (waited.Elapsed < TimeSpan.FromSeconds(60))
            {
                // The brokers are being connected to again.
            }
        }
        writer.Close();
    }

    private static Batch Offsets(IConsumer<byte[]?, byte[]?> consumer)
    {
        using var registry = new SchemaRegistryClient(new SchemaRegistrySettings { Url = "http://127.0.0.1:1" });
        var batch = new Batch(new RecordEncoder<Enrichment>(registry, "enrichments"), new TopicNames(""));
        batch.Offsets.Add(new TopicPartitionOffset("deployments", 0, 1));
        batch.Group = consumer.ConsumerGroupMetadata;
        return batch;
    }

    private static T Function<T>(string name)
        where T : Delegate
    {
        foreach (var file in NativeLibraries.LibRdKafkaFiles)
        {
            if (NativeLibrary.TryLoad(file, typeof(NativeLibraries).Assembly, null, out var library))
                return Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));
        }
        throw new InvalidOperationException("librdkafka is not there");
    }

    private delegate IntPtr HandleMockCluster(IntPtr handle);

    private delegate int MockCoordinatorSet(IntPtr cluster, [MarshalAs(UnmanagedType.LPUTF8Str)] string kind, [MarshalAs(UnmanagedType.LPUTF8Str)] string key, int broker);

    private delegate int MockBroker(IntPtr cluster, int broker);
}
