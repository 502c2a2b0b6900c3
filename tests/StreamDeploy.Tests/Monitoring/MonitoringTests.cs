using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Monitoring;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.Tests.Monitoring;

public sealed class MonitoringTests
{
    [Fact]
    public async Task The_page_tells_what_a_worker_has_done_and_how_far_it_is()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        await using var server = await MonitoringServer.StartAsync(new() { Listen = new(IPAddress.Loopback, 0) }, () => true, () => true, () => "", NullLoggerFactory.Instance, CancellationToken.None);
        using var http = new HttpClient { BaseAddress = new(server.Url!) };
        using var answers = world.Answers();
        await using var worker = world.Run();
        await world.Send(Some.Deployment("d1", world.Start), Some.Deployment("d2", world.Start + 1));
        await world.Send(Some.Alert("a1", world.Start + Some.Minute));
        answers.ReadFirst("a1");

        var topic = world.Settings.Topics.Deployments;
        await Eventually.True(
            async () => await Value(http, $"streamdeploy_records_read_total{{topic=\"{topic}\"}}") == 2 && await Value(http, "streamdeploy_state_deployments{partition=\"" + EmbeddedWorld.PartitionOf("acme") + "\"}") >= 2,
            "both deployments are counted and held");
        Assert.True(await Value(http, "streamdeploy_answers_total{kind=\"first\"}") >= 1);
        Assert.True(await Value(http, "streamdeploy_latency_seconds_count{}") >= 1);
        Assert.True(await Value(http, "streamdeploy_latency_seconds_bucket{le=\"+Inf\"}") >= 1);
        Assert.True(await Value(http, "streamdeploy_commit_duration_seconds_count{}") >= 1);
        Assert.True(await Value(http, "streamdeploy_restore_duration_seconds_count{}") >= 1);
        await Eventually.True(async () => await Value(http, $"streamdeploy_lag_records{{partition=\"{EmbeddedWorld.PartitionOf("acme")}\",topic=\"{topic}\"}}") == 0, "nothing is left to be applied", () => http.GetStringAsync("/metrics").GetAwaiter().GetResult());
        Assert.True(await Value(http, "streamdeploy_stream_time_seconds{partition=\"" + EmbeddedWorld.PartitionOf("acme") + "\"}") > 0);
    }

    [Fact]
    public async Task Ready_is_who_has_restored_and_lacks_nothing_and_alive_is_who_has_not_failed()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        await using var worker = world.Run(s => s with { Kafka = s.Kafka with { Registry = new() { Url = world.RegistryWire.Url } } });
        await using var server = await MonitoringServer.StartAsync(
            new() { Listen = new(IPAddress.Loopback, 0) }, () => worker.Worker.IsAlive, () => worker.Worker.IsReady, () => worker.Worker.State.ToString(), NullLoggerFactory.Instance, CancellationToken.None);
        using var http = new HttpClient { BaseAddress = new(server.Url!) };
        // A worker runs before it is given its partitions, and restores them then: it may be ready, not ready and ready again.
        await Eventually.True(async () => (await http.GetAsync("/readyz")).StatusCode == HttpStatusCode.OK, "the worker is ready");

        world.RegistryWire.Cut();
        await world.Send(Some.Deployment("d1", world.Start));
        await worker.Reaches(WorkerState.WaitingForRegistry);
        var ready = await http.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("WaitingForRegistry", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/healthz")).StatusCode);

        world.RegistryWire.Mend();
        await worker.Reaches(WorkerState.Running);
        await worker.StopAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/healthz")).StatusCode);
    }

    private static async Task<double?> Value(HttpClient http, string series)
    {
        foreach (var line in (await http.GetStringAsync("/metrics")).Split('\n'))
        {
            if (line.StartsWith(series + " ", StringComparison.Ordinal))
                return double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
        }
        return null;
    }
}
