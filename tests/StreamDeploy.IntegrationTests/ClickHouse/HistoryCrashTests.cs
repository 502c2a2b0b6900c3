using System.Diagnostics;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Chaos;
using StreamDeploy.IntegrationTests.Servers;
using Xunit.Abstractions;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary>After any crash every view says what an oracle works out from the topics.</summary>
[Collection(RealServers.Collection)]
public sealed class HistoryCrashTests(RealServers servers, ITestOutputHelper output)
{
    private static readonly string[] Tables = ["deployment_events", "alert_events", "enrichment_suspects", "enrichment_revisions"];
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(90);

    [RealServersFact(WithClickHouse = true)]
    public async Task Killed_at_each_step_of_inserting_and_committing_a_sink_loses_and_doubles_nothing()
    {
        await using HistoryWorld world = await HistoryWorld.StartAsync(servers.Settings(), seed: 1);
        await using StepProxy proxy = await StepProxy.StartAsync(world.Engine.Url);
        // A static member of the classic protocol takes over at once from one that was killed.
        KafkaSettings kafka = world.Sink with { GroupProtocol = "classic", GroupInstanceId = "sink" };
        (string Table, Step Step)[] crashes =
        [
            .. from table in Tables
               from step in Enum.GetValues<Step>()
               select (table, step),
        ];
        foreach ((string table, Step step) in crashes)
        {
            Task reached = proxy.OrderAsync(table, step);
            using var sink = new SinkProcess(kafka, world.ClickHouse with { Url = proxy.Url });
            // Deployments, alerts, and after them their answers.
            await world.SendAsync(60);
            Assert.True(await Task.WhenAny(reached, Task.Delay(StepLimit), sink.Process.WaitForExitAsync()) == reached, $"{table} {step} was not reached within {StepLimit}: {sink.Said}");
            sink.Kill();
            output.WriteLine($"killed: {table} {step}");
        }
        using var last = new SinkProcess(kafka, world.ClickHouse);
        await world.CompareAsync(() => last.Said);
    }

    [RealServersFact(WithClickHouse = true)]
    public async Task Twenty_crashes_of_sinks_and_engine_under_load_change_no_answer()
    {
        const int Crashes = 20;
        var random = new Random(int.TryParse(Environment.GetEnvironmentVariable("STREAMDEPLOY_TEST_SEED"), out int seed) ? seed : 7);
        await using HistoryWorld world = await HistoryWorld.StartAsync(servers.Settings(), seed: 2);
        SinkProcess[] sinks = [new(world.Sink, world.ClickHouse), new(world.Sink, world.ClickHouse)];
        try
        {
            int share = world.RecordsLeft / Crashes;
            for (int crash = 0; crash < Crashes; crash++)
            {
                Task load = world.SendAsync(share);
                await Task.Delay(random.Next(1500));
                int victim = random.Next(sinks.Length);
                switch (crash % 4)
                {
                    case 0:
                        sinks[victim].Kill();
                        sinks[victim] = new(world.Sink, world.ClickHouse);
                        break;
                    case 1:
                        await world.KillEngineAsync();
                        await world.StartEngineAsync();
                        break;
                    case 2:
                        Signal.Stop(world.Engine.Process);
                        await Task.Delay(random.Next(3000));
                        Signal.Continue(world.Engine.Process);
                        break;
                    default:
                        sinks[victim].Kill();
                        await world.KillEngineAsync();
                        await world.StartEngineAsync();
                        sinks[victim] = new(world.Sink, world.ClickHouse);
                        break;
                }
                await load;
            }
            await world.CompareAsync(() => string.Join('\n', sinks.Select(sink => sink.Said)));
            Assert.All(sinks, sink => Assert.False(sink.Process.HasExited, sink.Said));
        }
        finally
        {
            foreach (SinkProcess sink in sinks)
                sink.Dispose();
        }
    }

    /// <summary>For longer: STREAMDEPLOY_TEST_AWAY_SECONDS=600.</summary>
    [RealServersFact(WithClickHouse = true)]
    public async Task While_ClickHouse_is_away_nothing_is_lost_and_the_same_sink_catches_up()
    {
        var away = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("STREAMDEPLOY_TEST_AWAY_SECONDS"), out int seconds) ? seconds : 10);
        await using HistoryWorld world = await HistoryWorld.StartAsync(servers.Settings(), seed: 3);
        using var sink = new SinkProcess(world.Sink, world.ClickHouse);
        await world.SendAsync(world.RecordsLeft / 10);
        await world.CompareAsync(() => sink.Said);
        long before = MemoryMb(sink);
        await world.KillEngineAsync();
        int each = Math.Max(1, world.RecordsLeft / (int)away.TotalSeconds);
        var gone = Stopwatch.StartNew();
        while (gone.Elapsed < away)
        {
            await world.SendAsync(each);
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
        long during = MemoryMb(sink);
        await world.StartEngineAsync();
        gone.Restart();
        await world.CompareAsync(() => sink.Said);
        Assert.False(sink.Process.HasExited, sink.Said);
        Assert.Contains("attempt", sink.Said, StringComparison.Ordinal);
        output.WriteLine($"away for {away}, all there {gone.Elapsed.TotalSeconds:0} s after it was back; the sink had {before} MB before and {during} MB at the end of it");
    }

    private static long MemoryMb(SinkProcess sink)
    {
        sink.Process.Refresh();
        return sink.Process.WorkingSet64 >> 20;
    }
}
