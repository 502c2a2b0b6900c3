using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>One raising of an alert, put together from its events.</summary>
public sealed record OracleAlert(string AccountId, long OccurredMs, string AlertId, IReadOnlyList<Placed<Alert>> Events)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IEnumerable<OracleAlert> All(OracleInput input) =>
        from a in input.Alerts
        group a by (a.Event.AccountId, a.Event.OccurredAtMs, a.Event.AlertId) into events
        select new OracleAlert(events.Key.AccountId, events.Key.OccurredAtMs, events.Key.AlertId, [.. events]);

    public DateOnly Day => Calendar.Day(OccurredMs);

    public string Status => Latest(a => a.Status.ToString());

    public string Priority => Latest(a => a.Priority);

    public string Summary => Latest(a => a.Summary);

    public string Service => Latest(a => a.Service);

    public long? ResolvedMs => Number(Latest(a => Text(a.ResolvedAtMs)));

    public long? AlertSourceId => Number(Latest(a => Text(a.AlertSourceId)));

    public long FirstArrivedMs => Events.Min(a => a.ArrivedMs);

    /// <summary>Whether an answer is for it.</summary>
    public bool IsOf(Enrichment e) => (e.AccountId, e.AlertOccurredAtMs, e.AlertId) == (AccountId, OccurredMs, AlertId);

    public OracleRow Row() => new()
    {
        ["account_id"] = AccountId,
        ["day"] = Day,
        ["occurred_at"] = Calendar.Time(OccurredMs),
        ["alert_id"] = AlertId,
        ["status"] = Status,
        ["priority"] = Priority,
        ["summary"] = Summary,
        ["resolved_at"] = Calendar.Time(ResolvedMs),
        ["alert_source_id"] = AlertSourceId,
        ["escalation_policy_id"] = Number(Latest(a => Text(a.EscalationPolicyId))),
        ["team_ids"] = JsonSerializer.Deserialize<long[]>(OrElse(Latest(a => a.TeamIds.Length == 0 ? "" : JsonSerializer.Serialize(a.TeamIds)), "[]")),
        ["service"] = Service,
        ["environment"] = Latest(a => a.Environment),
        ["labels"] = JsonSerializer.Deserialize<Dictionary<string, string>>(OrElse(Latest(a => a.Labels.Count == 0 ? "" : JsonSerializer.Serialize(a.Labels, Json)), "{}")),
        ["link"] = Latest(a => a.Link),
        ["first_event_at"] = Calendar.Time(Events.Min(a => a.Event.UpdatedAtMs)),
        ["last_event_at"] = Calendar.Time(Events.Max(a => a.Event.UpdatedAtMs)),
        ["first_arrived_at"] = Calendar.Time(FirstArrivedMs),
    };

    private string Latest(Func<Alert, string?> text) => LatestValue.Of(Events.Select(a => a.Event), a => (a.UpdatedAtMs, (int)a.Status), text);

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static long? Number(string text) => text.Length == 0 ? null : long.Parse(text, CultureInfo.InvariantCulture);

    private static string OrElse(string text, string other) => text.Length == 0 ? other : text;
}
