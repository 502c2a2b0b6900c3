using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>
/// The correlation contract written down a second time, from product.md alone and as plainly as can be: every answer is worked out from the whole
/// log, with no index and no state. The laws hold the join to it; it shares no code with the join.
/// </summary>
public static class NaiveOracle
{
    /// <summary>The settled answer of every alert that gets one, once time has run out.</summary>
    public static IReadOnlyDictionary<AlertKey, Enrichment> Settled(
        IReadOnlyList<LogRecord> log, IReadOnlyList<TableRecord> tables, OracleSettings settings)
    {
        List<LogRecord> applied = [.. new NaiveReading(log, settings).Applied(log.Count)];
        var asOf = new NaiveTables(tables);
        return Alerts(applied).ToDictionary(key => key, key => NaiveAnswer.Of(key, applied, asOf, settings, settled: true));
    }

    /// <summary>Every emission in its order, each record being a batch of its own.</summary>
    public static IReadOnlyList<Enrichment> Emissions(
        IReadOnlyList<LogRecord> log, IReadOnlyList<TableRecord> tables, OracleSettings settings) =>
        Emissions(log, tables, settings, endsBatch: _ => true);

    /// <summary>Every emission in its order; <paramref name="endsBatch"/> says of a record's index whether its batch ends after it.</summary>
    public static IReadOnlyList<Enrichment> Emissions(
        IReadOnlyList<LogRecord> log, IReadOnlyList<TableRecord> tables, OracleSettings settings, Func<int, bool> endsBatch)
    {
        var reading = new NaiveReading(log, settings);
        var asOf = new NaiveTables(tables);
        List<Enrichment> emissions = [];
        for (int i = 0; i < log.Count; i++)
        {
            // Stream time moves first, and what it settles is settled without the record that moved it.
            List<LogRecord> before = [.. reading.Applied(i)];
            Settle(before, reading.StreamTimesMs[i]);

            List<LogRecord> known = [.. reading.Applied(i + 1)];
            if (reading.Fates[i] == Fate.Applied && log[i].Alert is { } alert && LastOf(AlertKey.Of(alert)) is null)
                emissions.Add(NaiveAnswer.Of(AlertKey.Of(alert), known, asOf, settings, settled: false));
            if (endsBatch(i))
                EmitChanges(known);
        }

        List<LogRecord> all = [.. reading.Applied(log.Count)];
        EmitChanges(all);
        Settle(all, long.MaxValue);
        return emissions;

        void Settle(List<LogRecord> known, long streamTimeMs)
        {
            foreach (AlertKey key in Alerts(known))
            {
                if (streamTimeMs > key.OccurredAtMs + settings.SettleMs + settings.GraceMs && LastOf(key) is { Settled: false })
                    emissions.Add(NaiveAnswer.Of(key, known, asOf, settings, settled: true));
            }
        }

        // Only a further event that counts can be the reason to emit again, and each such event raises the revision.
        void EmitChanges(List<LogRecord> known)
        {
            foreach (AlertKey key in Alerts(known))
            {
                Enrichment last = LastOf(key)!;
                Enrichment current = NaiveAnswer.Of(key, known, asOf, settings, settled: false);
                if (!last.Settled && current.Revision > last.Revision && ChangedMaterially(last, current))
                    emissions.Add(current);
            }
        }

        Enrichment? LastOf(AlertKey key) =>
            emissions.LastOrDefault(e => AlertKey.Of(e) == key);
    }

    /// <summary>Outcome, reason, scope, or the first three suspects: who, order, status, relation.</summary>
    private static bool ChangedMaterially(Enrichment last, Enrichment current)
    {
        return last.Outcome != current.Outcome || last.Reason != current.Reason || last.Scope != current.Scope || !First3(last).SequenceEqual(First3(current));

        static IEnumerable<object> First3(Enrichment e) =>
            e.Suspects.Take(3).Select(s => (object)(s.DeploymentId, s.PipelineId, s.Status, s.Relation));
    }

    /// <summary>The alerts that have an event that counts, in the order in which they settle at one step.</summary>
    private static IEnumerable<AlertKey> Alerts(IEnumerable<LogRecord> applied) => applied
        .Select(r => r.Alert)
        .OfType<Alert>()
        .Select(AlertKey.Of)
        .Distinct()
        .OrderBy(key => key.OccurredAtMs)
        .ThenBy(key => key.AccountId, StringComparer.Ordinal)
        .ThenBy(key => key.AlertId, StringComparer.Ordinal);
}
