using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

public sealed class GitLabTests
{
    private static CatalogPipeline Pipeline(string[]? branches = null, string[]? events = null, string? service = null) =>
        new(Some.Pipeline() with { IntegrationType = IntegrationType.GITLAB, BranchFilters = branches ?? [], EventFilters = events ?? [], Service = service });

    private static Reading<Deployment> Read(string eventName, JsonNode payload, CatalogPipeline? pipeline = null, string? delivery = "delivery-1") =>
        GitLab.Read(eventName, new(delivery, "unique-1"), Element(payload), pipeline ?? Pipeline(), ArrivedAtMs);

    private static Deployment Event(string eventName, JsonNode payload, CatalogPipeline? pipeline = null) => Taken(Read(eventName, payload, pipeline));

    private static string NotWanted(string eventName, JsonNode payload, CatalogPipeline? pipeline = null) => SomeWebhook.NotWanted(Read(eventName, payload, pipeline));

    [Fact]
    public void A_push_to_a_branch_is_a_deployment_event()
    {
        var push = Event("Push Hook", SomeGitLab.Push());

        Assert.Equal(("acme", 1L, "delivery-1", "gitlab"), (push.AccountId, push.PipelineId, push.EventId, push.Source));
        Assert.Equal((DeploymentKind.PUSH, DeploymentStatus.SUCCEEDED), (push.Kind, push.Status));
        Assert.Equal(("mike/diaspora", Commit, "main"), (push.Repository, push.Commit, push.Branch));
        Assert.Equal("fixed readme", push.Summary);
        Assert.Equal(new Author { Name = "John Smith", Email = "john@example.com" }, push.Author);
        // GitLab does not say when it was pushed, and a commit may be days old by then.
        Assert.Equal(ArrivedAtMs, push.OccurredAtMs);
        Assert.Equal(At("2012-01-03T23:36:29+02:00"), push.CommittedAtMs);
        Assert.Equal(["commit"], push.Links.Select(link => link.Text));
    }

    [Theory]
    [InlineData("refs/tags/v1", Commit, "REF_NOT_WANTED")]
    [InlineData("refs/heads/main", NoCommit, "REF_NOT_WANTED")]
    [InlineData("refs/heads/feature", Commit, "BRANCH_NOT_WANTED")]
    public void Other_pushes_are_not_wanted(string gitRef, string after, string code) =>
        Assert.Equal(code, NotWanted("Push Hook", SomeGitLab.Push().With("ref", $"\"{gitRef}\"").With("after", $"\"{after}\"")));

    [Fact]
    public void A_merged_merge_request_names_the_commit_that_reached_the_branch()
    {
        var merge = Event("Merge Request Hook", SomeGitLab.Merge());

        Assert.Equal((DeploymentKind.MERGE, "merge_request/99"), (merge.Kind, merge.DeploymentId));
        Assert.Equal((Commit, "main"), (merge.Commit, merge.Branch));
        Assert.Equal("!1 MS-Viewport", merge.Summary);
        Assert.Equal(At("2026-01-01T11:50:00Z"), merge.OccurredAtMs);
        Assert.Null(merge.Author!.Email);
    }

    [Fact]
    public void A_fast_forward_has_no_merge_commit()
    {
        var merge = SomeGitLab.Merge().With("object_attributes.merge_commit_sha", "null");

        Assert.Equal("da1560886d4f094c3e6c9ef40349f7d38b5d27d7", Event("Merge Request Hook", merge).Commit);
    }

    [Theory]
    [InlineData("open")]
    [InlineData("close")]
    [InlineData("update")]
    public void A_merge_request_that_is_not_merged_is_not_wanted(string action) =>
        Assert.Equal("ACTION_NOT_WANTED", NotWanted("Merge Request Hook", SomeGitLab.Merge().With("object_attributes.action", $"\"{action}\"")));

    [Fact]
    public void A_created_release_is_a_deployment_event()
    {
        var release = Event("Release Hook", SomeGitLab.Release());

        Assert.Equal((DeploymentKind.RELEASE, "release/1", "v1.1", Commit), (release.Kind, release.DeploymentId, release.Version, release.Commit));
        Assert.Equal("release v1.1: Winter", release.Summary);
        Assert.Equal(At("2026-01-01T11:40:13Z"), release.OccurredAtMs);
        Assert.Equal("ACTION_NOT_WANTED", NotWanted("Release Hook", SomeGitLab.Release().With("action", "\"update\"")));
    }

    [Theory]
    [InlineData("running", DeploymentStatus.STARTED)]
    [InlineData("success", DeploymentStatus.SUCCEEDED)]
    [InlineData("failed", DeploymentStatus.FAILED)]
    [InlineData("canceled", DeploymentStatus.CANCELLED)]
    public void Each_state_of_a_deployment_is_an_event_of_it(string state, DeploymentStatus status)
    {
        var deployment = Event("Deployment Hook", SomeGitLab.Deployment().With("status", $"\"{state}\""));
        var atMs = At("2026-01-01T11:50:00Z");

        Assert.Equal((DeploymentKind.DEPLOYMENT, status, "deployment/15"), (deployment.Kind, deployment.Status, deployment.DeploymentId));
        Assert.Equal(("staging", Commit, "main"), (deployment.Environment, deployment.Commit, deployment.Branch));
        Assert.Equal("deploy main to staging: Add new file", deployment.Summary);
        Assert.Equal(atMs, deployment.OccurredAtMs);
        Assert.Equal(status == DeploymentStatus.STARTED ? (atMs, (long?)null) : (null, atMs), (deployment.StartedAtMs, deployment.FinishedAtMs));
    }

    [Fact]
    public void A_deployment_that_waits_for_approval_is_not_wanted() =>
        Assert.Equal("STATUS_NOT_WANTED", NotWanted("Deployment Hook", SomeGitLab.Deployment().With("status", "\"blocked\"")));

    [Fact]
    public void A_feature_flag_that_is_switched_twice_the_same_way_is_two_changes()
    {
        var first = Read("Feature Flag Hook", SomeGitLab.Flag(), delivery: null).Event!;
        var again = GitLab.Read("Feature Flag Hook", new(null, "unique-2"), Element(SomeGitLab.Flag()), Pipeline(), ArrivedAtMs).Event!;

        Assert.Equal((DeploymentKind.FEATURE_FLAG, "feature flag test-feature-flag on: A flag"), (first.Kind, first.Summary));
        Assert.NotEqual(first.EventId, again.EventId);
        Assert.NotEqual(first.DeploymentId, again.DeploymentId);
    }

    [Fact]
    public void Without_a_name_a_delivery_is_known_by_what_it_says()
    {
        var first = Read("Deployment Hook", SomeGitLab.Deployment(), delivery: null).Event!;

        Assert.Equal(first.EventId, Read("Deployment Hook", SomeGitLab.Deployment(), delivery: null).Event!.EventId);
        Assert.NotEqual(first.EventId, Read("Deployment Hook", SomeGitLab.Deployment().With("status", "\"running\""), delivery: null).Event!.EventId);
    }

    [Fact]
    public void Filters_and_the_service_of_the_catalog_hold()
    {
        Assert.Equal("EVENT_NOT_WANTED", NotWanted("Push Hook", SomeGitLab.Push(), Pipeline(events: ["Deployment Hook"])));
        Assert.Equal("EVENT_NOT_WANTED", NotWanted("Pipeline Hook", new JsonObject()));
        Assert.Equal("BRANCH_NOT_WANTED", NotWanted("Merge Request Hook", SomeGitLab.Merge(), Pipeline(branches: ["release/*"])));
        Assert.Equal("diaspora", Event("Push Hook", SomeGitLab.Push(), Pipeline(service: "{repository}")).Service);
    }

    [Theory]
    [InlineData("Push Hook", "project", "project.path_with_namespace")]
    [InlineData("Push Hook", "after", "after")]
    [InlineData("Merge Request Hook", "object_attributes", "object_attributes")]
    [InlineData("Release Hook", "id", "id")]
    [InlineData("Deployment Hook", "deployment_id", "deployment_id")]
    [InlineData("Feature Flag Hook", "object_attributes", "object_attributes")]
    public void What_is_missing_is_named(string eventName, string without, string field)
    {
        var refusal = Read(eventName, SomeGitLab.Of(eventName).Without(without)).Refusal!;

        Assert.Equal((400, "MISSING_FIELD", field), (refusal.Status, refusal.Code, refusal.Field));
    }

    private const string VectorSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string VectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private const long VectorMs = 1_614_265_330_000;
    private static readonly byte[] VectorBody = "{\"test\": 2432232314}"u8.ToArray();

    private static HeaderDictionary Signed(string signature = VectorSignature, string id = "msg_p5jXN8AQM9LWM0D4loKWxJek", string timestamp = "1614265330") => new()
    {
        [GitLabProof.IdHeader] = id,
        [GitLabProof.TimestampHeader] = timestamp,
        [GitLabProof.SignatureHeader] = signature,
    };

    private static bool IsValid(HeaderDictionary headers, byte[]? body = null, long nowMs = VectorMs, params string[] secrets) =>
        GitLabProof.IsValid(headers, body ?? VectorBody, [.. (secrets.Length == 0 ? [VectorSecret] : secrets).Select(Encoding.UTF8.GetBytes)], nowMs);

    [Fact]
    public void The_example_of_Standard_Webhooks_is_valid_alone_and_among_others()
    {
        Assert.True(IsValid(Signed()));
        Assert.True(IsValid(Signed("v1,AAAA v2,x " + VectorSignature)));
        Assert.True(IsValid(Signed(), secrets: ["old", VectorSecret]));
        Assert.False(IsValid(Signed(), secrets: ["old", "new"]));
    }

    [Fact]
    public void Any_one_byte_changed_is_noticed()
    {
        for (var i = 0; i < VectorBody.Length; i++)
        {
            var changed = VectorBody.ToArray();
            changed[i] ^= 1;
            Assert.False(IsValid(Signed(), changed), $"body, {i}");
        }

        // The last but one character of the base64 holds two bits that count for nothing.
        for (var i = 0; i < VectorSignature.Length - 2; i++)
        {
            var changed = VectorSignature.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            Assert.False(IsValid(Signed(new string(changed))), $"signature, {i}");
        }

        Assert.False(IsValid(Signed(id: "msg_p5jXN8AQM9LWM0D4loKWxJel")));
        Assert.False(IsValid(Signed(timestamp: "1614265331")));
    }

    [Theory]
    [InlineData(-GitLabProof.ToleranceMs, true)]
    [InlineData(GitLabProof.ToleranceMs, true)]
    [InlineData(-GitLabProof.ToleranceMs - 1, false)]
    [InlineData(GitLabProof.ToleranceMs + 1, false)]
    public void A_signature_holds_for_five_minutes(long laterMs, bool valid) => Assert.Equal(valid, IsValid(Signed(), nowMs: VectorMs + laterMs));

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1614265330.0")]
    [InlineData("99999999999999999999")]
    public void A_time_that_is_none_is_refused(string timestamp) => Assert.False(IsValid(Signed(timestamp: timestamp)));

    [Fact]
    public void A_token_is_the_secret_itself_and_no_way_around_a_signature()
    {
        Assert.True(IsValid(new() { [GitLabProof.TokenHeader] = "secret" }, secrets: ["old", "secret"]));
        Assert.False(IsValid(new() { [GitLabProof.TokenHeader] = "Secret" }, secrets: ["old", "secret"]));
        Assert.False(IsValid(new() { [GitLabProof.TokenHeader] = "secret2" }, secrets: ["secret"]));
        Assert.False(IsValid(new() { [GitLabProof.TokenHeader] = "" }, secrets: ["secret"]));
        Assert.False(IsValid([], secrets: ["secret"]));
        Assert.False(IsValid(new() { [GitLabProof.TokenHeader] = "secret", [GitLabProof.SignatureHeader] = "v1,AAAA" }, secrets: ["secret"]));
    }
}
