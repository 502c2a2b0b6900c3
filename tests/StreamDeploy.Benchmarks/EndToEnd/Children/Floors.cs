using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Benchmarks.EndToEnd.Children;

/// <summary>What anyone pays who uses Confluent.Kafka on these records, and does nothing with them.</summary>
/// <remarks>
/// The cheapest way there is short of leaving the library: raw bytes, nothing of a record but key, value and partition, partitions assigned by hand, offsets
/// committed in the background, no delivery reports. Each thread has its own clients.
/// </remarks>
internal static class Floors
{
    private const int CountEvery = 256;
    private static readonly TimeSpan ClientLimit = TimeSpan.FromSeconds(30);

    public static void Run(ChildOrder order, bool produce)
    {
        _ = new ParentLine();
        var measured = new Measurement(order.Records);
        Thread[] threads = [.. Enumerable.Range(0, order.Threads).Select(t => new Thread(() => Work(order, t, produce, measured)))];
        foreach (var thread in threads) thread.Start();
        measured.Watch(() => threads.All(t => !t.IsAlive));
        foreach (var thread in threads) thread.Join();
        ParentLine.Write(new() { Cost = measured.End() });
    }

    private static void Work(ChildOrder order, int thread, bool produce, Measurement measured)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(Consuming(order, commits: produce)).Build();
        using var producer = produce ? new ProducerBuilder<byte[], byte[]>(Producing(order)).Build() : null;
        var left = Assign(consumer, order, thread);
        var uncounted = 0;
        while (left > 0)
        {
            var record = consumer.Consume(ClientLimit) ?? throw new BenchException($"no record came within {ClientLimit}");
            if (producer is not null) Produce(producer, new(order.OutputTopic, record.Partition), record.Message);
            left--;
            if (++uncounted < CountEvery) continue;
            measured.Add(uncounted);
            uncounted = 0;
        }
        // Done is what has arrived and is committed.
        if (producer?.Flush(ClientLimit) > 0) throw new BenchException($"not everything was acknowledged within {ClientLimit}");
        if (produce) Commit(consumer);
        measured.Add(uncounted);
    }

    private static long Assign(IConsumer<byte[], byte[]> consumer, ChildOrder order, int thread)
    {
        var topics = new TopicNames(order.TopicPrefix);
        TopicPartition[] mine =
        [
            .. from topic in new[] { topics.Deployments, topics.Alerts }
               from partition in Enumerable.Range(0, order.Partitions)
               where partition % order.Threads == thread
               select new TopicPartition(topic, partition),
        ];
        var records = mine.Sum(partition => consumer.QueryWatermarkOffsets(partition, ClientLimit).High.Value);
        consumer.Assign(mine.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning)));
        return records;
    }

    private static void Produce(IProducer<byte[], byte[]> producer, TopicPartition to, Message<byte[], byte[]> message)
    {
        while (true)
        {
            try
            {
                producer.Produce(to, message);
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                Thread.Sleep(1);
            }
        }
    }

    private static void Commit(IConsumer<byte[], byte[]> consumer)
    {
        try
        {
            consumer.Commit();
        }
        catch (KafkaException e) when (e.Error.Code == ErrorCode.Local_NoOffset)
        {
            // The background was faster.
        }
    }

    private static ConsumerConfig Consuming(ChildOrder order, bool commits) => new()
    {
        BootstrapServers = order.BootstrapServers,
        GroupId = order.Group,
        EnableAutoCommit = commits,
        AutoCommitIntervalMs = 1_000,
        EnableAutoOffsetStore = commits,
        ConsumeResultFields = "none",
    };

    private static ProducerConfig Producing(ChildOrder order) => new()
    {
        BootstrapServers = order.BootstrapServers,
        EnableDeliveryReports = false,
        CompressionType = CompressionType.Lz4,
        LingerMs = 5,
        Acks = Acks.All,
    };
}
