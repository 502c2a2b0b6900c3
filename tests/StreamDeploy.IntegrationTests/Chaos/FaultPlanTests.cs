using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Chaos;

public sealed class FaultPlanTests
{
    [Fact]
    public void A_seed_gives_its_plan_again_and_another_gives_another()
    {
        Assert.Equal(Plan(7, 20), Plan(7, 20));
        Assert.NotEqual(Plan(7, 20), Plan(8, 20));
    }

    [Fact]
    public void A_longer_plan_begins_as_a_shorter_one() => Assert.Equal(Plan(7, 20), Plan(7, 50).Take(20));

    [Fact]
    public void Twenty_faults_have_each_kind_twice() =>
        Assert.All(FaultPlan.AllKinds, kind => Assert.Equal(2, Plan(3, 20).Count(f => f.Kind == kind)));

    [Fact]
    public void A_fault_hits_what_there_is() =>
        Assert.All(Enumerable.Range(0, 50).SelectMany(seed => Plan(seed, 20)), f => Assert.InRange(f.Target, 1, 3));

    [Fact]
    public void The_log_is_the_same_for_a_seed_and_never_more_out_of_order_than_it_says()
    {
        var records = Log().Take(20_000).ToList();
        Assert.Equal(records.Select(r => (r.EventId, r.EventTimeMs)), Log().Take(20_000).Select(r => (r.EventId, r.EventTimeMs)));
        var greatestMs = long.MinValue;
        var worstMs = 0L;
        foreach (var record in records)
        {
            greatestMs = Math.Max(greatestMs, record.EventTimeMs);
            worstMs = Math.Max(worstMs, greatestMs - record.EventTimeMs);
        }
        Assert.InRange(worstMs, ChaosLog.OutOfOrderMs / 2, ChaosLog.OutOfOrderMs);
        Assert.InRange(records.DistinctBy(r => (r.AccountId, r.EventId)).Count(), 19_000, 19_900);

        static IEnumerable<LogRecord> Log() => new ChaosLog(seed: 5, accounts: 10, startMs: 0, stepMs: 100).Records();
    }

    private static IReadOnlyList<Fault> Plan(int seed, int count) => FaultPlan.Of(seed, count, workers: 3, brokers: 3, FaultPlan.AllKinds);
}
