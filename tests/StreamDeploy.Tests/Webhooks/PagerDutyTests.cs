using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

public sealed class PagerDutyTests
{
    private static CatalogPipeline Pipeline(string? service = null) => new(Some.Pipeline() with { IntegrationType = IntegrationType.PAGERDUTY, Service = service });

    private static Reading<Deployment> Read(JsonNode body, CatalogPipeline? pipeline = null, string unique = "unique-1") =>
        PagerDuty.Read(Element(body), new(null, unique), pipeline ?? Pipeline(), ArrivedAtMs);

    private static Deployment Event(JsonNode body, CatalogPipeline? pipeline = null) => Taken(Read(body, pipeline));

    private static JsonObject With(string path, string json) => SomePagerDuty.Change().With(path, json);

    [Fact]
    public void A_change_event_is_a_deployment_event()
    {
        var change = Event(SomePagerDuty.Change());

        Assert.Equal(("acme", 1L, "pagerduty"), (change.AccountId, change.PipelineId, change.Source));
        Assert.Equal((DeploymentKind.OTHER, DeploymentStatus.SUCCEEDED), (change.Kind, change.Status));
        Assert.Equal("Build Success: Increase snapshot create timeout to 30 seconds", change.Summary);
        Assert.Equal((At("2026-01-01T11:42:58.315Z"), ArrivedAtMs), (change.OccurredAtMs, change.ReceivedAtMs));
        Assert.Equal((null, null, null), (change.Service, change.Environment, change.Version));
        Assert.Equal(
            [("https://acme.pagerduty.dev/build/2", "View more details in Acme!"), ("https://acme.pagerduty.dev/build/3", null)], change.Links.Select(link => (link.Href, link.Text)));
        var kept = JsonNode.Parse(change.CustomDetails!)!;
        Assert.Equal(("acme-build-pipeline-tool-default-i-9999", 220), ((string?)kept["source"], (int?)kept["custom_details"]!["build_number"]));
    }

    [Fact]
    public void Custom_details_under_the_names_of_the_generic_event_are_evidence()
    {
        var change = Event(With("payload.custom_details", """
            {
              "service": "checkout", "environment": "production", "version": "2.31", "commit": "c0ffee", "repository": "acme/checkout", "branch": "main", "status": "failed",
              "kind": "deployment", "deploymentId": "d-7"
            }
            """));

        Assert.Equal(("checkout", "production", "2.31", "c0ffee"), (change.Service, change.Environment, change.Version, change.Commit));
        Assert.Equal(("acme/checkout", "main", "d-7"), (change.Repository, change.Branch, change.DeploymentId));
        Assert.Equal((DeploymentKind.DEPLOYMENT, DeploymentStatus.FAILED), (change.Kind, change.Status));
        Assert.Equal("d-8", Event(With("payload.custom_details", """{"deployment_id":"d-8"}""")).DeploymentId);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("[1]")]
    [InlineData("""{"service":7,"environment":{},"status":"green","kind":3,"deploymentId":1}""")]
    public void Custom_details_of_another_shape_are_no_evidence_and_no_fault(string details)
    {
        var change = Event(With("payload.custom_details", details), Pipeline("shop"));

        Assert.Equal(("shop", null, change.EventId), (change.Service, change.Environment, change.DeploymentId));
        Assert.Equal((DeploymentKind.OTHER, DeploymentStatus.SUCCEEDED), (change.Kind, change.Status));
    }

    [Fact]
    public void What_is_sent_again_with_its_time_is_the_same_event()
    {
        var first = Event(SomePagerDuty.Change());

        Assert.Equal(first.EventId, Taken(Read(SomePagerDuty.Change(), unique: "unique-2")).EventId);
        Assert.NotEqual(first.EventId, Event(With("payload.summary", "\"another\"")).EventId);
    }

    [Fact]
    public void Without_a_time_each_is_an_event_of_its_arrival()
    {
        var undated = With("payload.timestamp", "null");

        Assert.Equal(("unique-1", ArrivedAtMs), (Event(undated).EventId, Event(undated).OccurredAtMs));
    }

    [Fact]
    public void A_long_summary_is_cut_and_marked()
    {
        var summary = Event(With("payload.summary", $"\"{new string('x', 1025)}\"")).Summary;

        Assert.Equal((1024, '…'), (summary.Length, summary[^1]));
    }

    [Fact]
    public void The_catalog_s_service_is_for_what_names_none() =>
        Assert.Equal("checkout", Event(With("payload.custom_details", """{"repository":"acme/checkout"}"""), Pipeline("{repository}")).Service);

    [Theory]
    [InlineData("payload", "null", "MISSING_FIELD", "payload")]
    [InlineData("payload", "\"x\"", "INVALID_FIELD", "payload")]
    [InlineData("payload.summary", "null", "MISSING_FIELD", "payload.summary")]
    [InlineData("payload.summary", "7", "INVALID_FIELD", "payload.summary")]
    [InlineData("payload.timestamp", "\"yesterday\"", "INVALID_FIELD", "payload.timestamp")]
    [InlineData("payload.timestamp", "\"2036-01-01T00:00:00Z\"", "INVALID_FIELD", "payload.timestamp")]
    public void What_is_wrong_is_named(string path, string json, string code, string field)
    {
        var refusal = Read(With(path, json)).Refusal!;

        Assert.Equal((400, code, field), (refusal.Status, refusal.Code, refusal.Field));
        Assert.StartsWith(field, refusal.Message, StringComparison.Ordinal);
    }
}
