using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>A law that is tried only on tame logs says little: the generator must reach every rule of the contract.</summary>
public sealed class LogGenTests
{
    private const int Seeds = 600;

    [Fact]
    public void The_same_seed_builds_the_same_case() => Assert.Equal(LogGen.Of(42, true).ToString(), LogGen.Of(42, true).ToString());

    [Fact]
    public void Every_rule_of_the_contract_is_reached_by_many_cases()
    {
        var reached = new Dictionary<string, int>();
        for (int seed = 0; seed < Seeds; seed++)
        {
            foreach (string what in Reached(LogGen.Of(seed, conflicts: true)).Distinct())
                reached[what] = reached.GetValueOrDefault(what) + 1;
        }

        string[] rules =
        [
            .. Enum.GetNames<Fate>(), .. Enum.GetNames<NoSuspectReason>(), .. Enum.GetNames<ScopeKind>(), .. Enum.GetNames<Relation>(),
            .. Enum.GetNames<EvidenceCode>(), "first", "changed", "settled", "hidden beside suspects", "elsewhere", "running", "lifeline", "lifeline of two",
            "tie", "rolled back", "more than listed", "unknown pipeline",
        ];
        Assert.All(rules, rule => Assert.True(reached.GetValueOrDefault(rule) >= Seeds / 60, $"{rule}: {reached.GetValueOrDefault(rule)} of {Seeds} cases"));
    }

    private static IEnumerable<string> Reached(LogCase c)
    {
        foreach (Fate fate in new NaiveReading(c.Log, c.Settings).Fates)
            yield return fate.ToString();
        HashSet<AlertKey> answered = [];
        foreach (Enrichment e in NaiveOracle.Emissions(c.Log, c.Tables, c.Settings))
        {
            yield return answered.Add(AlertKey.Of(e)) ? "first" : e.Settled ? "settled" : "changed";
            yield return e.Scope.ToString();
            if (e.Reason is { } reason)
                yield return reason.ToString();
            if (e.Suspects.Length > 0 && e.OutOfScope > 0)
                yield return "hidden beside suspects";
            if (e.Elsewhere.Length > 0)
                yield return "elsewhere";
            if (e.Considered > e.Suspects.Length)
                yield return "more than listed";
            if (e.Suspects.Zip(e.Suspects.Skip(1)).Any(pair => pair.First.Probability == pair.Second.Probability))
                yield return "tie";
            foreach (Suspect s in e.Suspects)
            {
                yield return s.Relation.ToString();
                foreach (Evidence evidence in s.Evidence)
                    yield return evidence.Code.ToString();
                if (s.EndMs is null)
                    yield return "running";
                if (s.Status == DeploymentStatus.ROLLED_BACK)
                    yield return "rolled back";
                if (s.PipelineName is null)
                    yield return "unknown pipeline";
                if (s.Lifeline.Length > 0)
                    yield return "lifeline";
                if (s.Lifeline.Length > 1)
                    yield return "lifeline of two";
            }
        }
    }
}
