using FsCheck;
using FsCheck.Fluent;
using StreamDeploy.Tests.Topology.Oracle;
using StreamDeploy.Topology;

namespace StreamDeploy.Tests.Topology;

public sealed class PairMergeTests
{
    /// <summary>How much of each topic is buffered at any moment is the network's doing.</summary>
    [Fact]
    public void The_order_is_the_same_however_the_two_topics_are_fetched() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(LawSettings.Count).WithQuietOnSuccess(true),
            Prop.ForAll<int[], int[], int>((deployments, alerts, seed) =>
                Texts(deployments, alerts, () => int.MaxValue) == Texts(deployments, alerts, Fetches(seed))));

    [Fact]
    public void Of_two_heads_the_lower_event_time_goes_first_and_on_a_tie_the_deployment() =>
        Assert.Equal("a1 d2 d3 d1 a3 a2", Texts([2, 3, 1], [1, 3, 2], () => 1));

    /// <summary>Each topic is in order within grace; how far one lags behind the other does not matter.</summary>
    [Fact]
    public void A_backlog_on_one_side_makes_nothing_on_the_other_side_late() => Laws.Hold(LogGen.Orderly, c =>
    {
        LogRecord[] Topic(Func<LogRecord, bool> of, int seed) =>
            [.. Arrivals.WithinGrace(c, seed).Where(r => of(r) && new NaiveReading([r], c.Settings).Fates[0] != Fate.Rejected)];
        List<LogRecord> merged = Merged(Topic(r => r.Deployment is not null, c.Seed), Topic(r => r.Alert is not null, c.Seed + 1), r => r.EventTimeMs, Fetches(c.Seed));
        return new NaiveReading(merged, c.Settings).Fates.Contains(Fate.Late) ? "late: " + string.Join(' ', merged.Select(r => r.EventId)) : null;
    });

    private static Func<int> Fetches(int seed)
    {
        var random = new Random(seed);
        return () => random.Next(3);
    }

    private static string Texts(int[] deployments, int[] alerts, Func<int> fetch) => string.Join(
        ' ', Merged([.. deployments.Select(d => (Of: 'd', At: d))], [.. alerts.Select(a => (Of: 'a', At: a))], r => r.At, fetch).Select(r => $"{r.Of}{r.At}"));

    /// <summary>Merges two topics whose heads become known as <paramref name="fetch"/> says: so many records more of each side at a time.</summary>
    private static List<T> Merged<T>(T[] deployments, T[] alerts, Func<T, long> eventTimeMs, Func<int> fetch)
    {
        List<T> merged = [];
        (int taken, int fetched) d = (0, 0), a = (0, 0);
        while (true)
        {
            long? deployment = d.taken < d.fetched ? eventTimeMs(deployments[d.taken]) : null;
            long? alert = a.taken < a.fetched ? eventTimeMs(alerts[a.taken]) : null;
            switch (PairMerge.Next(deployment, d.fetched < deployments.Length, alert, a.fetched < alerts.Length))
            {
                case MergeStep.TakeDeployment:
                    merged.Add(deployments[d.taken++]);
                    break;
                case MergeStep.TakeAlert:
                    merged.Add(alerts[a.taken++]);
                    break;
                case MergeStep.Wait:
                    d.fetched = (int)Math.Min(deployments.Length, (long)d.fetched + fetch());
                    a.fetched = (int)Math.Min(alerts.Length, (long)a.fetched + fetch());
                    break;
                default:
                    Assert.Equal(deployments.Length + alerts.Length, merged.Count);
                    return merged;
            }
        }
    }
}
