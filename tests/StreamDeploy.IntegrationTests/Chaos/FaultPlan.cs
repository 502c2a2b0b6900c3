namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>Which faults a run has, in their order: a function of the seed.</summary>
internal static class FaultPlan
{
    private static readonly Dictionary<FaultKind, (int LeastMs, int MostMs)> Holds = new()
    {
        [FaultKind.KillWorker] = (0, 2_000),
        [FaultKind.ReplaceWorker] = (8_000, 14_000),
        [FaultKind.HangWorker] = (2_000, 14_000),
        [FaultKind.KillBroker] = (1_000, 10_000),
        [FaultKind.HangBroker] = (2_000, 12_000),
        [FaultKind.CutWire] = (1_000, 12_000),
        [FaultKind.CutAllWires] = (1_000, 8_000),
        [FaultKind.HangWire] = (2_000, 12_000),
        [FaultKind.SlowWire] = (5_000, 15_000),
        [FaultKind.RestartEverything] = (0, 2_000),
    };

    public static IReadOnlyList<FaultKind> AllKinds { get; } = Enum.GetValues<FaultKind>();

    /// <summary>Kinds are dealt like cards, so that none comes twice before each has come once.</summary>
    public static IReadOnlyList<Fault> Of(int seed, int count, int workers, int brokers, IReadOnlyList<FaultKind> kinds)
    {
        var random = new Random(seed);
        var plan = new List<Fault>();
        var deck = new Stack<FaultKind>();
        while (plan.Count < count)
        {
            if (deck.Count == 0)
            {
                FaultKind[] cards = [.. kinds];
                random.Shuffle(cards);
                deck = new(cards);
            }
            var kind = deck.Pop();
            var hitsWorker = kind is FaultKind.KillWorker or FaultKind.ReplaceWorker or FaultKind.HangWorker;
            var (leastMs, mostMs) = Holds[kind];
            plan.Add(new(kind, 1 + random.Next(hitsWorker ? workers : brokers), Ms(leastMs, mostMs), Ms(1_000, 6_000), random.Next(100)));
        }
        return plan;

        TimeSpan Ms(int least, int most) => TimeSpan.FromMilliseconds(random.Next(least, most));
    }
}
