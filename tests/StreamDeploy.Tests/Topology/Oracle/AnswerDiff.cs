using System.Globalization;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>Compares two answers in everything but their texts.</summary>
public static class AnswerDiff
{
    // Both sides round each ratio once and sum exactly: what is left is the order of a division or two.
    private const double Relative = 1e-12;

    // 1 − (1 − x)ⁿ and log₂ of a factor near 1 are differences of near equals: there the last bits of Pow and Exp show.
    private const double OfNearEquals = 1e-12;

    /// <summary>Null where they agree; else every field that differs, with what was expected and what was there.</summary>
    public static string? Of(Enrichment expected, Enrichment actual)
    {
        List<string> differences = [];
        Field("accountId", expected.AccountId, actual.AccountId);
        Field("alertId", expected.AlertId, actual.AlertId);
        Field("alertSummary", expected.AlertSummary, actual.AlertSummary);
        Field("alertOccurredAt", expected.AlertOccurredAtMs, actual.AlertOccurredAtMs);
        Field("revision", expected.Revision, actual.Revision);
        Field("settled", expected.Settled, actual.Settled);
        Field("outcome", expected.Outcome, actual.Outcome);
        Field("reason", expected.Reason, actual.Reason);
        Field("scope", expected.Scope, actual.Scope);
        Field("teamIds", string.Join(',', expected.TeamIds), string.Join(',', actual.TeamIds));
        Field("windowFrom", expected.WindowFromMs, actual.WindowFromMs);
        Field("windowTo", expected.WindowToMs, actual.WindowToMs);
        Field("considered", expected.Considered, actual.Considered);
        Field("outOfScope", expected.OutOfScope, actual.OutOfScope);
        Number("probabilityNone", expected.ProbabilityNone, actual.ProbabilityNone);
        Suspects("suspects", expected.Suspects, actual.Suspects);
        Suspects("elsewhere", expected.Elsewhere, actual.Elsewhere);
        return differences.Count == 0 ? null : $"{expected.AccountId}/{expected.AlertId}: {string.Join("; ", differences)}";

        void Field(string name, object? want, object? got)
        {
            if (!Equals(want, got))
                differences.Add(string.Create(CultureInfo.InvariantCulture, $"{name} expected {want ?? "null"}, was {got ?? "null"}"));
        }

        void Number(string name, double want, double got, double absolute = 0)
        {
            if (!(Math.Abs(want - got) <= Math.Max(absolute, Relative * Math.Abs(want))) && !Equals(want, got))
                differences.Add(string.Create(CultureInfo.InvariantCulture, $"{name} expected {want:R}, was {got:R}"));
        }

        void Suspects(string list, Suspect[] want, Suspect[] got)
        {
            Field(list, Names(want), Names(got));
            if (want.Length != got.Length)
                return;
            for (int i = 0; i < want.Length; i++)
                Suspect($"{list}[{i}].", want[i], got[i]);
        }

        void Suspect(string at, Suspect want, Suspect got)
        {
            Field(at + "pipelineName", want.PipelineName, got.PipelineName);
            Field(at + "kind", want.Kind, got.Kind);
            Field(at + "status", want.Status, got.Status);
            Field(at + "summary", want.Summary, got.Summary);
            Field(at + "environment", want.Environment, got.Environment);
            Field(at + "service", want.Service, got.Service);
            Field(at + "version", want.Version, got.Version);
            Field(at + "start", want.StartMs, got.StartMs);
            Field(at + "end", want.EndMs, got.EndMs);
            Field(at + "lagMs", want.LagMs, got.LagMs);
            Field(at + "relation", want.Relation, got.Relation);
            Number(at + "probability", want.Probability, got.Probability);
            Number(at + "coincidence", want.Coincidence, got.Coincidence, OfNearEquals);
            Field(at + "link", want.Link, got.Link);
            Field(at + "lifeline", string.Join(' ', want.Lifeline.Select(Text)), string.Join(' ', got.Lifeline.Select(Text)));
            Evidence(at, want.Evidence, got.Evidence);
        }

        // The contract does not order a suspect's evidence.
        void Evidence(string at, Evidence[] want, Evidence[] got)
        {
            want = [.. want.OrderBy(e => e.Code)];
            got = [.. got.OrderBy(e => e.Code)];
            Field(at + "evidence", string.Join(' ', want.Select(e => e.Code)), string.Join(' ', got.Select(e => e.Code)));
            foreach ((Evidence w, Evidence g) in want.Zip(got))
                Number($"{at}evidence {w.Code}", w.Bits, g.Bits, OfNearEquals);
        }
    }

    /// <summary>
    /// Null where each alert has the same answers in the same order and the alerts settle in the same order. In what order two alerts are answered again
    /// at the end of one batch is not part of the contract.
    /// </summary>
    public static string? OfEmissions(IReadOnlyList<Enrichment> expected, IReadOnlyList<Enrichment> actual)
    {
        ILookup<AlertKey, Enrichment> answers = actual.ToLookup(AlertKey.Of);
        return expected.GroupBy(AlertKey.Of).Select(all => Of([.. all], [.. answers[all.Key]])).FirstOrDefault(d => d is not null)
            ?? Of([.. expected.Where(e => e.Settled)], [.. actual.Where(e => e.Settled)])
            ?? (expected.Count == actual.Count ? null : $"{actual.Count} emissions, expected {expected.Count}");
    }

    /// <summary>Null where the lists agree; else the first place where they do not.</summary>
    public static string? Of(IReadOnlyList<Enrichment> expected, IReadOnlyList<Enrichment> actual)
    {
        for (int i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            if (i >= actual.Count)
                return $"emission {i} is missing: expected {Name(expected[i])}";
            if (i >= expected.Count)
                return $"emission {i} is too many: {Name(actual[i])}";
            if (Of(expected[i], actual[i]) is { } difference)
                return $"emission {i}: expected {Name(expected[i])}, was {Name(actual[i])}: {difference}";
        }
        return null;
    }

    private static string Names(Suspect[] suspects) => string.Join(' ', suspects.Select(s => s.PipelineId + "/" + s.DeploymentId));

    private static string Text(LifelineEntry e) => $"{e.DeploymentId}:{e.Kind}:{e.Status}:{e.Environment ?? "null"}:{e.OccurredAtMs}";

    private static string Name(Enrichment e) => $"{e.AccountId}/{e.AlertId}@{e.AlertOccurredAtMs} r{e.Revision}{(e.Settled ? " settled" : "")} {e.Outcome}";
}
