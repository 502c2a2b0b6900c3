using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.IntegrationTests.Kafka;

[Collection(RealServers.Collection)]
public sealed class Murmur2Tests(RealServers servers)
{
    private const int Partitions = 12;

    [RealServersFact(RealKafka.Variable)]
    public async Task Kafkas_own_Java_client_puts_every_key_where_we_look_for_it()
    {
        var settings = servers.Settings();
        await TopicSetup.CreateAsync(settings, new() { Partitions = Partitions }, NullLoggerFactory.Instance, CancellationToken.None);
        var keys = Enumerable.Range(0, 500).Select(i => (i % 3) switch { 0 => $"account-{i}", 1 => $"{i * 7919}", _ => new string('ä', i % 17) + i }).ToList();
        await ProduceWithJava(settings, keys);

        using var topic = new TopicTail(settings.BootstrapServers, settings.Topics.Deployments, Partitions);
        var read = topic.Read(keys.Count);
        Assert.Equal(keys.Count, read.Count);
        Assert.All(read, r => Assert.Equal(Murmur2.PartitionOf(r.Message.Key, Partitions), r.Partition.Value));
        Assert.Equal(Partitions, read.Select(r => r.Partition.Value).Distinct().Count());
    }

    private static async Task ProduceWithJava(KafkaSettings settings, List<string> keys)
    {
        string[] arguments =
        [
            "console-producer", "--bootstrap-server", settings.BootstrapServers, "--topic", settings.Topics.Deployments,
            "--reader-property", "parse.key=true", "--reader-property", "key.separator=|",
        ];
        using var java = Process.Start(new ProcessStartInfo(RealKafka.Tool, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = java.StandardError.ReadToEndAsync();
        var output = java.StandardOutput.ReadToEndAsync();
        await java.StandardInput.WriteAsync(string.Concat(keys.Select(k => k + "|v\n")));
        java.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await java.WaitForExitAsync(limit.Token);
        Assert.True(java.ExitCode == 0, await errors + await output);
    }
}
