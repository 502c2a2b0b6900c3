using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>Sends what the oracle reads.</summary>
internal static class LogSending
{
    public static Task SendAsync(this EventProducer producer, LogRecord record) =>
        record.Deployment is { } deployment
            ? producer.ProduceAsync(deployment, CancellationToken.None)
            : producer.ProduceAsync(record.Alert!, CancellationToken.None);

    public static async Task SendAsync(this EventProducer producer, IEnumerable<TableRecord> tables)
    {
        foreach (var table in tables.GroupBy(t => t.Table))
            await Task.WhenAll(table.Select(Put));

        Task Put(TableRecord record) => record.Entity switch
        {
            DeploymentPipeline pipeline => producer.PutAsync(pipeline, CancellationToken.None),
            AlertSource source => producer.PutAsync(source, CancellationToken.None),
            EscalationPolicy policy => producer.PutAsync(policy, CancellationToken.None),
            _ => producer.PutAsync((Account)record.Entity!, CancellationToken.None),
        };
    }

    /// <summary>Move stream time in every partition, and do nothing else: events of an alert of long ago.</summary>
    public static IEnumerable<LogRecord> Clocks(int partitions, long atMs) =>
        Enumerable.Range(0, int.MaxValue).Select(i => $"clock-{i}").DistinctBy(a => Murmur2.PartitionOf(a, partitions)).Take(partitions)
            .Select(a => LogRecord.Of(Some.Alert("clock", 0, a) with { UpdatedAtMs = atMs }, long.MaxValue));
}
