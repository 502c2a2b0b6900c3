using System.Diagnostics;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Tests;

namespace StreamDeploy.IntegrationTests.Kafka;

[Collection(RealServers.Collection)]
public sealed class CommitCrashTests(RealServers servers)
{
    private const int Accounts = 60;

    /// <summary>kill -9 before and after the records are sent, before, in the middle of and after the commit: each answer is there once.</summary>
    [RealServersFact]
    public async Task A_worker_that_dies_at_any_step_of_a_transaction_leaves_every_answer_once()
    {
        await using var world = await RealWorld.CreateAsync(servers.Settings());
        string[] steps = [.. Enum.GetNames<CommitStep>(), DyingWorkerCommand.DuringCommit, DyingWorkerCommand.DuringCommit];
        var hours = Enumerable.Range(0, steps.Length + 4).Select(h => world.Hour("x", h, Accounts)).ToList();
        for (var i = 0; i < steps.Length; i++)
        {
            using var worker = DyingWorkerCommand.Start(world.Settings, steps[i], transaction: 2 + i % 3);
            await world.Send(hours[i]);
            await FeedUntilItDies(world, worker);
            Assert.True(worker.ExitCode != 0, $"{steps[i]}: it ended by itself");
        }
        using var last = new WorkerProcess(world.Settings);
        foreach (var hour in hours.Skip(steps.Length))
            await world.Send(hour);

        world.Answers.ReadAll([.. hours.SelectMany(h => h).Select(r => r.Alert.AlertId)]);
        var due = hours.SkipLast(4).SelectMany(h => h).Select(r => r.Alert.AlertId).ToHashSet();
        var answers = world.Answers.ReadUntil(all => due.IsSubsetOf(all.Where(a => a.Settled).Select(a => a.AlertId)), "the settled answers");
        var twice = answers.GroupBy(a => (a.AccountId, a.AlertId, a.AlertOccurredAtMs, a.Revision, a.Settled)).Where(g => g.Count() > 1).Select(g => $"{g.Key}: {g.Count()} times").Take(5);
        Assert.Empty(twice);
        // Two hours before and ten minutes after: with every deployment there, none of what died with a worker is missing.
        var deployments = hours.SelectMany(h => h).Select(r => r.Deployment).ToLookup(d => d.AccountId);
        Assert.All(answers.Where(a => a.Settled && due.Contains(a.AlertId)), answer => Assert.Equal(
            deployments[answer.AccountId].Count(d => d.OccurredAtMs >= answer.AlertOccurredAtMs - 2 * Some.Hour && d.OccurredAtMs <= answer.AlertOccurredAtMs + 10 * Some.Minute),
            answer.Considered));
    }

    /// <summary>However the records above fall into transactions, there is a next one to die in.</summary>
    private static async Task FeedUntilItDies(RealWorld world, Process worker)
    {
        var waited = Stopwatch.StartNew();
        for (var i = 0; !worker.HasExited; i++)
        {
            if (waited.Elapsed > TimeSpan.FromSeconds(120))
            {
                worker.Kill();
                Assert.Fail("the worker did not die within two minutes");
            }
            await world.Producer.ProduceAsync(Some.Deployment($"more-{worker.Id}-{i}", world.Start, accountId: $"more-{i % 40}"), CancellationToken.None);
            await Task.Delay(20);
        }
    }
}
