using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Changes;

/// <summary>What tells raisings of alerts of an account apart.</summary>
public readonly record struct AlertKey(string AlertId, long OccurredAtMs)
{
    /// <summary>For the page's ids: letters and digits, the same in every process.</summary>
    public string Id => "a" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{OccurredAtMs} {AlertId}"))).AsSpan(0, 10));
}

/// <summary>An alert as its events tell it, and the answers to it.</summary>
/// <remarks>Immutable. Answers may be here before the alert, or without it: they lie in another topic.</remarks>
public sealed class AlertTrail
{
    /// <summary>Of each; the oldest go, but never the first answer.</summary>
    private const int Max = 200;

    private AlertTrail(AlertKey key, Alert[] events, Enrichment[] answers) => (Key, Events, Answers) = (key, events, answers);

    public AlertKey Key { get; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Alert> Events { get; }

    /// <summary>By revision; one that was settled without anything new comes after its like.</summary>
    public IReadOnlyList<Enrichment> Answers { get; }

    public Enrichment? Answer => Answers.Count == 0 ? null : Answers[^1];

    public AlertOutcome Outcome => Answer is not { } answer ? AlertOutcome.UNANSWERED
        : answer.Outcome == Schemas.Outcome.SUSPECTS ? AlertOutcome.SUSPECTS
        : answer.Reason == NoSuspectReason.OUT_OF_SCOPE ? AlertOutcome.OUT_OF_SCOPE
        : AlertOutcome.NOTHING_NEAR;

    public string Summary => Said(e => e.Summary) ?? Answer?.AlertSummary ?? "";

    public AlertStatus Status => Events.Count == 0 ? AlertStatus.UNKNOWN : Events[^1].Status;

    public string? Priority => Said(e => e.Priority);

    public string? Service => Said(e => e.Service);

    public string? Environment => Said(e => e.Environment);

    public string? Link => Said(e => e.Link);

    public long? SourceId => Events.Reverse().Select(e => e.AlertSourceId).FirstOrDefault(id => id is not null);

    public long? EscalationPolicyId => Events.Reverse().Select(e => e.EscalationPolicyId).FirstOrDefault(id => id is not null);

    /// <summary>Null while it is not known to be over.</summary>
    public long? ResolvedAtMs => Events.Reverse().Select(e => e.ResolvedAtMs ?? (e.Status == AlertStatus.RESOLVED ? e.UpdatedAtMs : null)).FirstOrDefault(ms => ms is not null);

    /// <summary>The newest first; ties by id, so that pages agree.</summary>
    public static readonly Comparer<AlertTrail> NewestFirst = Comparer<AlertTrail>.Create(static (a, b) =>
        a.Key.OccurredAtMs != b.Key.OccurredAtMs ? b.Key.OccurredAtMs.CompareTo(a.Key.OccurredAtMs) : string.CompareOrdinal(a.Key.AlertId, b.Key.AlertId));

    /// <summary>The teams that it falls to: as the answer says, else as the tables say now.</summary>
    public IReadOnlyList<long> TeamIds(Entries entries)
    {
        if (Answer is { } answer)
            return answer.TeamIds;
        var policy = EscalationPolicyId ?? entries.Source(SourceId)?.EscalationPolicyId;
        return
        [
            .. Events.SelectMany(e => e.TeamIds).Concat(entries.Source(SourceId)?.TeamIds ?? [])
                .Concat(entries.Policies.FirstOrDefault(entry => entry.Id == policy)?.TeamIds ?? []).Distinct().Order(),
        ];
    }

    public static AlertTrail Of(AlertKey key, IEnumerable<Alert> events, IEnumerable<Enrichment> answers) => new(
        key,
        [.. events.DistinctBy(e => e.EventId, StringComparer.Ordinal).OrderBy(e => e.UpdatedAtMs).ThenBy(e => e.EventId, StringComparer.Ordinal).TakeLast(Max)],
        [.. answers.OrderBy(a => a.Revision).ThenBy(a => a.Settled).DistinctBy(a => (a.Revision, a.Settled)).Index().Where(a => a.Index == 0 || a.Index > answers.Count() - Max).Select(a => a.Item)]);

    /// <summary>Each alert once, with all that any of them knows of it.</summary>
    public static IReadOnlyList<AlertTrail> Merged(IEnumerable<AlertTrail> alerts) =>
    [
        .. alerts.GroupBy(alert => alert.Key).Select(group => Of(group.Key, group.SelectMany(alert => alert.Events), group.SelectMany(alert => alert.Answers))),
    ];

    public AlertTrail With(Alert e) => Of(Key, Events.Append(e), Answers);

    public AlertTrail With(Enrichment answer) => Of(Key, Events, [.. Answers, answer]);

    private string? Said(Func<Alert, string?> what)
    {
        for (var i = Events.Count - 1; i >= 0; i--)
        {
            if (what(Events[i]) is { Length: > 0 } text)
                return text;
        }

        return null;
    }
}
