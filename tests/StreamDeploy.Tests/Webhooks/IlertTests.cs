using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

public sealed class IlertTests
{
    private static readonly long ReportedMs = At("2026-01-01T11:55:00.829Z");

    private static readonly CatalogAlertSource Labelled =
        new(new AlertSource { AccountId = "acme", Id = 5, EscalationPolicyId = 6, ServiceLabels = ["service"], EnvironmentLabels = ["env"] });

    private static Reading<Alert> Read(JsonNode payload, CatalogAlertSource? source = null, long arrivedAtMs = ArrivedAtMs) =>
        Ilert.Read(Element(payload), source ?? Labelled, arrivedAtMs);

    private static Alert Event(JsonNode payload, long arrivedAtMs = ArrivedAtMs)
    {
        var reading = Read(payload, arrivedAtMs: arrivedAtMs);
        Assert.Null(reading.Refusal);
        return reading.Event!;
    }

    [Fact]
    public void A_created_alert_is_open_since_it_was_reported()
    {
        var alert = Event(SomeIlert.Event());

        Assert.Equal(("acme", 5L, "12797430", AlertStatus.OPEN), (alert.AccountId, alert.AlertSourceId, alert.AlertId, alert.Status));
        Assert.Equal((ReportedMs, ReportedMs, null), (alert.OccurredAtMs, alert.UpdatedAtMs, alert.ResolvedAtMs));
        Assert.Equal(("Checkout fails", "HIGH", "https://monitoring.acme.example/12345"), (alert.Summary, alert.Priority, alert.Link));
        Assert.Equal(("checkout", "production"), (alert.Service, alert.Environment));
        Assert.Equal(new Dictionary<string, string> { ["service"] = "checkout", ["env"] = "production" }, alert.Labels);
        // Those of the payload are ilert's.
        Assert.Null(alert.EscalationPolicyId);
        Assert.Empty(alert.TeamIds);
    }

    [Theory]
    [InlineData("alert-created", AlertStatus.OPEN)]
    [InlineData("alert-acknowledged", AlertStatus.ACCEPTED)]
    [InlineData("alert-resolved", AlertStatus.RESOLVED)]
    [InlineData("alert-auto-resolved", AlertStatus.RESOLVED)]
    public void Each_step_is_an_event_of_the_same_raising_and_the_same_when_it_is_sent_again(string eventType, AlertStatus status)
    {
        var payload = SomeIlert.Event(eventType);
        var (alert, again) = (Event(payload), Event(payload, ArrivedAtMs + Some.Hour));

        Assert.Equal((status, "12797430", ReportedMs), (alert.Status, alert.AlertId, alert.OccurredAtMs));
        Assert.Equal((alert.EventId, alert.AlertId, alert.OccurredAtMs), (again.EventId, again.AlertId, again.OccurredAtMs));
        Assert.Equal(eventType == "alert-created", alert.EventId == Event(SomeIlert.Event()).EventId);
    }

    [Fact]
    public void A_later_step_has_the_time_that_is_told_and_else_that_of_its_arrival()
    {
        var told = Event(SomeIlert.Resolved());
        var stamped = Event(SomeIlert.Event("alert-acknowledged").With("timestamp", "\"2026-01-01T11:57:00.838605470Z\""));
        var untold = Event(SomeIlert.Resolved("2027-01-01T00:00:00Z"));

        Assert.Equal((At("2026-01-01T11:58:00Z"), At("2026-01-01T11:58:00Z")), (told.UpdatedAtMs, told.ResolvedAtMs));
        Assert.Equal((At("2026-01-01T11:57:00.838Z"), null), (stamped.UpdatedAtMs, stamped.ResolvedAtMs));
        Assert.Equal((ArrivedAtMs, ArrivedAtMs), (untold.UpdatedAtMs, untold.ResolvedAtMs));
        Assert.Equal(ReportedMs, Event(SomeIlert.Resolved("2026-01-01T11:00:00Z")).ResolvedAtMs);
    }

    [Theory]
    [InlineData("alert-assigned")]
    [InlineData("alert-comment-added")]
    [InlineData("alert-auto-escalated")]
    [InlineData("alert-raised")]
    [InlineData("incident-created")]
    public void All_else_is_not_wanted(string eventType)
    {
        var refusal = Read(SomeIlert.Event(eventType)).Refusal!;

        Assert.Equal((200, "EVENT_NOT_WANTED"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public void Labels_name_nothing_where_the_source_does_not_say_which()
    {
        var alert = Read(SomeIlert.Event(), new CatalogAlertSource(new AlertSource { AccountId = "acme", Id = 5 })).Event!;

        Assert.Equal((null, null), (alert.Service, alert.Environment));
        Assert.Equal("checkout", alert.Labels["service"]);
    }

    [Fact]
    public void An_id_may_be_a_number_and_most_may_be_missing()
    {
        var alert = Event(Json("""{"id":12797430,"eventType":"alert-created","reportTime":"2026-01-01T11:55:00.829Z","links":[{"href":"javascript:x"},7]}"""));

        Assert.Equal(("12797430", "alert 12797430", "", null), (alert.AlertId, alert.Summary, alert.Priority, alert.Link));
        Assert.Equal(Event(SomeIlert.Event()).EventId, alert.EventId);
        Assert.Equal("5 % of requests fail", Event(SomeIlert.Event().Without("summary")).Summary);
    }

    [Theory]
    [InlineData("eventType", "null", "MISSING_FIELD")]
    [InlineData("id", "null", "MISSING_FIELD")]
    [InlineData("id", "[]", "MISSING_FIELD")]
    [InlineData("reportTime", "null", "MISSING_FIELD")]
    [InlineData("reportTime", "\"soon\"", "INVALID_FIELD")]
    [InlineData("reportTime", "\"2026-01-01T12:10:01Z\"", "INVALID_FIELD")]
    [InlineData("reportTime", "\"0001-01-01T00:00:00Z\"", "INVALID_FIELD")]
    public void What_is_wrong_is_named(string field, string json, string code)
    {
        var refusal = Read(SomeIlert.Event().With(field, json)).Refusal!;

        Assert.Equal((400, code, field), (refusal.Status, refusal.Code, refusal.Field));
    }
}
