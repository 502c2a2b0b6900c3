using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

public sealed class GitHubTests
{
    private static Deployment Event(string eventName, JsonNode payload, CatalogPipeline? pipeline = null) => Taken(Read(eventName, payload, pipeline));

    private static string NotWanted(string eventName, JsonNode payload, CatalogPipeline? pipeline = null) => SomeWebhook.NotWanted(Read(eventName, payload, pipeline));

    [Fact]
    public void A_push_to_a_branch_is_a_deployment_event()
    {
        var push = Event("push", Push());

        Assert.Equal(("acme", 1L, "delivery-1", "github"), (push.AccountId, push.PipelineId, push.EventId, push.Source));
        Assert.Equal((DeploymentKind.PUSH, DeploymentStatus.SUCCEEDED), (push.Kind, push.Status));
        Assert.Equal(("acme/checkout", Commit, "main"), (push.Repository, push.Commit, push.Branch));
        Assert.Equal("Charge once", push.Summary);
        Assert.Equal(new Author { Name = "Ada", Email = "ada@acme.example" }, push.Author);
        Assert.Equal(ArrivedAtMs, push.ReceivedAtMs);
        Assert.Equal(["compare", "commit"], push.Links.Select(link => link.Text));
        Assert.Null(push.Environment);
        Assert.Null(push.CustomDetails);
    }

    [Fact]
    public void A_push_happened_when_it_was_pushed_not_when_it_was_committed()
    {
        var push = Event("push", Push());

        Assert.Equal(1_767_268_500_000, push.OccurredAtMs);
        Assert.Equal(At("2026-01-01T08:00:00Z"), push.CommittedAtMs);
    }

    [Fact]
    public void A_branch_forced_back_to_a_commit_it_had_is_another_deployment()
    {
        var first = Event("push", Push());
        var again = Event("push", Push().With("before", "\"ffffffffb1a177c8d03f9e96e0adf2466113728f\""));

        Assert.NotEqual(first.DeploymentId, again.DeploymentId);
        Assert.Equal(first.DeploymentId, Event("push", Push()).DeploymentId);
    }

    [Theory]
    [InlineData("refs/tags/v1")]
    [InlineData("refs/pull/1/head")]
    public void A_push_to_something_else_is_not_wanted(string gitRef) => Assert.Equal("REF_NOT_WANTED", NotWanted("push", Push(gitRef)));

    [Fact]
    public void A_deleted_branch_is_not_wanted()
    {
        Assert.Equal("REF_NOT_WANTED", NotWanted("push", Push().With("deleted", "true")));
        Assert.Equal("REF_NOT_WANTED", NotWanted("push", Push().With("after", $"\"{NoCommit}\"").With("head_commit", "null")));
    }

    [Fact]
    public void A_push_without_a_head_commit_is_taken()
    {
        var push = Event("push", Push().With("head_commit", "null"));

        Assert.Equal("push to main", push.Summary);
        Assert.Equal("grace", push.Author?.Name);
        Assert.Null(push.CommittedAtMs);
    }

    [Fact]
    public void Branch_filters_are_for_pushes_and_for_the_base_of_pull_requests()
    {
        var pipeline = GitHubPipeline(branches: ["release/*"]);

        Assert.Equal("release/1.2", Event("push", Push("refs/heads/release/1.2"), pipeline).Branch);
        Assert.Equal("BRANCH_NOT_WANTED", NotWanted("push", Push(), pipeline));
        Assert.Equal("BRANCH_NOT_WANTED", NotWanted("pull_request", MergedPullRequest(), pipeline));
        Assert.Equal(Commit, Event("deployment_status", StatusReport(), pipeline).Commit);
        Assert.Equal("v1.4.0", Event("release", Release(), pipeline).Version);
    }

    [Theory]
    [InlineData("push")]
    [InlineData("release")]
    public void Event_filters_let_through_what_they_name(string eventName)
    {
        var pipeline = GitHubPipeline(events: [eventName]);
        foreach (var (name, payload) in new[]
        {
            ("push", Push()), ("pull_request", MergedPullRequest()), ("release", Release()), ("deployment_status", StatusReport()),
        })
        {
            if (name == eventName)
                Assert.NotNull(Event(name, payload, pipeline));
            else
                Assert.Equal("EVENT_NOT_WANTED", NotWanted(name, payload, pipeline));
        }
    }

    [Theory]
    [InlineData("ping", "PING")]
    [InlineData("issues", "EVENT_NOT_WANTED")]
    [InlineData("deployment", "EVENT_NOT_WANTED")]
    [InlineData("PUSH", "EVENT_NOT_WANTED")]
    public void Other_events_are_answered_with_a_reason(string eventName, string code) => Assert.Equal(code, NotWanted(eventName, new JsonObject()));

    [Fact]
    public void A_merged_pull_request_names_the_commit_that_reached_the_branch()
    {
        var merge = Event("pull_request", MergedPullRequest());

        Assert.Equal((DeploymentKind.MERGE, "pull_request/279147437"), (merge.Kind, merge.DeploymentId));
        Assert.Equal(("acme/checkout", Commit, "main"), (merge.Repository, merge.Commit, merge.Branch));
        Assert.Equal(At("2026-01-01T11:50:00Z"), merge.OccurredAtMs);
        Assert.Equal("#12 Charge once", merge.Summary);
        Assert.Equal("ada", merge.Author?.Name);
    }

    [Fact]
    public void A_pull_request_that_is_not_merged_is_not_wanted()
    {
        Assert.Equal("ACTION_NOT_WANTED", NotWanted("pull_request", MergedPullRequest().With("pull_request.merged", "false")));
        Assert.Equal("ACTION_NOT_WANTED", NotWanted("pull_request", MergedPullRequest().With("action", "\"opened\"")));
    }

    [Fact]
    public void A_push_its_merge_and_its_deployment_are_one_change()
    {
        (string?, string?)[] changes =
        [
            .. new[] { Event("push", Push()), Event("pull_request", MergedPullRequest()), Event("deployment_status", StatusReport()) }
                .Select(e => (e.Repository, e.Commit)),
        ];

        Assert.Single(changes.Distinct());
    }

    [Fact]
    public void A_published_release_has_its_tag_as_version()
    {
        var release = Event("release", Release());

        Assert.Equal((DeploymentKind.RELEASE, "v1.4.0", "release/17372790"), (release.Kind, release.Version, release.DeploymentId));
        Assert.Equal("release v1.4.0: Winter", release.Summary);
        Assert.Equal(At("2026-01-01T11:40:00Z"), release.OccurredAtMs);
        Assert.Equal(("main", null), (release.Branch, release.Commit));
    }

    [Fact]
    public void A_release_of_a_commit_names_it()
    {
        var release = Event("release", Release().With("release.target_commitish", $"\"{Commit}\""));

        Assert.Equal((null, Commit), (release.Branch, release.Commit));
    }

    [Theory]
    [InlineData("created")]
    [InlineData("released")]
    [InlineData("deleted")]
    public void Another_release_action_is_not_wanted(string action) =>
        Assert.Equal("ACTION_NOT_WANTED", NotWanted("release", Release().With("action", $"\"{action}\"")));

    [Theory]
    [InlineData("pending", DeploymentStatus.STARTED)]
    [InlineData("queued", DeploymentStatus.STARTED)]
    [InlineData("in_progress", DeploymentStatus.STARTED)]
    [InlineData("success", DeploymentStatus.SUCCEEDED)]
    [InlineData("failure", DeploymentStatus.FAILED)]
    [InlineData("error", DeploymentStatus.FAILED)]
    public void A_deployment_s_state_is_its_status(string state, DeploymentStatus status)
    {
        var deployment = Event("deployment_status", StatusReport(state));

        Assert.Equal((DeploymentKind.DEPLOYMENT, status, "deployment/145988746"), (deployment.Kind, deployment.Status, deployment.DeploymentId));
        Assert.Equal(("acme/checkout", Commit, "main", "production"), (deployment.Repository, deployment.Commit, deployment.Branch, deployment.Environment));
        Assert.Equal("deploy main to production: Nightly", deployment.Summary);
    }

    [Theory]
    [InlineData("\"inactive\"")]
    [InlineData("\"waiting\"")]
    [InlineData("\"something new\"")]
    [InlineData("null")]
    [InlineData("7")]
    public void A_state_that_says_nothing_about_the_change_is_not_wanted(string state) =>
        Assert.Equal("STATUS_NOT_WANTED", NotWanted("deployment_status", StatusReport().With("deployment_status.state", state)));

    [Fact]
    public void A_deployment_runs_from_its_first_status_to_its_last()
    {
        var started = Event("deployment_status", StatusReport("in_progress", "2026-01-01T11:52:00Z").With("workflow_run", "{}"));
        var finished = Event("deployment_status", StatusReport("success", "2026-01-01T11:55:00Z").With("workflow_run", "{}"));

        Assert.Equal((At("2026-01-01T11:52:00Z"), null), (started.StartedAtMs, started.FinishedAtMs));
        Assert.Equal((null, At("2026-01-01T11:55:00Z")), (finished.StartedAtMs, finished.FinishedAtMs));
        Assert.Equal(started.DeploymentId, finished.DeploymentId);
    }

    [Fact]
    public void A_tool_that_reports_only_the_end_started_with_the_deployment() =>
        Assert.Equal(At("2026-01-01T11:50:00Z"), Event("deployment_status", StatusReport()).StartedAtMs);

    [Theory]
    [InlineData("refs/heads/release/1.2", "release/1.2", null)]
    [InlineData("refs/tags/v2", null, "v2")]
    [InlineData("v1.4.0", null, "v1.4.0")]
    [InlineData(Commit, null, null)]
    [InlineData("feature/new", "feature/new", null)]
    public void A_deployment_s_ref_is_a_branch_a_tag_or_a_commit(string gitRef, string? branch, string? version)
    {
        var deployment = Event("deployment_status", StatusReport().With("deployment.ref", $"\"{gitRef}\""));

        Assert.Equal((branch, version), (deployment.Branch, deployment.Version));
    }

    [Fact]
    public void Service_and_version_come_from_the_deployment_s_payload()
    {
        var deployment = Event("deployment_status", StatusReport().With("deployment.payload", """{"service":"payments","version":"7","x":[1]}"""));

        Assert.Equal(("payments", "7"), (deployment.Service, deployment.Version));
        Assert.Equal("""{"payload":{"service":"payments","version":"7","x":[1]}}""", deployment.CustomDetails);
    }

    [Fact]
    public void Service_is_never_guessed()
    {
        Assert.Null(Event("push", Push()).Service);
        Assert.Equal("fixed", Event("push", Push(), GitHubPipeline(service: "fixed")).Service);
        Assert.Equal("checkout", Event("push", Push(), GitHubPipeline(service: "{repository}")).Service);
        Assert.Equal("till", Event("push", Push().With("repository.custom_properties.service", "\"till\""), GitHubPipeline(service: "fixed")).Service);
    }

    [Theory]
    [InlineData("9999999999")]
    [InlineData("0")]
    [InlineData("\"soon\"")]
    [InlineData("null")]
    [InlineData("{}")]
    public void A_time_that_cannot_be_is_replaced_by_the_arrival_and_flagged(string pushedAt)
    {
        var push = Event("push", Push().With("repository.pushed_at", pushedAt));

        Assert.Equal(ArrivedAtMs, push.OccurredAtMs);
        var details = JsonNode.Parse(push.CustomDetails!)!;
        Assert.Equal("arrival", (string?)details["eventTime"]);
        Assert.Equal(pushedAt == "null" ? null : pushedAt.Trim('"'), (string?)details["reportedTime"]);
    }

    [Fact]
    public void An_address_that_is_not_of_the_web_is_no_link()
    {
        var deployment = Event("deployment_status", StatusReport()
            .With("deployment_status.environment_url", "\"javascript:alert(1)\"").With("deployment_status.log_url", "\"/relative\""));

        Assert.Equal([$"https://github.com/acme/checkout/commit/{Commit}"], deployment.Links.Select(link => link.Href));
    }

    [Fact]
    public void A_long_message_is_cut_and_marked()
    {
        var push = Event("push", Push().With("head_commit.message", $"\"{new string('x', 5000)}\""));

        Assert.Equal(1024, push.Summary.Length);
        Assert.EndsWith("x…", push.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("push", "repository.full_name")]
    [InlineData("push", "ref")]
    [InlineData("push", "after")]
    [InlineData("pull_request", "pull_request.id")]
    [InlineData("pull_request", "pull_request.base.ref")]
    [InlineData("release", "release.id")]
    [InlineData("deployment_status", "deployment.id")]
    public void A_payload_without_its_identity_is_refused_by_name(string eventName, string field)
    {
        var payload = eventName switch
        {
            "push" => Push(),
            "pull_request" => MergedPullRequest(),
            "release" => Release(),
            _ => StatusReport(),
        };

        var refusal = Read(eventName, payload.With(field, "[]")).Refusal;

        Assert.Equal((400, field), (refusal!.Status, refusal.Field));
    }
}
