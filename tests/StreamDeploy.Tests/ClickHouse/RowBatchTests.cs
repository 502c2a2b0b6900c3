using System.Text;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.ClickHouse;

public sealed class RowBatchTests
{
    private static readonly BatchLimits Limits = new(RowsMax: 3, BytesMax: 1000, AgeMax: TimeSpan.FromSeconds(1));

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
        Add(bytes, 0, 0, new string('x', 1000));
        Assert.True(bytes.IsFull);

        RowBatch old = Batch();
        Add(old, 0, 0, "r");
        Assert.True(old.IsDue(nowMs: 1000));
        Assert.False(Batch().IsDue(nowMs: long.MaxValue));
    }

    [Fact]
    public void Any_run_of_records_is_one_slice_of_each_table()
    {
        var batch = new RowBatch("enrichments", ["suspects", "revisions"], Limits);
        batch.Add(Record(0, 0), [Bytes("a1\na2\n"), Bytes("A\n")], 0);
        batch.Add(Record(0, 1), [Bytes(""), Bytes("B\n")], 0);
        batch.Add(Record(0, 2), [Bytes("c\n"), Bytes("C\n")], 0);
        Assert.Equal("a1\na2\nc\n", Rows(batch, 0, 0, 3));
        Assert.Equal("A\nB\nC\n", Rows(batch, 1, 0, 3));
        Assert.Equal("", Rows(batch, 0, 1, 2));
        Assert.Equal("B\nC\n", Rows(batch, 1, 1, 3));
        Assert.Equal("c\n", Rows(batch, 0, 2, 3));
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

    private static RowBatch Batch() => new("deployments", ["deployment_events"], Limits);

    private static void Add(RowBatch batch, int partition, long offset, string row) => batch.Add(Record(partition, offset), [Bytes(row)], nowMs: 0);

    private static string Rows(RowBatch batch, int table, int from, int to) => Encoding.UTF8.GetString(batch.Rows(table, from, to).Span);

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static ConsumedRecord Record(int partition, long offset) =>
        new(new() { TopicPartitionOffset = new("deployments", partition, offset), Message = new() { Value = [] } }, assignment: 1);
}
