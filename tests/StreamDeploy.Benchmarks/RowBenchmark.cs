using BenchmarkDotNet.Attributes;
using Confluent.Kafka;
using StreamDeploy.Benchmarks.EndToEnd;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Benchmarks;

/// <summary>From a record's bytes to its row, as it waits for its insert.</summary>
[MemoryDiagnoser]
public class RowBenchmark
{
    private const int Records = 1_000;
    private readonly List<ConsumedRecord> _records = [];
    private HistoryTopic _topic = null!;
    private RecordDecoder<Deployment> _decoder = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        await using var server = await Connectors.Embedded.SchemaRegistryServer.StartAsync(0, CancellationToken.None);
        var registry = new SchemaRegistryClient(new() { Url = server.Url });
        var encoder = new RecordEncoder<Deployment>(registry, "deployments");
        await encoder.PrepareAsync(CancellationToken.None);
        _topic = HistoryTopic.All(new(""), registry)[0];
        _decoder = new(registry);
        var workload = new Workload(Shape.S1);
        for (var i = 0; i < Records; i++)
        {
            var value = encoder.Encode(workload.Deployment(i, 1_750_000_000_000 + i));
            var raw = new ConsumeResult<byte[]?, byte[]?> { Topic = "deployments", Partition = 1, Offset = i, Message = new() { Key = [1], Value = value, Timestamp = new(1_750_000_000_000 + i, TimestampType.CreateTime) } };
            _records.Add(new(raw, 1));
            await _topic.RowsOfAsync(_records[^1], CancellationToken.None);
            await _decoder.DecodeAsync(value, CancellationToken.None);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Records)]
    public void Decode()
    {
        foreach (var record in _records) _decoder.TryDecode(record.Value!, out _);
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public async Task<int> RowsAsync()
    {
        var rows = 0;
        foreach (var record in _records) rows += (await _topic.RowsOfAsync(record, CancellationToken.None))[0].Length;
        return rows;
    }
}
