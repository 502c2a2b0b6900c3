using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

public sealed class ArgoCdTests
{
    private const string Operation = "app.status.operationState.";

    private static CatalogPipeline Pipeline(string? service = null) => new(Some.Pipeline() with { IntegrationType = IntegrationType.ARGOCD, Service = service });

    private static Reading<Deployment> Read(JsonNode payload, CatalogPipeline? pipeline = null) => ArgoCd.Read(Element(payload), pipeline ?? Pipeline(), ArrivedAtMs);

    private static Deployment Event(JsonNode payload, CatalogPipeline? pipeline = null) => Taken(Read(payload, pipeline));

    [Fact]
    public void A_sync_is_a_deployment_event()
    {
        var sync = Event(SomeArgoCd.Sync());

        Assert.Equal(("acme", 1L, "argocd"), (sync.AccountId, sync.PipelineId, sync.Source));
        Assert.Equal((DeploymentKind.SYNC, DeploymentStatus.SUCCEEDED), (sync.Kind, sync.Status));
        Assert.Equal("sync checkout to 6113728f27ae: Charge once", sync.Summary);
        Assert.Equal(("acme/checkout-config", Commit, "1.4.0"), (sync.Repository, sync.Commit, sync.Version));
        Assert.Equal(("production", null), (sync.Environment, sync.Service));
        Assert.Equal((At(SomeArgoCd.FinishedAt), At(SomeArgoCd.StartedAt), At(SomeArgoCd.FinishedAt)), (sync.OccurredAtMs, sync.StartedAtMs, sync.FinishedAtMs));
        Assert.Equal((At("2026-01-01T08:00:00Z"), ArrivedAtMs), (sync.CommittedAtMs, sync.ReceivedAtMs));
        Assert.Equal(new Author { Name = "ada" }, sync.Author);
        Assert.Equal(["https://shop.acme.example"], sync.Links.Select(link => link.Href));
        Assert.Null(sync.CustomDetails);
    }

    [Theory]
    [InlineData("Succeeded", DeploymentStatus.SUCCEEDED)]
    [InlineData("Failed", DeploymentStatus.FAILED)]
    [InlineData("Error", DeploymentStatus.FAILED)]
    public void Each_end_of_a_sync_is_an_event_of_the_deployment_that_began(string phase, DeploymentStatus status)
    {
        var began = Event(SomeArgoCd.Running());
        var ended = Event(SomeArgoCd.Sync(phase));

        Assert.Equal((DeploymentStatus.STARTED, At(SomeArgoCd.StartedAt), null), (began.Status, began.OccurredAtMs, began.FinishedAtMs));
        Assert.Equal((status, At(SomeArgoCd.FinishedAt)), (ended.Status, ended.OccurredAtMs));
        Assert.Equal(began.DeploymentId, ended.DeploymentId);
        Assert.NotEqual(began.EventId, ended.EventId);
    }

    [Theory]
    [InlineData("Terminating")]
    [InlineData("Paused")]
    public void Another_phase_is_not_wanted(string phase) => Assert.Equal("STATUS_NOT_WANTED", NotWanted(Read(SomeArgoCd.Sync(phase))));

    [Fact]
    public void What_changes_nothing_is_not_wanted()
    {
        var unsynced = SomeArgoCd.Sync();
        unsynced["app"]!["status"]!.AsObject().Remove("operationState");

        Assert.Equal("NO_OPERATION", NotWanted(Read(unsynced)));
        Assert.Equal("DRY_RUN", NotWanted(Read(SomeArgoCd.Sync().With(Operation + "operation.sync.dryRun", "true"))));
    }

    [Fact]
    public void What_is_sent_again_is_the_same_event()
    {
        var first = Event(SomeArgoCd.Sync());
        var later = SomeArgoCd.Sync().With("app.status.health.status", "\"Degraded\"").With("app.status.reconciledAt", "\"2026-01-01T11:58:00Z\"");

        Assert.Equal(first.EventId, Event(later).EventId);
        Assert.Equal(Event(SomeArgoCd.Running()).EventId, Event(SomeArgoCd.Running().With(Operation + "syncResult.revision", $"\"{Commit}\"")).EventId);
    }

    [Theory]
    [InlineData("app.metadata.name", "\"till\"", true)]
    [InlineData("app.metadata.namespace", "\"apps\"", true)]
    [InlineData(Operation + "startedAt", "\"2026-01-01T11:51:00Z\"", true)]
    [InlineData(Operation + "finishedAt", "\"2026-01-01T11:53:00Z\"", false)]
    [InlineData(Operation + "phase", "\"Error\"", false)]
    [InlineData(Operation + "syncResult.revision", "\"da1560886d4f094c3e6c9ef40349f7d38b5d27d7\"", false)]
    public void Another_application_time_phase_or_revision_is_another_event(string path, string json, bool isAnotherDeployment)
    {
        static JsonObject Nameless()
        {
            var sync = SomeArgoCd.Sync();
            sync["app"]!["metadata"]!.AsObject().Remove("uid");
            return sync;
        }

        var one = Event(Nameless());
        var other = Event(Nameless().With(path, json));

        Assert.NotEqual(one.EventId, other.EventId);
        Assert.Equal(isAnotherDeployment, one.DeploymentId != other.DeploymentId);
    }

    [Fact]
    public void Two_Argo_CDs_may_have_an_application_of_one_name()
    {
        var one = Event(SomeArgoCd.Sync());
        var other = Event(SomeArgoCd.Sync().With("app.metadata.uid", "\"another\""));

        Assert.NotEqual(one.EventId, other.EventId);
        Assert.NotEqual(one.DeploymentId, other.DeploymentId);
    }

    [Fact]
    public void Of_several_sources_the_first_commit_gives_the_repository_and_a_chart_the_version()
    {
        var sync = Event(SomeArgoCd.OfTwoSources());

        Assert.Equal(("7.2.1", Commit, "shop/values/checkout"), (sync.Version, sync.Commit, sync.Repository));
    }

    [Fact]
    public void A_chart_has_a_version_and_neither_commit_nor_repository()
    {
        var chart = SomeArgoCd.Sync()
            .With(Operation + "syncResult", """{ "revision": "7.2.1", "source": { "repoURL": "https://charts.acme.example/stable/apps", "chart": "checkout" } }""");
        chart.Remove("commit");

        var sync = Event(chart);

        Assert.Equal(("7.2.1", null, null), (sync.Version, sync.Commit, sync.Repository));
        Assert.Equal("sync checkout to 7.2.1", sync.Summary);
    }

    [Fact]
    public void A_sync_that_has_just_begun_knows_its_commit_from_what_it_is_compared_with_and_no_image()
    {
        var began = Event(SomeArgoCd.Running());

        Assert.Equal((Commit, "acme/checkout-config", null), (began.Commit, began.Repository, began.Version));
        Assert.Null(Event(SomeArgoCd.Running().With("app.status.sync.revision", "\"main\"")).Commit);
    }

    [Theory]
    [InlineData("app.status.reconciledAt", "\"2026-01-01T11:51:59Z\"")]
    [InlineData("app.status.reconciledAt", "null")]
    [InlineData("app.status.summary.images", """["checkout:1.4.0", "sidecar:2"]""")]
    [InlineData("app.status.summary.images", """["registry.acme.example:5000/checkout@sha256:0b31b1c0"]""")]
    [InlineData("app.status.summary.images", """["registry.acme.example:5000/checkout"]""")]
    [InlineData("app.status.summary.images", "[7]")]
    [InlineData(Operation + "phase", "\"Failed\"")]
    public void An_image_that_may_be_another_s_or_an_old_one_gives_no_version(string path, string json) => Assert.Null(Event(SomeArgoCd.Sync().With(path, json)).Version);

    [Fact]
    public void The_service_is_a_label_an_annotation_or_what_the_catalog_says_and_never_a_guess()
    {
        var labels = SomeArgoCd.Sync().With("app.metadata.labels", """{ "app.kubernetes.io/name": "till", "env": "staging" }""");
        var both = SomeArgoCd.Sync().With("app.metadata.labels", """{ "app.kubernetes.io/name": "till", "service": "payments" }""");

        Assert.Equal(("till", "staging"), (Event(labels, Pipeline("{app}")).Service, Event(labels).Environment));
        Assert.Equal("payments", Event(both).Service);
        Assert.Equal("payments", Event(SomeArgoCd.Sync().With("app.metadata.annotations", """{ "service": "payments" }""")).Service);
        Assert.Null(Event(SomeArgoCd.Sync()).Service);
        Assert.Null(Event(SomeArgoCd.Sync().With("app.metadata.labels", "null")).Environment);
    }

    [Theory]
    [InlineData("till", "till")]
    [InlineData("{app}", "checkout")]
    [InlineData("{repository}", "checkout-config")]
    [InlineData("{app} of {repository}", "checkout of checkout-config")]
    public void The_catalog_s_service_may_be_made_of_application_and_repository(string template, string service) =>
        Assert.Equal(service, Event(SomeArgoCd.Sync(), Pipeline(template)).Service);

    [Fact]
    public void What_a_mark_stands_for_and_is_not_there_makes_no_service()
    {
        Assert.Null(Event(SomeArgoCd.Sync().With("app.spec.source.repoURL", "1").With(Operation + "syncResult.source", "{}"), Pipeline("{app}-{repository}")).Service);
        Assert.Null(Pipeline("{app}").ServiceOf("acme/checkout"));
    }

    [Fact]
    public void The_template_s_repository_name_wins() =>
        Assert.Equal("acme/checkout", Event(SomeArgoCd.Sync().With("repositoryName", "\"acme/checkout\"")).Repository);

    [Theory]
    [InlineData("\"Grace <grace@acme.example>\"", "Grace", "grace@acme.example")]
    [InlineData("\"<grace@acme.example>\"", null, "grace@acme.example")]
    [InlineData("\"Grace\"", "Grace", null)]
    public void An_automated_sync_is_the_commit_s_author_s(string author, string? name, string? email)
    {
        var sync = SomeArgoCd.Sync().With(Operation + "operation.initiatedBy", """{ "automated": true, "username": "system" }""").With("commit", $$"""{ "author": {{author}} }""");

        Assert.Equal(new Author { Name = name, Email = email }, Event(sync).Author);
        Assert.Null(Event(sync.With("commit", "null")).Author);
    }

    [Fact]
    public void A_failed_sync_without_a_commit_s_message_says_why()
    {
        var failed = SomeArgoCd.Sync("Failed").With("commit", "null").With(Operation + "message", "\"one or more objects failed to apply\\nmore\"");

        Assert.Equal("sync checkout to 6113728f27ae: one or more objects failed to apply", Event(failed).Summary);
    }

    [Fact]
    public void A_time_that_cannot_be_is_that_of_arrival_and_marked()
    {
        var sync = Event(SomeArgoCd.Sync().With(Operation + "finishedAt", "\"2036-01-01T00:00:00Z\"").With("commit.Date", "\"2036-01-01T00:00:00Z\""));

        Assert.Equal((ArrivedAtMs, null, null), (sync.OccurredAtMs, sync.FinishedAtMs, sync.CommittedAtMs));
        Assert.Contains("\"eventTime\":\"arrival\"", sync.CustomDetails, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("app")]
    [InlineData("app.metadata.name")]
    [InlineData("app.status.operationState.phase")]
    [InlineData("app.status.operationState.startedAt")]
    public void What_is_missing_is_named(string path)
    {
        var refusal = Read(SomeArgoCd.Sync().With(path, "null")).Refusal!;

        Assert.Equal((400, "MISSING_FIELD", path), (refusal.Status, refusal.Code, refusal.Field));
    }
}
