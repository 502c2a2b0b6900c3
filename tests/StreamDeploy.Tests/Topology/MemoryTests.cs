using System.Globalization;
using System.Text;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;
using Xunit.Abstractions;

namespace StreamDeploy.Tests.Topology;

/// <summary>While nothing else of this process runs: what is measured is the memory of all of it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryTestGroup
{
    public const string Name = "memory";
}

/// <summary>Ten million deployments are to fit into one worker.</summary>
[Collection(MemoryTestGroup.Name)]
public sealed class MemoryTests(ITestOutputHelper output)
{
    private const int Count = 200_000;

    /// <summary>Texts are as long as they are; what else is kept of a deployment is bounded. An account with few has more of the room that is kept for the next.</summary>
    /// <param name="accounts">That share them.</param>
    /// <param name="skew">1 where all have as many; more where a few have most, as it is among real ones.</param>
    /// <param name="bytesMax">For each deployment, with its share of its account.</param>
    [Theory]
    [InlineData(200, 1, 180)]
    [InlineData(20_000, 3, 200)]
    [InlineData(20_000, 1, 225)]
    public void A_deployment_takes_less_than_200_bytes_beside_its_strings(int accounts, double skew, long bytesMax)
    {
        var random = new Random(7);
        var textBytes = 0L;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var task = new CorrelationTask(new JoinSettings(), new Tables());
        for (var i = 0; i < Count; i++)
        {
            var deployment = Deployment(i, (int)(accounts * Math.Pow(random.NextDouble(), skew)));
            textBytes += OwnTextBytes(deployment);
            Assert.Equal(Verdict.Applied, task.OnDeployment(deployment, deployment.OccurredAtMs, []));
        }
        var perDeployment = (GC.GetTotalMemory(forceFullCollection: true) - before - textBytes) / Count;
        GC.KeepAlive(task);
        Assert.Equal(Count, task.State.Deployments);
        output.WriteLine($"{perDeployment} bytes a deployment");
        Assert.InRange(perDeployment, 1, bytesMax);
    }

    /// <summary>What went is room for what comes: the state of a steady flow does not grow.</summary>
    [Fact]
    public void Memory_is_used_again_when_what_held_it_is_past_its_time()
    {
        var join = new JoinSettings();
        var task = new CorrelationTask(join, new Tables());
        var spacingMs = (join.BeforeMaxMs + join.SettleMs + join.GraceMs) / 20_000;
        // Once round and once more.
        Feed(task, 0, 60_000, spacingMs);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Feed(task, 60_000, 160_000, spacingMs);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(task);
        Assert.InRange(after, 0, before * 5 / 4);
    }

    private static void Feed(CorrelationTask task, int from, int until, long spacingMs)
    {
        for (var i = from; i < until; i++)
        {
            var deployment = Deployment(i, i % 500) with { OccurredAtMs = Some.Noon + i * spacingMs };
            task.OnDeployment(deployment, deployment.OccurredAtMs, []);
        }
    }

    private static Deployment Deployment(int i, int account) => new()
    {
        AccountId = "account-" + account.ToString("D6", CultureInfo.InvariantCulture),
        EventId = $"7b1e2f6a-0000-4000-8000-{i:D12}",
        DeploymentId = i.ToString("D10", CultureInfo.InvariantCulture),
        PipelineId = i % 5,
        Source = "github",
        Kind = DeploymentKind.DEPLOYMENT,
        Status = DeploymentStatus.SUCCEEDED,
        Summary = $"Deploy v1.{i} of checkout",
        OccurredAtMs = Some.Noon + i,
        StartedAtMs = Some.Noon + i - 60_000,
        Environment = "production",
        Service = "service-" + (i % 30),
        Version = $"v1.{i}",
        Repository = "acme/service-" + (i % 30),
        Links = [new() { Href = $"https://github.com/acme/checkout/deployments/{i}" }],
    };

    private static int OwnTextBytes(Deployment d) =>
        new[] { d.EventId, d.DeploymentId, d.Summary, d.Version!, d.Links[0].Href }.Sum(Encoding.UTF8.GetByteCount);
}
