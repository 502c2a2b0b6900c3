using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.IntegrationTests.Kafka;

[Collection(RealServers.Collection)]
public sealed class TopicSetupTests(RealServers servers)
{
    private static readonly TopicSettings Topics = new() { Partitions = 3, ReplicationFactor = 1 };

    [RealServersFact]
    public async Task Topics_are_created_once_and_then_found_as_they_should_be()
    {
        var settings = servers.Settings();
        var missing = await TopicSetup.DescribeDifferencesAsync(settings, Topics, NullLoggerFactory.Instance, CancellationToken.None);
        Assert.Equal(settings.Topics.All.Order(), missing.Select(d => d.Topic).Order());
        Assert.All(missing, d => Assert.Equal("missing", d.Actual));

        var first = await TopicSetup.CreateAsync(settings, Topics, NullLoggerFactory.Instance, CancellationToken.None);
        Assert.Equal(settings.Topics.All.Order(), first.Created.Order());
        Assert.Empty(first.Differences);
        var second = await TopicSetup.CreateAsync(settings, Topics, NullLoggerFactory.Instance, CancellationToken.None);
        Assert.Empty(second.Created);
        Assert.Empty(second.Differences);
    }

    [RealServersFact]
    public async Task What_differs_is_told_and_not_changed()
    {
        var settings = servers.Settings();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = settings.BootstrapServers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = settings.Topics.Accounts, NumPartitions = 1, ReplicationFactor = 1, Configs = new() { ["cleanup.policy"] = "delete" } }]);
        for (var round = 0; round < 2; round++)
        {
            var report = await TopicSetup.CreateAsync(settings, Topics, NullLoggerFactory.Instance, CancellationToken.None);
            Assert.DoesNotContain(settings.Topics.Accounts, report.Created);
            Assert.Equal(
                [
                    $"{settings.Topics.Accounts}: cleanup.policy is delete, not compact",
                    $"{settings.Topics.Accounts}: message.timestamp.after.max.ms is 3600000, not 600000",
                    $"{settings.Topics.Accounts}: min.compaction.lag.ms is 0, not 97200000",
                    $"{settings.Topics.Accounts}: partitions is 1, not 4",
                ],
                report.Differences.Select(d => d.ToString()).Order(StringComparer.Ordinal));
        }
    }

    [RealServersFact]
    public async Task A_worker_refuses_topics_whose_partitions_do_not_match()
    {
        var settings = servers.Settings();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = settings.BootstrapServers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = settings.Topics.Alerts, NumPartitions = 2, ReplicationFactor = 1 }]);
        await TopicSetup.CreateAsync(settings, Topics, NullLoggerFactory.Instance, CancellationToken.None);
        await using var worker = new RunningWorker(new Worker(new() { Kafka = settings }, NullLoggerFactory.Instance));
        var e = await Assert.ThrowsAsync<KafkaSettingsException>(() => worker.Finished);
        Assert.Contains($"{settings.Topics.Deployments} has 3, {settings.Topics.Alerts} has 2", e.Message, StringComparison.Ordinal);
    }

    [RealServersFact]
    public async Task The_broker_itself_refuses_a_time_that_cannot_be()
    {
        var settings = servers.Settings();
        await TopicSetup.CreateAsync(settings, Topics, NullLoggerFactory.Instance, CancellationToken.None);
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = settings.BootstrapServers }).Build();
        var message = new Message<Null, string> { Value = "", Timestamp = new(DateTimeOffset.UtcNow.AddHours(1)) };
        var e = await Assert.ThrowsAsync<ProduceException<Null, string>>(() => producer.ProduceAsync(settings.Topics.Deployments, message));
        Assert.Equal(ErrorCode.InvalidTimestamp, e.Error.Code);
    }
}
