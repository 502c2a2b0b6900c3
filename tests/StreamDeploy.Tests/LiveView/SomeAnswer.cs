using StreamDeploy.Connectors.LiveView.Alerts;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.LiveView;

/// <summary>Answers that are valid as they are; a test says only what it is about.</summary>
internal static class SomeAnswer
{
    /// <summary>A deployment that ended three minutes before noon, when the alert was raised.</summary>
    public static Suspect Suspect(string id = "d1", double probability = 0.7, long endsMs = Some.Noon - 3 * Some.Minute, long lastsMs = 5 * Some.Minute) => new()
    {
        DeploymentId = id,
        PipelineId = 1,
        PipelineName = "checkout on GitHub",
        Kind = DeploymentKind.DEPLOYMENT,
        Status = DeploymentStatus.SUCCEEDED,
        Summary = "deploy " + id,
        StartMs = endsMs - lastsMs,
        EndMs = endsMs,
        LagMs = Some.Noon - endsMs,
        Relation = endsMs < Some.Noon ? Relation.BEFORE : Relation.DURING,
        Probability = probability,
        Coincidence = 0.025,
        Evidence = [Piece(EvidenceCode.TIME, 2.5, "ended 3 min before the alert")],
    };

    public static Evidence Piece(EvidenceCode code, double bits, string text = "because") => new() { Code = code, Bits = bits, Text = text };

    public static Enrichment Of(params Suspect[] suspects) => new()
    {
        AccountId = "acme",
        AlertId = "a1",
        AlertSummary = "alert a1",
        AlertOccurredAtMs = Some.Noon,
        Revision = 5,
        Settled = false,
        Outcome = suspects.Length > 0 ? Outcome.SUSPECTS : Outcome.NO_SUSPECT,
        Reason = suspects.Length > 0 ? null : NoSuspectReason.NOTHING_NEAR,
        Headline = "The headline.",
        Scope = ScopeKind.ACCOUNT,
        WindowFromMs = Some.Noon - 2 * Some.Hour,
        WindowToMs = Some.Noon + 10 * Some.Minute,
        Considered = suspects.Length,
        OutOfScope = 0,
        ProbabilityNone = 1 - suspects.Sum(suspect => suspect.Probability),
        Suspects = suspects,
    };

    public static AlertTrail Alert(params Enrichment[] answers) => AlertTrail.Of(new("a1", Some.Noon), [Some.Alert()], answers);

    public static Entries Entries { get; } = new(null,
        [Some.Pipeline(1, "acme", 7), Some.Pipeline(2, "acme", 8)], [], [],
        [new Team { AccountId = "acme", Id = 7, Name = "Payments" }, new Team { AccountId = "acme", Id = 8, Name = "Storefront" }]);

    /// <summary>The page a minute after the alert.</summary>
    public static AlertModel Model(AlertTrail alert, SeenAnswer? seen = null, IReadOnlyList<DeploymentTrail>? hidden = null) =>
        new(alert, Entries, hidden ?? [], Some.Noon + Some.Minute, Some.Noon + 3 * Some.Hour, default, seen);
}
