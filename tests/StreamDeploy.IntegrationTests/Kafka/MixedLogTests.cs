using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Kafka;

[Collection(RealServers.Collection)]
public sealed class MixedLogTests(RealServers servers)
{
    private const int Accounts = 500;
    private const int RecordsOfEach = 200;
    private const long SpanMs = 48 * Some.Hour;

    /// <summary>A hundred thousand records, two workers, one of them killed.</summary>
    [RealServersFact]
    public async Task Every_alert_of_a_large_log_gets_the_answer_that_the_oracle_gives()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        var endMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 5 * Some.Hour;
        var log = new MixedLog(seed: 4711, Accounts, RecordsOfEach, endMs - SpanMs, SpanMs);
        await world.Producer.SendAsync(log.Tables);
        // A quarter is there before anyone reads; the rest comes while one works, while a second joins it, and after the first was killed.
        var quarters = log.Records.Chunk(log.Records.Count / 4 + 1).ToList();
        await Send(world.Producer, quarters[0]);
        using var first = new WorkerProcess(world.Settings);
        await Send(world.Producer, quarters[1]);
        using var second = new WorkerProcess(world.Settings);
        await Send(world.Producer, quarters[2]);
        first.Kill();
        await Send(world.Producer, quarters[3]);
        await Send(world.Producer, LogSending.Clocks(RealWorld.Partitions, endMs + 4 * Some.Hour));

        var expected = log.Records.GroupBy(r => r.AccountId)
            .SelectMany(g => NaiveOracle.Settled([.. g], [.. log.Tables.Where(t => t.AccountId == g.Key)], new()))
            .ToDictionary(x => x.Key, x => x.Value);
        Assert.True(expected.Count > RecordsOfEach * Accounts / 5, "the log has alerts");
        var answers = world.Answers.ReadUntil(
            all => all.Where(a => a.Settled).Select(AlertKey.Of).Distinct().Count() >= expected.Count, $"settled answers to {expected.Count} alerts");

        Assert.Empty(answers.Where(a => a.Settled).Select(a => AnswerDiff.Of(expected[AlertKey.Of(a)], a)).OfType<string>().Take(5));
        Assert.Empty(expected.Keys.Except(answers.Where(a => !a.Settled).Select(AlertKey.Of)));
    }

    /// <summary>Only so many are under way at once: a topic that is ahead of the other by more than the grace makes records late, and this log is days long.</summary>
    private static async Task Send(EventProducer producer, IEnumerable<LogRecord> records)
    {
        foreach (var chunk in records.Chunk(200))
        {
            // The first of a topic waits for the registry, and the next must not overtake it.
            await producer.SendAsync(chunk[0]);
            await Task.WhenAll(chunk.Skip(1).Select(producer.SendAsync));
        }
    }
}
