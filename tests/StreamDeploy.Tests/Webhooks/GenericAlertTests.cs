using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

public sealed class GenericAlertTests
{
    private static readonly CatalogAlertSource Source = new(new AlertSource { AccountId = "acme", Id = 5, EscalationPolicyId = 6 });

    private static Reading<Alert> Read(string json, string unique = "unique-1") =>
        GenericAlert.Read(Element(json), new RequestIdentity(null, unique), Source, ArrivedAtMs);

    private static Alert Event(string json, string unique = "unique-1")
    {
        var reading = Read(json, unique);
        Assert.Null(reading.Refusal);
        return reading.Event!;
    }

    [Fact]
    public void An_id_and_a_summary_open_an_alert_now()
    {
        var alert = Event("""{"alertId":"a7","summary":"errors"}""");

        Assert.Equal(("acme", "a7", "unique-1", 5L), (alert.AccountId, alert.AlertId, alert.EventId, alert.AlertSourceId));
        Assert.Equal((AlertStatus.OPEN, "errors", ""), (alert.Status, alert.Summary, alert.Priority));
        Assert.Equal((ArrivedAtMs, ArrivedAtMs, null), (alert.OccurredAtMs, alert.UpdatedAtMs, alert.ResolvedAtMs));
        Assert.Null(alert.EscalationPolicyId);
        Assert.Empty(alert.TeamIds);
    }

    [Fact]
    public void Every_field_arrives()
    {
        var alert = Event("""
            {
              "accountId": "someone else", "alertSourceId": 99, "alertId": "a7", "summary": "errors", "status": "Resolved", "priority": "HIGH",
              "occurredAt": "2026-01-01T11:00:00Z", "updatedAt": 1767268740, "resolvedAt": 1767268740000, "service": "checkout", "environment": "production",
              "labels": {"job": "till", "empty": ""}, "link": "https://acme.example/a7", "teamIds": [3, 1, 3], "escalationPolicyId": 8, "eventId": "e7"
            }
            """);

        Assert.Equal(("acme", "a7", "e7", 5L, 8L), (alert.AccountId, alert.AlertId, alert.EventId, alert.AlertSourceId, alert.EscalationPolicyId));
        Assert.Equal((AlertStatus.RESOLVED, "errors", "HIGH"), (alert.Status, alert.Summary, alert.Priority));
        Assert.Equal(
            (Some.Noon - Some.Hour, Some.Noon - Some.Minute, Some.Noon - Some.Minute), (alert.OccurredAtMs, alert.UpdatedAtMs, alert.ResolvedAtMs));
        Assert.Equal(("checkout", "production", "https://acme.example/a7"), (alert.Service, alert.Environment, alert.Link));
        Assert.Equal([1, 3], alert.TeamIds);
        Assert.Equal(new Dictionary<string, string> { ["job"] = "till", ["empty"] = "" }, alert.Labels);
    }

    [Fact]
    public void An_open_alert_is_updated_when_it_occurred()
    {
        var alert = Event("""{"alertId":"a","summary":"s","occurredAt":"2026-01-01T11:00:00Z"}""");
        Assert.Equal((Some.Noon - Some.Hour, Some.Noon - Some.Hour), (alert.OccurredAtMs, alert.UpdatedAtMs));

        alert = Event("""{"alertId":"a","summary":"s","updatedAt":"2026-01-01T11:00:00Z"}""");
        Assert.Equal((Some.Noon - Some.Hour, Some.Noon - Some.Hour), (alert.OccurredAtMs, alert.UpdatedAtMs));
    }

    [Fact]
    public void A_resolved_alert_is_updated_when_it_was_resolved()
    {
        var alert = Event("""{"alertId":"a","summary":"s","status":"RESOLVED","occurredAt":"2026-01-01T11:00:00Z","resolvedAt":"2026-01-01T11:30:00Z"}""");
        Assert.Equal((Some.Noon - 30 * Some.Minute, Some.Noon - 30 * Some.Minute), (alert.UpdatedAtMs, alert.ResolvedAtMs));

        alert = Event("""{"alertId":"a","summary":"s","status":"RESOLVED","occurredAt":"2026-01-01T11:00:00Z"}""");
        Assert.Equal((ArrivedAtMs, ArrivedAtMs), (alert.UpdatedAtMs, alert.ResolvedAtMs));

        // A sender whose clock is two minutes ahead resolves at once.
        alert = Event("""{"alertId":"a","summary":"s","status":"RESOLVED","occurredAt":"2026-01-01T12:02:00Z"}""");
        Assert.Equal(alert.OccurredAtMs, alert.ResolvedAtMs);
    }

    [Theory]
    [InlineData("ACCEPTED")]
    [InlineData("RESOLVED")]
    public void What_follows_must_say_which_raising_it_follows(string status)
    {
        var refusal = Read($$"""{"alertId":"a","summary":"s","status":"{{status}}"}""").Refusal;

        Assert.Equal((400, "MISSING_FIELD", "occurredAt"), (refusal!.Status, refusal.Code, refusal.Field));
    }

    [Fact]
    public void A_dated_event_sent_again_is_the_same_event()
    {
        const string dated = """{"alertId":"a","summary":"s","occurredAt":"2026-01-01T11:00:00Z"}""";
        Assert.Equal(Event(dated, "1").EventId, Event(dated, "2").EventId);
        Assert.Equal("2", Event("""{"alertId":"a","summary":"s"}""", "2").EventId);
    }

    [Theory]
    [InlineData("""{"summary":"s"}""", "alertId")]
    [InlineData("""{"alertId":"a"}""", "summary")]
    [InlineData("""{"alertId":7,"summary":"s"}""", "alertId")]
    [InlineData("""{"alertId":"a","summary":"s","status":"UNKNOWN"}""", "status")]
    [InlineData("""{"alertId":"a","summary":"s","status":"CLOSED"}""", "status")]
    [InlineData("""{"alertId":"a","summary":"s","occurredAt":"1999-12-31T23:59:59Z"}""", "occurredAt")]
    [InlineData("""{"alertId":"a","summary":"s","updatedAt":1767269401}""", "updatedAt")]
    [InlineData("""{"alertId":"a","summary":"s","occurredAt":"2026-01-01T12:00:00Z","updatedAt":"2026-01-01T11:49:59Z"}""", "occurredAt")]
    [InlineData("""{"alertId":"a","summary":"s","occurredAt":"2026-01-01T11:00:00Z","resolvedAt":"2026-01-01T10:00:00Z"}""", "resolvedAt")]
    [InlineData("""{"alertId":"a","summary":"s","teamIds":1}""", "teamIds")]
    [InlineData("""{"alertId":"a","summary":"s","teamIds":["1"]}""", "teamIds")]
    [InlineData("""{"alertId":"a","summary":"s","teamIds":[0]}""", "teamIds")]
    [InlineData("""{"alertId":"a","summary":"s","teamIds":[1.5]}""", "teamIds")]
    [InlineData("""{"alertId":"a","summary":"s","escalationPolicyId":-1}""", "escalationPolicyId")]
    [InlineData("""{"alertId":"a","summary":"s","escalationPolicyId":99999999999999999999}""", "escalationPolicyId")]
    [InlineData("""{"alertId":"a","summary":"s","labels":["x"]}""", "labels")]
    [InlineData("""{"alertId":"a","summary":"s","labels":{"x":1}}""", "labels")]
    [InlineData("""{"alertId":"a","summary":"s","link":"ftp://acme.example"}""", "link")]
    public void What_is_wrong_is_named(string json, string field)
    {
        var refusal = Read(json).Refusal;

        Assert.NotNull(refusal);
        Assert.Equal((400, field), (refusal.Status, refusal.Field));
    }

    [Fact]
    public void Labels_name_service_and_environment_where_the_source_says_so_and_the_fields_do_not()
    {
        var source = new CatalogAlertSource(new AlertSource { AccountId = "acme", Id = 5, ServiceLabels = ["app", "job"], EnvironmentLabels = ["env"] });
        Alert Read(string json) => GenericAlert.Read(Element(json), new RequestIdentity(null, "u"), source, ArrivedAtMs).Event!;

        var named = Read("""{"alertId":"a","summary":"x","labels":{"job":" checkout ","app":" ","env":"prod"}}""");
        var given = Read("""{"alertId":"a","summary":"x","service":"cart","labels":{"job":"checkout"}}""");

        Assert.Equal(("checkout", "prod"), (named.Service, named.Environment));
        Assert.Equal(("cart", null), (given.Service, given.Environment));
    }
}
