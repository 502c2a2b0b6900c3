using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Kafka;

public sealed class WorkerMetricsTests
{
    [Fact]
    public async Task Everything_that_happens_to_a_record_is_counted()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var topics = world.Settings.Topics;
        var right = EmbeddedWorld.PartitionOf("acme");
        await world.Send(Some.Alert("a1", world.Start + 4 * Some.Hour));
        var counts = new ConcurrentDictionary<string, long>();
        using var listener = Listen(topics.Prefix, counts);
        using var answers = world.Answers();
        await using var worker = world.Run();
        answers.ReadFirst("a1");
        await world.Send(Some.Deployment("late", world.Start));
        await world.SendRaw(topics.Deployments, right, "no Avro"u8.ToArray());
        await world.SendRaw(topics.Deployments, (right + 1) % EmbeddedKafka.PartitionsPerTopic, await world.Encode(topics.Deployments, Some.Deployment("stray", world.Start + 4 * Some.Hour)));
        await Eventually.True(() => counts.GetValueOrDefault("streamdeploy.records.read deployments") == 4, "late, poison, stray and stray again are read");
        Assert.Equal(1, counts["streamdeploy.records.read alerts"]);
        Assert.Equal(1, counts["streamdeploy.late deployments"]);
        Assert.Equal(1, counts["streamdeploy.rerouted deployments"]);
        Assert.Equal(1, counts["streamdeploy.dead_letters deployments LATE"]);
        Assert.Equal(1, counts["streamdeploy.dead_letters deployments NOT_AVRO"]);
    }

    /// <summary>Counts of this test only: the meter is one for the process, but topics have a prefix of their own.</summary>
    private static MeterListener Listen(string prefix, ConcurrentDictionary<string, long> counts)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == WorkerMetrics.MeterName)
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var words = tags.ToArray().Select(t => t.Value?.ToString() ?? "").ToList();
            if (words.Count > 0 && words[0].StartsWith(prefix, StringComparison.Ordinal))
                counts.AddOrUpdate($"{instrument.Name} {string.Join(' ', words)[prefix.Length..]}", value, (_, sum) => sum + value);
        });
        listener.Start();
        return listener;
    }
}
