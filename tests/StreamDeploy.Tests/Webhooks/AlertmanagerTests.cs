using System.Globalization;
using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Topology;
using StreamDeploy.Topology;
using static StreamDeploy.Tests.Webhooks.SomeAlertmanager;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

public sealed class AlertmanagerTests
{
    private static readonly long StartMs = At("2026-01-01T11:55:00.123Z");

    private static Reading<IReadOnlyList<Alert>> Read(JsonNode payload, long arrivedAtMs = ArrivedAtMs, string[]? services = null, string[]? environments = null) =>
        Alertmanager.Read(
            Element(payload),
            new CatalogAlertSource(new AlertSource { AccountId = "acme", Id = 5, EscalationPolicyId = 6, ServiceLabels = services ?? [], EnvironmentLabels = environments ?? [] }),
            arrivedAtMs);

    private static Alert One(JsonObject alert, long arrivedAtMs = ArrivedAtMs)
    {
        var reading = Read(Group(alert), arrivedAtMs);
        Assert.Null(reading.Refusal);
        return Assert.Single(reading.Event!);
    }

    [Fact]
    public void A_firing_alert_is_open_since_it_started()
    {
        var alert = One(Firing());

        Assert.Equal(("acme", 5L, Fingerprint, AlertStatus.OPEN), (alert.AccountId, alert.AlertSourceId, alert.AlertId, alert.Status));
        Assert.Equal((StartMs, StartMs, null), (alert.OccurredAtMs, alert.UpdatedAtMs, alert.ResolvedAtMs));
        Assert.Equal(("Checkout fails", "critical"), (alert.Summary, alert.Priority));
        Assert.Equal(("checkout", "production"), (alert.Service, alert.Environment));
        Assert.Equal("http://prometheus.acme.example:9090/graph?g0.expr=errors&g0.tab=1", alert.Link);
        Assert.Equal(["alertname", "env", "instance", "service", "severity"], alert.Labels.Keys.Order());
        Assert.Null(alert.EscalationPolicyId);
        Assert.Empty(alert.TeamIds);
    }

    [Fact]
    public void A_resolved_alert_is_an_event_of_the_same_raising()
    {
        var alert = One(Resolved());
        var endMs = At("2026-01-01T11:58:00Z");

        Assert.Equal((Fingerprint, AlertStatus.RESOLVED, StartMs), (alert.AlertId, alert.Status, alert.OccurredAtMs));
        Assert.Equal((endMs, endMs), (alert.UpdatedAtMs, alert.ResolvedAtMs));
        Assert.NotEqual(One(Firing()).EventId, alert.EventId);
    }

    [Fact]
    public void What_is_sent_again_is_the_same_event_and_another_start_is_another_raising()
    {
        var days = 5 * 24 * Some.Hour;
        var (first, again) = (One(Firing()), One(Firing().With("annotations.summary", "\"6 %\""), ArrivedAtMs + days));
        var raisedAgain = One(Firing("2026-01-01T11:57:00Z"));

        Assert.Equal((first.EventId, first.AlertId, first.OccurredAtMs), (again.EventId, again.AlertId, again.OccurredAtMs));
        // Soon after it may be what came first; days later it is told again, and at its start's time it would be late.
        Assert.Equal((StartMs, ArrivedAtMs + days), (One(Firing(), StartMs + Alertmanager.RepeatedAfterMs).UpdatedAtMs, again.UpdatedAtMs));
        Assert.Equal(One(Resolved()).EventId, One(Resolved(), ArrivedAtMs + days).EventId);
        Assert.Equal(first.AlertId, raisedAgain.AlertId);
        Assert.NotEqual(first.EventId, raisedAgain.EventId);
        Assert.NotEqual(first.OccurredAtMs, raisedAgain.OccurredAtMs);
    }

    [Theory]
    [InlineData(NoEnd)]
    [InlineData("")]
    [InlineData("2026-01-01T11:54:00Z")]
    [InlineData("2027-01-01T00:00:00Z")]
    public void An_end_that_cannot_be_is_the_arrival_and_identifies_nothing(string endsAt)
    {
        var (alert, again) = (One(Resolved(endsAt)), One(Resolved(endsAt), ArrivedAtMs + Some.Minute));

        Assert.Equal((ArrivedAtMs, ArrivedAtMs), (alert.UpdatedAtMs, alert.ResolvedAtMs));
        Assert.Equal((alert.EventId, alert.OccurredAtMs), (again.EventId, again.OccurredAtMs));
    }

    [Fact]
    public void Without_a_fingerprint_the_labels_are_the_alert()
    {
        var alert = One(Firing().Without("fingerprint"));
        var turned = Firing().Without("fingerprint").With(
            "labels", """{"service":"checkout","severity":"critical","instance":"10.0.0.7:8080","env":"production","alertname":"HighErrorRate"}""");

        Assert.Equal(32, alert.AlertId.Length);
        Assert.Equal(alert.AlertId, One(turned).AlertId);
        Assert.NotEqual(alert.AlertId, One(Firing().Without("fingerprint").With("labels.instance", "\"10.0.0.8:8080\"")).AlertId);
    }

    [Theory]
    [InlineData("""{"summary":" ","description":"d\r\nmore","message":"m"}""", "d")]
    [InlineData("""{"message":"m"}""", "m")]
    [InlineData("{}", "HighErrorRate")]
    [InlineData("null", "HighErrorRate")]
    [InlineData("7", "HighErrorRate")]
    public void The_summary_is_the_first_text_there_is(string annotations, string summary) =>
        Assert.Equal(summary, One(Firing().With("annotations", annotations)).Summary);

    [Fact]
    public void A_long_summary_is_cut_and_an_alert_without_any_text_has_one_all_the_same()
    {
        Assert.Equal(1024, One(Firing().With("annotations.summary", $"\"{new string('x', 2000)}\"")).Summary.Length);
        Assert.Equal("alert", One(Firing().Without("annotations").With("labels", """{"job":"node"}""")).Summary);
    }

    [Fact]
    public void The_source_says_which_labels_name_service_and_environment()
    {
        var alert = Assert.Single(Read(Group(Firing()), services: ["app", "instance"], environments: ["stage"]).Event!);

        Assert.Equal(("10.0.0.7:8080", null), (alert.Service, alert.Environment));
    }

    [Fact]
    public void Too_many_and_too_long_labels_are_cut_or_left_out()
    {
        var labels = new JsonObject { ["long"] = new string('v', 5000), [new string('n', 256)] = "x", ["number"] = 1, ["priority"] = new string('p', 70) };
        for (var i = 0; i < 200; i++)
            labels["label" + i] = "x";
        var alert = One(Firing().With("labels", labels.ToJsonString()));

        Assert.Equal((100, 4096, 64), (alert.Labels.Count, alert.Labels["long"].Length, alert.Priority.Length));
        Assert.DoesNotContain("number", alert.Labels.Keys);

        for (var i = 0; i < 200; i++)
            labels["label" + i] = new string('v', 5000);
        var full = One(Firing().With("labels", labels.ToJsonString()));
        Assert.InRange(full.Labels.Sum(label => label.Key.Length + label.Value.Length), AlertLabels.TotalMax / 2, AlertLabels.TotalMax);
    }

    [Theory]
    [InlineData("javascript:alert(1)", "http://alertmanager.acme.example:9093")]
    [InlineData("", "http://alertmanager.acme.example:9093")]
    public void A_link_is_a_web_address(string generator, string link) => Assert.Equal(link, One(Firing().With("generatorURL", $"\"{generator}\"")).Link);

    [Theory]
    [InlineData("version", "null", "version")]
    [InlineData("version", "\"3\"", "version")]
    [InlineData("version", "4", "version")]
    [InlineData("alerts", "null", "alerts")]
    [InlineData("alerts", "{}", "alerts")]
    [InlineData("alerts", "[7]", "alerts[0].labels")]
    public void A_group_that_is_none_is_refused_by_name(string path, string json, string field)
    {
        var refusal = Read(Group().With(path, json)).Refusal!;

        Assert.Equal((400, field), (refusal.Status, refusal.Field));
    }

    [Theory]
    [InlineData("labels", "null", "MISSING_FIELD")]
    [InlineData("labels", "{}", "MISSING_FIELD")]
    [InlineData("labels", "[]", "MISSING_FIELD")]
    [InlineData("status", "null", "MISSING_FIELD")]
    [InlineData("status", "\"pending\"", "INVALID_FIELD")]
    [InlineData("status", "1", "INVALID_FIELD")]
    [InlineData("startsAt", "null", "MISSING_FIELD")]
    [InlineData("startsAt", "\"yesterday\"", "INVALID_FIELD")]
    [InlineData("startsAt", "\"0001-01-01T00:00:00Z\"", "INVALID_FIELD")]
    [InlineData("startsAt", "\"2026-01-01T12:10:01Z\"", "INVALID_FIELD")]
    public void One_bad_alert_is_named_and_holds_up_no_other(string field, string json, string code)
    {
        var reading = Read(Group(Firing(), Firing(fingerprint: "2").With(field, json), Resolved()));

        Assert.Equal([AlertStatus.OPEN, AlertStatus.RESOLVED], reading.Event!.Select(alert => alert.Status));
        var refused = Assert.Single(reading.Refused);
        Assert.Equal((400, code, "alerts[1]." + field), (refused.Status, refused.Code, refused.Field));
        Assert.Equal("alerts[0]." + field, Read(Group(Firing().With(field, json))).Refusal!.Field);
    }

    [Fact]
    public void A_start_ahead_of_our_clock_is_taken_when_it_is_sent_again()
    {
        const string start = "2026-01-01T12:30:00Z";

        Assert.NotNull(Read(Group(Firing(start))).Refusal);
        Assert.Equal(At(start), One(Firing(start), ArrivedAtMs + Some.Hour).OccurredAtMs);
    }

    [Fact]
    public void An_empty_group_is_not_wanted_and_a_huge_one_refused()
    {
        Assert.Equal((200, "NO_ALERTS"), (Read(Group().With("alerts", "[]")).Refusal!.Status, Read(Group().With("alerts", "[]")).Refusal!.Code));

        var many = $"[{string.Join(',', Enumerable.Repeat("{}", Alertmanager.AlertsMax + 1))}]";
        Assert.Contains(Alertmanager.AlertsMax.ToString(CultureInfo.InvariantCulture), Read(Group().With("alerts", many)).Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_that_is_repeated_and_resolved_is_answered_once_for_each_raising()
    {
        var log = new LogBuilder().Then(Some.Deployment("d1", StartMs - 3 * Some.Minute));
        for (var sent = 0; sent < 3; sent++)
            log.Then(One(Firing(), ArrivedAtMs + sent * Some.Hour), ArrivedAtMs + sent * Some.Hour);
        log.Then(One(Resolved()));
        Assert.Equal(1, log.State.OpenAlerts);
        log.Then(One(Firing("2026-01-01T11:59:00Z"))).RunOut();

        var answers = log.All(Fingerprint);
        Assert.Equal([StartMs, At("2026-01-01T11:59:00Z")], answers.Where(answer => answer.Settled).Select(answer => answer.AlertOccurredAtMs));
        Assert.Equal(2, answers.Count(answer => !answer.Settled));
        Assert.All(answers, answer => Assert.Equal("d1", Assert.Single(answer.Suspects).DeploymentId));
    }

    [Fact]
    public void An_alert_that_fires_for_days_is_answered_once_and_never_late()
    {
        var log = new LogBuilder().Then(Some.Deployment("d1", StartMs - 3 * Some.Minute));
        for (var hour = 0; hour < 48; hour += 4)
            log.Then(One(Firing(), ArrivedAtMs + hour * Some.Hour), ArrivedAtMs + hour * Some.Hour);
        log.RunOut();

        Assert.DoesNotContain(Verdict.Late, log.Verdicts);
        Assert.Equal(StartMs, Assert.Single(log.All(Fingerprint), answer => answer.Settled).AlertOccurredAtMs);
    }
}
