using System.Text.Json;
using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

public sealed class CdEventsTests
{
    private const string Deployed = "dev.cdevents.service.deployed";
    private const string Modified = "dev.cdevents.environment.modified";

    private static CatalogPipeline Pipeline(string[]? events = null, string? service = null) =>
        new(Some.Pipeline() with { IntegrationType = IntegrationType.CDEVENTS, EventFilters = events ?? [], Service = service });

    private static Reading<Deployment> Read(string eventName, JsonNode data, CatalogPipeline? pipeline = null) =>
        CdEvents.Read(SomeCdEvents.Envelope(data, eventName), pipeline ?? Pipeline(), ArrivedAtMs);

    private static Deployment Event(string eventName, JsonNode data, CatalogPipeline? pipeline = null) => Taken(Read(eventName, data, pipeline));

    [Fact]
    public void A_service_that_was_deployed_is_a_deployment_event()
    {
        var deployed = Event(Deployed, SomeCdEvents.Of(Deployed));

        Assert.Equal(("acme", 1L, "cdevents"), (deployed.AccountId, deployed.PipelineId, deployed.Source));
        Assert.Equal(("mySubject123", "test123", "1.4.0"), (deployed.Service, deployed.Environment, deployed.Version));
        Assert.Equal("deploy mySubject123 1.4.0 to test123", deployed.Summary);
        Assert.Equal((At("2023-03-20T14:27:05.315Z"), ArrivedAtMs), (deployed.OccurredAtMs, deployed.ReceivedAtMs));
        Assert.Equal((null, null, deployed.EventId), (deployed.Repository, deployed.Commit, deployed.DeploymentId));
        Assert.Null(deployed.CustomDetails);
    }

    [Theory]
    [InlineData("deployed", DeploymentKind.DEPLOYMENT, DeploymentStatus.SUCCEEDED, "deploy mySubject123 1.4.0 to test123")]
    [InlineData("upgraded", DeploymentKind.DEPLOYMENT, DeploymentStatus.SUCCEEDED, "upgrade mySubject123 1.4.0 in test123")]
    [InlineData("rolledback", DeploymentKind.DEPLOYMENT, DeploymentStatus.ROLLED_BACK, "roll back mySubject123 1.4.0 in test123")]
    [InlineData("removed", DeploymentKind.CONFIGURATION, DeploymentStatus.SUCCEEDED, "remove mySubject123 1.4.0 from test123")]
    [InlineData("published", DeploymentKind.RELEASE, DeploymentStatus.SUCCEEDED, "publish mySubject123 1.4.0 in test123")]
    public void Each_event_of_a_service_is_a_change(string predicate, DeploymentKind kind, DeploymentStatus status, string summary)
    {
        var change = Event("dev.cdevents.service." + predicate, SomeCdEvents.Of("dev.cdevents.service." + predicate));

        Assert.Equal((kind, status, summary), (change.Kind, change.Status, change.Summary));
    }

    [Theory]
    [InlineData("created", "create the environment testEnv")]
    [InlineData("modified", "modify the environment testEnv")]
    [InlineData("deleted", "delete the environment testEnv")]
    public void Each_event_of_an_environment_is_a_configuration(string predicate, string summary)
    {
        var change = Event("dev.cdevents.environment." + predicate, SomeCdEvents.Of("dev.cdevents.environment." + predicate));

        Assert.Equal((DeploymentKind.CONFIGURATION, DeploymentStatus.SUCCEEDED, summary), (change.Kind, change.Status, change.Summary));
        Assert.Equal(("testEnv", null), (change.Environment, change.Service));
        Assert.Equal(["https://example.org/testEnv"], change.Links.Select(link => link.Href));
    }

    [Fact]
    public void An_environment_is_called_by_its_name_or_else_by_its_id()
    {
        Assert.Equal("mySubject123", Event(Modified, SomeCdEvents.Of(Modified).With("subject.content", "{}")).Environment);
        Assert.Equal("production", Event(Deployed, SomeCdEvents.Of(Deployed).With("subject.content.environment.name", "\"production\"")).Environment);
        Assert.Null(Event(Deployed, SomeCdEvents.Of(Deployed).With("subject.content", "null")).Environment);
    }

    [Theory]
    [InlineData("dev.cdevents.service.deployed")]
    [InlineData("dev.cdevents.service.deployed.0.1.0")]
    [InlineData("dev.cdevents.service.deployed.0.3.0-draft")]
    public void A_type_may_be_of_any_version(string type) =>
        Assert.Null(CdEvents.Read(SomeCdEvents.Envelope(SomeCdEvents.Of(Deployed), Deployed, type), Pipeline(), ArrivedAtMs).Refusal);

    [Theory]
    [InlineData("dev.cdevents.pipelinerun.finished.0.2.0")]
    [InlineData("dev.cdevents.change.merged.0.2.0")]
    [InlineData("dev.cdevents.artifact.published.0.2.0")]
    [InlineData("dev.cdevents.service.deployedagain.0.1.0")]
    [InlineData("com.example.someevent")]
    public void Another_type_is_not_wanted_whatever_its_data(string type) =>
        Assert.Equal("EVENT_NOT_WANTED", NotWanted(CdEvents.Read(new("1", "/", type, null, null), Pipeline(), ArrivedAtMs)));

    [Fact]
    public void A_filter_names_a_type_without_its_version()
    {
        var pipeline = Pipeline(events: [Deployed]);

        Assert.Null(Read(Deployed, SomeCdEvents.Of(Deployed), pipeline).Refusal);
        Assert.Equal("EVENT_NOT_WANTED", NotWanted(Read(Modified, SomeCdEvents.Of(Modified), pipeline)));
    }

    [Fact]
    public void Source_and_id_together_are_the_event()
    {
        var data = Element(SomeCdEvents.Of(Deployed));
        string IdOf(string source, string id) => Taken(CdEvents.Read(new(id, source, SomeCdEvents.TypeOf(Deployed), null, data), Pipeline(), ArrivedAtMs + 1)).EventId;

        Assert.Equal(IdOf("/a", "1"), IdOf("/a", "1"));
        Assert.Equal(4, new[] { IdOf("/a", "1"), IdOf("/a", "2"), IdOf("/b", "1"), IdOf("/a1", "") }.Distinct().Count());
    }

    [Fact]
    public void The_catalog_s_service_is_for_a_subject_without_an_id()
    {
        var nameless = SomeCdEvents.Of(Deployed).With("subject.id", "null").With("subject.content.artifactId", $"\"pkg:github/acme/checkout@{Commit}\"");

        var deployed = Event(Deployed, nameless, Pipeline(service: "{repository}"));

        Assert.Equal(("checkout", "acme/checkout", Commit, null), (deployed.Service, deployed.Repository, deployed.Commit, deployed.Version));
        Assert.Equal("deploy a service to test123", Event(Deployed, nameless).Summary);
        Assert.Equal("shop", Event(Modified, SomeCdEvents.Of(Modified), Pipeline(service: "shop")).Service);
    }

    [Fact]
    public void The_event_s_own_time_comes_before_the_envelope_s_and_one_that_cannot_be_is_marked()
    {
        var untimed = SomeCdEvents.Of(Deployed).With("context.timestamp", "null");
        var envelope = SomeCdEvents.Envelope(untimed, Deployed) with { Time = JsonSerializer.SerializeToElement("2026-01-01T11:00:00Z") };

        Assert.Equal(At("2026-01-01T11:00:00Z"), Taken(CdEvents.Read(envelope, Pipeline(), ArrivedAtMs)).OccurredAtMs);
        var arrival = Event(Deployed, untimed);
        Assert.Equal(ArrivedAtMs, arrival.OccurredAtMs);
        Assert.Contains("\"eventTime\":\"arrival\"", arrival.CustomDetails, StringComparison.Ordinal);
    }

    [Fact]
    public void Custom_data_is_kept() =>
        Assert.Equal("""{"payload":{"ticket":"OPS-1"}}""", Event(Deployed, SomeCdEvents.Of(Deployed).With("customData", """{"ticket":"OPS-1"}""")).CustomDetails);

    [Theory]
    [InlineData(Deployed, "subject", "data.subject")]
    [InlineData(Modified, "subject", "data.subject")]
    public void What_is_missing_is_named(string eventName, string without, string field)
    {
        var refusal = Read(eventName, SomeCdEvents.Of(eventName).Without(without)).Refusal!;

        Assert.Equal((400, "MISSING_FIELD", field), (refusal.Status, refusal.Code, refusal.Field));
    }

    [Fact]
    public void Without_data_or_an_environment_s_id_there_is_no_event()
    {
        Assert.Equal("data", CdEvents.Read(new("1", "/", Deployed, null, null), Pipeline(), ArrivedAtMs).Refusal!.Field);
        Assert.Equal("data", CdEvents.Read(new("1", "/", Deployed, null, Element("\"x\"")), Pipeline(), ArrivedAtMs).Refusal!.Field);
        Assert.Equal("data.subject.id", Read(Modified, SomeCdEvents.Of(Modified).With("subject", "{}")).Refusal!.Field);
    }

    [Theory]
    [InlineData("pkg:oci/myapp@sha256%3A0b31b1c0?repository_url=ghcr.io/acme/myapp&tag=1.4.0", "1.4.0", null, null)]
    [InlineData("pkg:oci/myapp@sha256%3A0b31b1c0", null, null, null)]
    [InlineData("pkg:oci/myapp@sha256:0b31b1c0", null, null, null)]
    [InlineData("pkg:docker/acme/myapp@1.4.0%2Bbuild.7", "1.4.0+build.7", null, null)]
    [InlineData("pkg:golang/github.com/acme/checkout@v1.4.0#cmd/till", "v1.4.0", null, null)]
    [InlineData("pkg:npm/%40acme/checkout@1.4.0", "1.4.0", null, null)]
    [InlineData("pkg:github/acme/checkout@v1.4.0", "v1.4.0", "acme/checkout", null)]
    [InlineData("pkg:github/acme/checkout@" + Commit, null, "acme/checkout", Commit)]
    [InlineData("pkg:generic/checkout@1.4.0?vcs_url=git%2Bhttps://git.acme.example/shop/checkout.git%40" + Commit, "1.4.0", "shop/checkout", Commit)]
    [InlineData("pkg:generic/checkout@1.4.0?vcs_url=git%2Bssh://git%40git.acme.example/shop/checkout", "1.4.0", "shop/checkout", null)]
    [InlineData("pkg:generic/checkout?vcs_url", null, null, null)]
    [InlineData("pkg:github/acme", null, null, null)]
    [InlineData("pkg:", null, null, null)]
    [InlineData("0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427", null, null, null)]
    [InlineData(null, null, null, null)]
    public void A_package_url_gives_what_it_says(string? text, string? version, string? repository, string? commit) =>
        Assert.Equal(new PackageUrl(version, repository, commit), PackageUrl.Read(text));
}
