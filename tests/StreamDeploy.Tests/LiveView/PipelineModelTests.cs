using System.Text.Json;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Connectors.LiveView.Pipelines;
using StreamDeploy.Connectors.LiveView.Session;
using StreamDeploy.Connectors.LiveView.Tail;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using Provider = StreamDeploy.Connectors.LiveView.Pipelines.Provider;

namespace StreamDeploy.Tests.LiveView;

public sealed class PipelineModelTests
{
    [Fact]
    public void What_the_forms_offer_is_what_the_management_API_takes()
    {
        foreach (var type in Enum.GetValues<IntegrationType>())
        {
            Assert.Equal(Providers.EventsOf(type), Provider.EventsOf(type));
            Assert.Equal(Providers.HasBranches(type), Provider.HasBranches(type));
            Assert.Equal(Providers.OfDeployments.Any(provider => provider.Type == type), Provider.TakesSecrets(type));
        }
    }

    [Fact]
    public void Every_template_is_there_and_the_address_is_filled_in_where_there_is_room_and_it_is_one()
    {
        foreach (var file in Provider.All.Select(provider => provider.Template).OfType<string>())
        {
            var inTree = File.ReadAllText(Repository.Path("docker", "templates", file));
            Assert.Equal(inTree, Template.Read(file, null));
            Assert.Equal(inTree, Template.Read(file, "https://x.example/$(rm -rf ~)"));
            Assert.DoesNotContain("streamdeploy.example.com", Template.Read(file, "https://events.acme.example"), StringComparison.Ordinal);
        }

        Assert.Contains("STREAMDEPLOY_URL: https://events.acme.example\n", Template.Read("github-actions.yml", "https://events.acme.example"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_ingest_is_where_the_URL_is_without_its_route_behind_a_path_too()
    {
        Assert.Equal("https://a.example/changes", Facts("https://a.example/changes/api/v1/deployment-events/github/k").Ingest);
        Assert.Equal("https://a.example:8443", Facts("https://a.example:8443/v2/change/enqueue").Ingest);
        Assert.Null(Facts(null).Ingest);
    }

    [Fact]
    public void A_key_with_a_quote_in_it_ends_no_quotation_of_the_test_event()
    {
        var lines = TestEvent.LinesFor(IntegrationType.GITLAB, "https://a.example/api/v1/deployment-events/gitlab/k'y", "k'y", true, "s'; rm -rf ~; '")!;

        Assert.Contains("KEY='k'\\''y'\n", lines, StringComparison.Ordinal);
        Assert.Contains("SECRET='s'\\''; rm -rf ~; '\\'''\n", lines, StringComparison.Ordinal);
        Assert.Contains("\"https://a.example/api/v1/deployment-events/gitlab/$KEY\"", lines, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrivals_are_the_newest_of_both_kinds_and_one_that_was_taken_is_among_them()
    {
        var untaken = Enumerable.Range(0, 60).Select(i => Untaken(i, i % 3 == 0 ? DeliveryOutcome.FILTERED : DeliveryOutcome.REFUSED)).ToList();

        var arrivals = Arrivals.Of(1, [Some.Deployment() with { ReceivedAtMs = -5, Summary = "old" }], untaken, hasDeliveries: true);

        Assert.Equal((1, 20, 40), (arrivals.Accepted, arrivals.Filtered, arrivals.Refused));
        Assert.Equal(Arrivals.ShownMax, arrivals.Newest.Count);
        Assert.Equal(59, arrivals.Newest[0].AtMs);
        Assert.Equal("old", arrivals.FirstAccepted?.Text);
        Assert.True(arrivals.IsLike(Arrivals.Of(1, [Some.Deployment() with { ReceivedAtMs = -5, Summary = "old" }], untaken, hasDeliveries: true)));
        Assert.False(arrivals.IsLike(Arrivals.Of(1, [], untaken, hasDeliveries: true)));
    }

    [Fact]
    public void Of_a_pipeline_the_last_deliveries_are_kept_and_another_ones_stay()
    {
        var tail = new AccountTail();
        tail.Apply(Untaken(0, DeliveryOutcome.REFUSED) with { PipelineId = 2 }, new(0, 0));
        for (var i = 1; i <= 250; i++)
            tail.Apply(Untaken(i, DeliveryOutcome.REFUSED), new(0, i));

        Assert.Equal((200, 250L), (tail.DeliveriesOf(new(1, null)).Count, tail.DeliveriesOf(new(1, null))[0].Delivery.OccurredAtMs));
        // One that went before is not forgotten in place of another.
        tail.Forget(new DeliveryOwner(1, null), new DeliveryId(0, 50));
        tail.Forget(new DeliveryOwner(1, null), new DeliveryId(0, 51));
        Assert.Equal((199, 52L), (tail.DeliveriesOf(new(1, null)).Count, tail.DeliveriesOf(new(1, null))[^1].Delivery.OccurredAtMs));
        Assert.Single(tail.DeliveriesOf(new(2, null)));
        tail.Forget(new DeliveryOwner(2, null), new DeliveryId(0, 0));
        Assert.Empty(tail.DeliveriesOf(new(2, null)));
    }

    [Fact]
    public void The_list_counts_the_last_day_and_no_more_than_is_known()
    {
        const long now = Some.Noon;
        var entries = Entries.None with
        {
            Pipelines = [new() { AccountId = "acme", Id = 2, Name = "beta" }, new() { AccountId = "acme", Id = 1, Name = "Alpha" }],
            Sources = [new() { AccountId = "acme", Id = 7, Name = "Monitoring" }],
        };
        Deployment At(long ms, string id) => Some.Deployment() with { PipelineId = 1, DeploymentId = id, EventId = id, OccurredAtMs = ms };
        var trails = new[] { At(now - 25 * Some.Hour, "a"), At(now - 2 * Some.Hour, "b"), At(now - Some.Hour, "c") }.Select(e => DeploymentTrail.Of([e])).ToList();

        var list = PipelineList.Of(entries, trails, [], 0, now, mayWrite: true);
        var partly = PipelineList.Of(entries, trails, [], now - 90 * Some.Minute, now, mayWrite: true);

        Assert.Equal(["Alpha", "beta"], list.Rows.Select(row => row.Pipeline.Name));
        Assert.Equal(new EventCount(2, now - Some.Hour), list.Rows[0].Events);
        Assert.Equal(default, list.Rows[1].Events);
        Assert.Equal(default, list.Sources[0].Alerts);
        Assert.Equal((24 * Some.Hour, 1, 90 * Some.Minute), (list.SpanMs, partly.Rows[0].Events.Count, partly.SpanMs));
    }

    [Fact]
    public void A_refusal_stands_at_the_field_of_the_form_that_it_names()
    {
        Assert.Equal("branchFilters", Problem("params.branchFilters[2]").Field);
        Assert.Equal("name", Problem("name").Field);
        Assert.Null(Problem("integrationType").Field);
        Assert.Null(FormProblem.Of(new ManagementAnswer(0, null, null)).Field);
    }

    private static FormProblem Problem(string field) =>
        FormProblem.Of(new ManagementAnswer(400, JsonSerializer.SerializeToElement(new { code = "INVALID_FIELD", message = "wrong", field }), null));

    private static PipelineFacts Facts(string? url) => new() { Id = 1, Name = "x", Url = url };

    private static Delivery Untaken(long atMs, DeliveryOutcome outcome) => new() { AccountId = "acme", PipelineId = 1, OccurredAtMs = atMs, Outcome = outcome, Status = 200, Message = "why" };
}
