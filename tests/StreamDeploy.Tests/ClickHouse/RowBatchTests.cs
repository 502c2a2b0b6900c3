using System.Text;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse;

public sealed class RowBatchTests
{
    private static readonly BatchLimits Limits = new(RowsMax: 3, BytesMax: 100_000, AgeMax: TimeSpan.FromSeconds(1));

    [Fact]
    public void It_is_due_when_it_is_full_of_records_or_of_bytes_or_a_second_old()
    {
        RowBatch records = Batch();
        Add(records, 0, 0, "r");
        Add(records, 0, 1, "r");
        Assert.False(records.IsDue(nowMs: 999));
        records.Reject(Record(0, 2), "NOT_AVRO", "", nowMs: 0);
        Assert.True(records.IsDue(nowMs: 0));

        RowBatch bytes = Batch();
        Add(bytes, 0, 0, new string('x', 25_000));
        Assert.True(bytes.IsFull);

        RowBatch old = Batch();
        Add(old, 0, 0, "r");
        Assert.True(old.IsDue(nowMs: 1000));
        Assert.False(Batch().IsDue(nowMs: long.MaxValue));
    }

    [Fact]
    public void Any_run_of_records_is_one_slice_of_each_table()
    {
        var batch = new RowBatch("enrichments", [HistoryTable.Suspects, HistoryTable.Revisions], Limits);
        HistoryRow a1 = Row(0), a2 = Row(0), a = Row(0), b = Row(1), c = Row(2), c1 = Row(2);
        batch.Add(Record(0, 0), [[a1, a2], [a]], 0);
        batch.Add(Record(0, 1), [[], [b]], 0);
        batch.Add(Record(0, 2), [[c1], [c]], 0);
        Assert.Equal([a1, a2, c1], batch.Rows(0, 0, 3));
        Assert.Equal([a, b, c], batch.Rows(1, 0, 3));
        Assert.Empty(batch.Rows(0, 1, 2));
        Assert.Equal([b, c], batch.Rows(1, 1, 3));
        Assert.Equal([c1], batch.Rows(0, 2, 3));
        Assert.Equal([0, 2, -1], [batch.IndexOf(0, 0), batch.IndexOf(0, 2), batch.IndexOf(1, 0)]);
    }

    [Fact]
    public async Task Its_bytes_are_what_usual_records_take_in_memory()
    {
        await using SchemaRegistryServer server = await SchemaRegistryServer.StartAsync(0, CancellationToken.None);
        using var registry = new SchemaRegistryClient(new SchemaRegistrySettings { Url = server.Url });
        var names = new TopicNames("");
        IReadOnlyList<HistoryTopic> topics = HistoryTopic.All(names, registry);
        await CheckAsync(topics[0], new RecordEncoder<Deployment>(registry, names.Deployments), Full.Deployment);
        await CheckAsync(topics[1], new RecordEncoder<Alert>(registry, names.Alerts), Full.Alert);
        await CheckAsync(topics[2], new RecordEncoder<Enrichment>(registry, names.Enrichments), Full.Enrichment);
    }

    private static async Task CheckAsync<T>(HistoryTopic topic, RecordEncoder<T> encoder, T record)
    {
        await encoder.PrepareAsync(CancellationToken.None);
        byte[] value = encoder.Encode(record);
        await topic.RowsOfAsync(Record(0, 0, value), CancellationToken.None);
        // The schema is known now, so no call waits and all of it is this thread's.
        const int Records = 100;
        var batch = new RowBatch(topic.Name, topic.Tables, new BatchLimits(Records, int.MaxValue, TimeSpan.MaxValue));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Records; i++)
        {
            ConsumedRecord consumed = Record(0, i, value.ToArray());
            batch.Add(consumed, topic.RowsOfAsync(consumed, CancellationToken.None).AsTask().GetAwaiter().GetResult(), nowMs: 0);
        }
        // What is allocated is somewhat more than what stays.
        double allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(batch.Bytes / allocated is > 0.8 and < 3, $"{topic.Name}: {batch.Bytes / Records} bytes are counted for a record of {value.Length}, and {allocated / Records} are allocated");
    }

    [Fact]
    public void A_token_names_topic_partitions_first_and_last_offsets_and_how_many()
    {
        RowBatch batch = Batch();
        Add(batch, 1, 7, "r");
        Add(batch, 0, 3, "r");
        Add(batch, 1, 9, "r");
        Assert.Equal("deployments/0:3-3x1/1:7-9x2", batch.Token(0, 3));
        Assert.Equal("deployments/0:3-3x1/1:9-9x1", batch.Token(1, 3));
    }

    [Fact]
    public void Records_without_rows_move_the_offset_too()
    {
        RowBatch batch = Batch();
        Add(batch, 0, 3, "r");
        batch.Reject(Record(0, 4), "NOT_AVRO", "no header", 0);
        Add(batch, 1, 8, "r");
        Assert.Equal([(0, 4L), (1, 8L)], batch.LastOfEachPartition.Select(record => (record.Partition, record.Offset)).Order());
        Assert.Equal("NOT_AVRO", Assert.Single(batch.Rejected).Reason);
        Assert.Equal(2, batch.Count);
    }

    private static RowBatch Batch() => new("deployments", [HistoryTable.Deployments], Limits);

    private static void Add(RowBatch batch, int partition, long offset, string value) => batch.Add(Record(partition, offset, value), [[Row(offset)]], nowMs: 0);

    private static DeploymentRow Row(long offset) => new(Full.Deployment, new KafkaPlace(0, offset, Some.Noon));

    private static ConsumedRecord Record(int partition, long offset, string value = "r") => Record(partition, offset, Encoding.UTF8.GetBytes(value));

    private static ConsumedRecord Record(int partition, long offset, byte[] value) =>
        new(new() { TopicPartitionOffset = new("deployments", partition, offset), Message = new() { Value = value } }, assignment: 1);
}
