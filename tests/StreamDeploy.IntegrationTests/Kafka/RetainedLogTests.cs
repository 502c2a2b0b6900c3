using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Schemas;
using StreamDeploy.Tests;
using StreamDeploy.Topology;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>What the mock cluster lacks: an index by time, and transactions whose markers take offsets.</summary>
[Collection(RealServers.Collection)]
public sealed class RetainedLogTests(RealServers servers)
{
    [RealServersFact]
    public async Task Only_what_the_span_needs_is_read_and_markers_and_aborted_records_hold_nothing_up()
    {
        var settings = servers.Settings();
        await TopicSetup.CreateAsync(settings, new() { Partitions = 3 }, NullLoggerFactory.Instance, CancellationToken.None);
        var nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var sinceMs = nowMs - 24 * Some.Hour;
        using var registry = new SchemaRegistryClient(settings.Registry);
        var encoder = new RecordEncoder<Deployment>(registry, settings.Topics.Deployments);
        await encoder.PrepareAsync(CancellationToken.None);
        var config = new ProducerConfig { BootstrapServers = settings.BootstrapServers, TransactionalId = settings.GroupId };
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(config).Build();
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        Transaction(commit: true, Some.Deployment("long ago", nowMs - 60 * Some.Hour), Some.Deployment("near", sinceMs - 23 * Some.Hour), Some.Deployment("late", nowMs - Some.Hour));
        Transaction(commit: false, Some.Deployment("aborted", nowMs));

        using var log = RetainedLog.Open(settings, NullLoggerFactory.Instance);

        Assert.Equal(["near", "late"], DeploymentsSince(sinceMs));
        Assert.Equal(["long ago", "near", "late"], DeploymentsSince(0));
        Assert.Empty(DeploymentsSince(nowMs + 48 * Some.Hour));

        void Transaction(bool commit, params Deployment[] deployments)
        {
            producer.BeginTransaction();
            foreach (var deployment in deployments)
            {
                producer.Produce(new TopicPartition(settings.Topics.Deployments, Murmur2.PartitionOf(deployment.AccountId, 3)), new()
                {
                    Key = System.Text.Encoding.UTF8.GetBytes(deployment.AccountId),
                    Value = encoder.Encode(deployment),
                    Timestamp = new Timestamp(deployment.OccurredAtMs, TimestampType.CreateTime),
                });
            }
            if (commit) producer.CommitTransaction();
            else producer.AbortTransaction();
        }

        List<string> DeploymentsSince(long fromMs)
        {
            var read = new List<string>();
            log.ReadEvents("acme", new JoinSettings(), fromMs, (deployment, _) => read.Add(deployment.DeploymentId), (_, _) => { }, CancellationToken.None);
            return read;
        }
    }
}
